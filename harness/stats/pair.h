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

#endif
