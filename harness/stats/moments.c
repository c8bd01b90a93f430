/* SPDX-License-Identifier: Apache-2.0
 * Mean and spread. */
#include "harness/stats/stats.h"

#include <math.h>

/* Around the first value, so that a large common part does not eat the digits of the differences. */
double stats_mean(const double *x, size_t n)
{
    if (n == 0)
        return NAN;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] - x[0];
    return x[0] + sum / (double)n;
}

/* The second sum corrects the rounding error of the mean (Chan, Golub and LeVeque 1983). */
double stats_stddev(const double *x, size_t n)
{
    if (n < 2)
        return NAN;
    double mean = stats_mean(x, n), squares = 0, rest = 0;
    for (size_t i = 0; i < n; i++) {
        double d = x[i] - mean;
        squares += d * d;
        rest += d;
    }
    double variance = (squares - rest * rest / (double)n) / (double)(n - 1);
    return variance > 0 ? sqrt(variance) : 0;
}

double stats_cv(const double *x, size_t n)
{
    double mean = stats_mean(x, n);
    return mean > 0 ? stats_stddev(x, n) / mean : NAN;
}
