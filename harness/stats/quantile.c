/* SPDX-License-Identifier: Apache-2.0
 * Order statistics and what is built directly on them. */
#include "harness/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void stats_sort(double *x, size_t n)
{
    if (n > 1)
        qsort(x, n, sizeof *x, ascending);
}

double *stats_sorted(struct mem *m, const double *x, size_t n, size_t *n_finite)
{
    double *copy = mem_array(m, n, sizeof *copy);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (isfinite(x[i]))
            copy[kept++] = x[i];
    stats_sort(copy, kept);
    *n_finite = kept;
    return copy;
}

double stats_quantile(const double *sorted, size_t n, double q)
{
    if (n == 0 || !(q >= 0 && q <= 1))
        return NAN;
    double at = (double)(n - 1) * q;
    size_t i = (size_t)at;
    if (i + 1 >= n)
        return sorted[n - 1];
    return sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]);
}

double stats_median(const double *sorted, size_t n)
{
    return stats_quantile(sorted, n, 0.5);
}

double stats_mad(struct mem *m, const double *sorted, size_t n)
{
    double median = stats_median(sorted, n);
    double *away = mem_array(m, n, sizeof *away);
    for (size_t i = 0; i < n; i++)
        away[i] = fabs(sorted[i] - median);
    stats_sort(away, n);
    return stats_median(away, n);
}

double stats_median_error(struct mem *m, const double *sorted, size_t n)
{
    return n < 2 ? NAN : STATS_MAD_TO_SD * stats_mad(m, sorted, n) * sqrt(M_PI / 2 / (double)n);
}

static double smallest_step(const double *sorted, size_t n)
{
    double step = 0;
    for (size_t i = 1; i < n; i++) {
        double d = sorted[i] - sorted[i - 1];
        if (d > 0 && (step <= 0 || d < step))
            step = d;
    }
    return step;
}

struct stats_outliers stats_tukey(const double *sorted, size_t n)
{
    struct stats_outliers out = { 0, 0 };
    if (n < 4)
        return out;
    double q1 = stats_quantile(sorted, n, 0.25), q3 = stats_quantile(sorted, n, 0.75);
    double range = fmax(q3 - q1, smallest_step(sorted, n));
    for (size_t i = 0; i < n; i++) {
        double beyond = fmax(q1 - sorted[i], sorted[i] - q3);
        if (beyond > 3 * range)
            out.severe++;
        else if (beyond > 1.5 * range)
            out.mild++;
    }
    return out;
}

double stats_winsor_sd(struct mem *m, const double *sorted, size_t n, double *df)
{
    size_t g = n / 5;
    *df = n < 2 ? NAN : (double)(n - 2 * g - 1);
    if (n < 2)
        return NAN;
    double *w = mem_array(m, n, sizeof *w);
    memcpy(w, sorted, n * sizeof *w);
    for (size_t i = 0; i < g; i++) {
        w[i] = sorted[g];
        w[n - 1 - i] = sorted[n - 1 - g];
    }
    return stats_stddev(w, n) / (1 - 2 * (double)g / (double)n);
}
