/* SPDX-License-Identifier: Apache-2.0
 * Statistics over arrays of doubles: pure, deterministic, no input or output, no clock, no state.
 *
 * "sorted" means ascending and free of NAN (stats_sort and stats_sorted make it so). A number that the data cannot
 * give is NAN. Functions that need room take a `struct mem`. */
#ifndef KM_STATS_H
#define KM_STATS_H

#include "harness/base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- moments (moments.c) ---------------------------------------------------------------------------------------- */

double stats_mean(const double *x, size_t n);
double stats_stddev(const double *x, size_t n); /* of the sample (n - 1), two passes; NAN for n < 2 */
double stats_cv(const double *x, size_t n);     /* stddev / mean; NAN where the mean is not above 0 */

/* --- order (quantile.c) ----------------------------------------------------------------------------------------- */

/* Multiply a raw MAD by it to estimate the standard deviation of normal data: 1 / normal quantile of 3/4. */
#define STATS_MAD_TO_SD 1.4826022185056018

void stats_sort(double *x, size_t n);                                             /* x must be free of NAN */
double *stats_sorted(struct mem *m, const double *x, size_t n, size_t *n_finite); /* sorted copy of the finite ones */

/* Quantile of a sorted array, linear between order statistics at (n - 1) q: type 7 of Hyndman and Fan, the default of
 * numpy and R. q in [0, 1]. */
double stats_quantile(const double *sorted, size_t n, double q);
double stats_median(const double *sorted, size_t n);

/* Median absolute deviation from the median, raw (not scaled). */
double stats_mad(struct mem *m, const double *sorted, size_t n);

/* Standard error of the median, by the MAD, as for a normal distribution; NAN below 2 values. */
double stats_median_error(struct mem *m, const double *sorted, size_t n);

/* Tukey's fences around the quartiles. mild: beyond 1.5 interquartile ranges but within 3; severe: beyond 3. Where the
 * clock is so coarse that the range is less than the smallest step between two values, the step stands in for it. */
struct stats_outliers {
    size_t mild, severe;
};
struct stats_outliers stats_tukey(const double *sorted, size_t n);

/* Standard deviation of the data without its g = n/5 smallest and largest values (Winsorised and divided by
 * 1 - 2g/n, as Yuen 1974 does for trimmed means): one stray value does not blow it up. *df gets n - 2g - 1. */
double stats_winsor_sd(struct mem *m, const double *sorted, size_t n, double *df);

/* --- distributions (dist.c) ------------------------------------------------------------------------------------- */

double stats_normal_cdf(double z);
double stats_normal_quantile(double p);       /* NAN outside (0, 1) */
double stats_t_cdf(double t, double df);      /* Student's t; df > 0, any real, INFINITY gives the normal */
double stats_t_quantile(double p, double df); /* NAN outside (0, 1) */
double stats_binomial_cdf(int64_t k, int64_t n, double p); /* P(X <= k) */

/* --- intervals (interval.c) ------------------------------------------------------------------------------------- */

/* Exact interval of the median between two order statistics: distribution-free, ties harmless.
 * Rank k is the largest with P(Bin(n, 1/2) < k) <= (1 - level) / 2; the interval is x_(k) .. x_(n-k+1). `level` gets
 * the coverage achieved, which is at least the level asked for. Where n is too small for that (under 6 at 95%), the
 * widest there is, minimum to maximum, with its lower coverage and enough = false. */
struct stats_interval {
    double low, high, level;
    bool enough;
};
struct stats_interval stats_median_interval(const double *sorted, size_t n, double level);

/* Bounds of a share of which `hits` of n were seen, each alone wrong with a probability of at most 1 - level (Clopper and
 * Pearson 1934). NAN where n is 0. */
double stats_share_low(size_t hits, size_t n, double level);
double stats_share_high(size_t hits, size_t n, double level);

/* --- tests (ranktest.c) ----------------------------------------------------------------------------------------- */

struct stats_test {
    double statistic;
    double p_greater; /* one-sided: evidence that x (or y over x) is above */
    double p_less;
    double p; /* two-sided: twice the smaller, at most 1 */
    bool exact;
};

/* Sign test on counts of positive and negative differences; statistic = positive. */
struct stats_test stats_sign_test(size_t positive, size_t negative);

/* Wilcoxon signed-rank test of differences d against 0; zeros dropped, tied ranks averaged, statistic = sum of the
 * positive ranks. Exact (also with ties) up to 60 differences, then normal with tie correction. */
struct stats_test stats_wilcoxon(struct mem *m, const double *d, size_t n);

/* Mann-Whitney test of x against y; statistic = U of x (pairs where x > y, ties half). p_greater: x tends to be above.
 * Exact (also with ties) while nx * ny <= 400, then normal with tie correction and continuity correction. */
struct stats_test stats_mann_whitney(struct mem *m, const double *x, size_t nx, const double *y, size_t ny);

/* Hodges-Lehmann shift: the median of all y_j - x_i. Precondition: nx * ny fits in memory. */
double stats_hodges_lehmann(struct mem *m, const double *x, size_t nx, const double *y, size_t ny);

/* --- several tests at once (multiple.c) ------------------------------------------------------------------------- */

/* Adjusted p values, in the order of p. Entries that are NAN stay NAN and do not count. */
void stats_holm(struct mem *m, const double *p, size_t n, double *adjusted); /* family-wise error */
void stats_bh(struct mem *m, const double *p, size_t n, double *adjusted);   /* false discovery rate */

/* --- shape (modes.c, trend.c) ----------------------------------------------------------------------------------- */

/* The dip of Hartigan and Hartigan (1985): half the least distance by which any distribution with one mode (convex
 * before it, concave after it) must miss the sorted data. Between 1/(2n) and 1/4. */
double stats_dip(const double *sorted, size_t n);

/* Whether the sorted data have more than one mode: the dip after smoothing beyond its 99% quantile for uniform data,
 * the hardest shape with one mode. Smoothing is triangular, as wide as 1% of the median or as the steps of the clock,
 * whichever is wider, so neither rounding nor modes less than about 2% apart raise it. Needs 20 values. */
bool stats_multimodal(struct mem *m, const double *sorted, size_t n);

/* Mann-Kendall test of a series in order of time, two-sided. Exact to 60 values without ties; beyond, and with ties from
 * 10 values on, normal with tie correction; with ties below that the exact one, which is then conservative. change is
 * Theil and Sen's slope times n - 1, relative to the median: the change from first to last. */
struct stats_trend {
    double p, change;
};
struct stats_trend stats_trend(struct mem *m, const double *x, size_t n);

#endif
