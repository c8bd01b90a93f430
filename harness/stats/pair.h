/* SPDX-License-Identifier: Apache-2.0
 * Two results of one run side by side, round by round. */
#ifndef KM_PAIR_H
#define KM_PAIR_H

#include "harness/base/mem.h"
#include "harness/base/result.h"

struct pair_ratio {
    double ratio, low, high, level; /* of a over b; NAN without a common round */
    size_t rounds;
    bool enough; /* rounds for an interval at 95% */
};

/* The median of the ratios of the medians of equal rounds, with its exact order-statistic interval. The runner takes round
 * i of all benchmarks in one sweep, so what slows the machine down for a while slows both sides of a pair. Where one has
 * stopped before the other, only the rounds they share count. */
struct pair_ratio pair_ratio(struct mem *m, const struct result *a, const struct result *b);

/* What else can be paired: a number about one round, from its samples in ascending order. */
typedef double pair_number(const double *sorted, size_t n);
pair_number pair_median;
pair_number pair_variation; /* standard deviation over mean */
pair_number pair_tail;      /* by how much of the median the slowest hundredth is slower than it, at least */

/* The median over its rounds of that number; NAN without one. */
double pair_typical(struct mem *m, const struct result *r, pair_number *of);

/* pair_ratio() of that number instead of medians. */
struct pair_ratio pair_ratio_of(struct mem *m, const struct result *a, const struct result *b, pair_number *of);

#endif
