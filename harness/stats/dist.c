/* SPDX-License-Identifier: Apache-2.0
 * Normal, Student's t and binomial distributions. Quantiles come from closing an interval in which the distribution
 * function crosses p: slower than a rational approximation, but right to the last digits and for any df. */
#include "harness/stats/stats.h"

#include <math.h>

double stats_normal_cdf(double z)
{
    return 0.5 * erfc(-z / sqrt(2.0));
}

/* The lower tail of the t distribution, t <= 0; its relative precision holds however small it is. */
static double lower_tail(double t, double df)
{
    return isinf(df) ? stats_normal_cdf(t) : stats_t_cdf(t, df);
}

/* p in (0, 1/2). False position on the logarithm of the tail, which is nearly straight; where one end stays, its value
 * is halved (the Illinois rule), so that the interval closes from both sides. */
static double lower_quantile(double p, double df)
{
    double low = -1, high = 0;
    while (lower_tail(low, df) > p && low > -1e300)
        low *= 2;
    double at_low = log(lower_tail(low, df) / p), at_high = log(0.5 / p), kept = 0;
    for (int i = 0; i < 200; i++) {
        double x = isinf(at_low) ? low + (high - low) / 2 : high - at_high * (high - low) / (at_high - at_low);
        if (!(x > low && x < high))
            break;
        double at = log(lower_tail(x, df) / p);
        if (at < 0) {
            low = x;
            at_low = at;
            at_high /= kept < 0 ? 2 : 1;
        } else {
            high = x;
            at_high = at;
            at_low /= kept > 0 ? 2 : 1;
        }
        kept = at < 0 ? -1 : 1;
        if (at == 0 || high - low <= 4e-16 * fabs(low))
            break;
    }
    return fabs(at_low) < fabs(at_high) ? low : high;
}

double stats_t_quantile(double p, double df)
{
    if (!(p > 0 && p < 1) || !(df > 0))
        return NAN;
    if (p == 0.5)
        return 0;
    return p < 0.5 ? lower_quantile(p, df) : -lower_quantile(1 - p, df);
}

double stats_normal_quantile(double p)
{
    return stats_t_quantile(p, INFINITY);
}

static double log_gamma(double x)
{
    int sign;
    return lgamma_r(x, &sign);
}

/* Continued fraction of the incomplete beta function (NIST DLMF 8.17.22), evaluated forwards by Lentz's method. */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double f = d;
    for (int i = 1; i < 100000; i++) {
        double k = i;
        double even = k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k));
        double odd = -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1));
        double coefficient[2] = { even, odd }, step = 1;
        for (int j = 0; j < 2; j++) {
            d = 1 + coefficient[j] * d;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = 1 + coefficient[j] / c;
            c = fabs(c) < tiny ? tiny : c;
            step = c * d;
            f *= step;
        }
        if (fabs(step - 1) < 1e-16)
            break;
    }
    return f;
}

/* Regularised incomplete beta function I_x(a, b), given x and 1 - x so that neither loses digits. */
static double beta_cdf(double a, double b, double x, double rest)
{
    if (x <= 0)
        return 0;
    if (rest <= 0)
        return 1;
    double log_front = log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log(rest);
    if (x < (a + 1) / (a + b + 2))
        return exp(log_front) * beta_fraction(a, b, x) / a;
    return 1 - exp(log_front) * beta_fraction(b, a, rest) / b;
}

double stats_t_cdf(double t, double df)
{
    if (isnan(t) || !(df > 0))
        return NAN;
    if (isinf(df))
        return stats_normal_cdf(t);
    if (isinf(t))
        return t > 0 ? 1 : 0;
    double square = t * t;
    double tail = 0.5 * beta_cdf(df / 2, 0.5, df / (df + square), square / (df + square));
    return t > 0 ? 1 - tail : tail;
}

/* Fair coins up to 60: whole numbers, exact. */
static double coin_cdf(int64_t k, int64_t n)
{
    uint64_t term = 1, sum = 1;
    for (int64_t i = 1; i <= k; i++) {
        /* C(n, i) = C(n, i - 1) * (n - i + 1) / i; the product would overflow above n = 57, so divide first */
        uint64_t whole = term / (uint64_t)i, left = term % (uint64_t)i;
        uint64_t factor = (uint64_t)(n - i + 1);
        term = whole * factor + left * factor / (uint64_t)i;
        sum += term;
    }
    return ldexp((double)sum, -(int)n);
}

double stats_binomial_cdf(int64_t k, int64_t n, double p)
{
    if (n < 0 || !(p >= 0 && p <= 1))
        return NAN;
    if (k < 0)
        return 0;
    if (k >= n)
        return 1;
    if (p == 0.5 && n <= 60)
        return coin_cdf(k, n);
    return beta_cdf((double)(n - k), (double)k + 1, 1 - p, p);
}
