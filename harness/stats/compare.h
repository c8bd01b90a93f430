/* SPDX-License-Identifier: Apache-2.0
 * Two sets of results to comparisons: ratio, interval, evidence. Pure. */
#ifndef KM_COMPARE_H
#define KM_COMPARE_H

#include "harness/base/mem.h"
#include "harness/base/result.h"

/* What earlier runs on this host say about a benchmark: medians (seconds per iteration) of runs of the same series and
 * commit-independent level, oldest first, for its between-run variance. n may be 0. */
struct history_noise {
    const char *name;
    const double *medians;
    size_t n;
};

/* Run-to-run noise of one run's median: standard deviation on the log scale, degrees of freedom, and where it is from
 * (stats/noise.h). */
enum noise_source { NOISE_ASSUMED, NOISE_SUITE, NOISE_HISTORY };

struct noise {
    double sd, df;
    enum noise_source source;
};

/* Compares one benchmark's stored baseline with its current result. Both are OK results. The interval contains the
 * between-process variance of both sides and the between-run variance (of `noise`, or a default where it is NULL or
 * has fewer than 5 medians).
 *
 * ratio is of the medians of round medians. On the log scale each side's variance is the larger of what its rounds say
 * about their median (pi/2 s^2/k, s Winsorised) and the run-to-run variance, which already contains the former; the two
 * sides add up, and Student's t with Satterthwaite's degrees of freedom gives
 *   low, high  the two-sided interval at `level` (beyond 95% with at most 5 degrees of freedom, as p)
 *   p          one-sided: chance of so large a ratio if the current one is no slower; at most 5 degrees of freedom,
 *              because far out the tails of run-to-run noise are heavier than normal
 *   floor      95th percentile of |change| between runs of unchanged code
 *   mde        relative slowdown whose one-sided test at (1 - level)/2 has a power of 80%
 * `warning` names what limits it. Where a side has no positive finite median everything is NAN but the counts. */
struct comparison compare_stored(struct mem *m, const struct result *base, const struct result *current,
                                 const struct history_noise *noise, double level);

/* The same with the noise given; its sd and df are above 0. */
struct comparison compare_with_noise(struct mem *m, const struct result *base, const struct result *current,
                                     struct noise noise, double level);

/* Compares paired rounds: d[i] = ln(current/base) of round i. Median, exact order-statistic interval, sign-test p (exact
 * ties dropped). `level` gets the coverage achieved. With too few rounds for it (5 at 90%, 6 at 95%) the bounds are NAN
 * and the warning says so. floor and mde come from 1.4826 MAD of d, as for a median of normal data. */
struct comparison compare_paired(struct mem *m, const char *name, const double *log_ratios, size_t n, double level);

/* About how many paired rounds would tell a change of d (log scale) from the threshold, by the scatter of both results'
 * rounds, with a power of 80%: at least 6. NAN where the results have under 2 rounds. */
double compare_paired_rounds(struct mem *m, const struct result *base, const struct result *current, double gap,
                             double level);

#endif
