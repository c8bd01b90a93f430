/* SPDX-License-Identifier: Apache-2.0
 * How others decide, on the same data: for comparison only, nothing is gated by these. Pure. */
#ifndef KM_RIVALS_H
#define KM_RIVALS_H

#include "harness/base/mem.h"
#include "harness/base/result.h"

/* One round of a side: of fresh processes that took turns with the other side. Seconds per iteration. */
struct rival_round {
    double mean, min;
};

/* Does that rule call the current side slower? `threshold` is relative (0.10), of those that take the gate's. */
bool rival_red(struct mem *m, enum rival rule, const struct rival_round *base, const struct rival_round *current,
               size_t n, double threshold);

#endif
