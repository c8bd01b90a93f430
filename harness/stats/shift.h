/* SPDX-License-Identifier: Apache-2.0
 * Did the whole suite move? Then it was the host, the clock or the compiler, not one change of code. */
#ifndef KM_SHIFT_H
#define KM_SHIFT_H

#include "harness/base/mem.h"

#include <stdbool.h>
#include <stddef.h>

/* One comparison as seen from here. Benchmarks with the same op (variants, sizes) are related and count once. */
struct movement {
    const char *op;
    double d;     /* ln(current/base) */
    double floor; /* ln(1 + noise floor) */
};

struct shift {
    bool found;
    double d;          /* the common change: median over operations of the median within each */
    size_t ops, moved; /* how many there are; how many moved the way of d by more than their floor */
};

/* The least number of distinct operations of which "all moved" can be said. */
enum { SHIFT_OPS = 4 };

/* Found when there are at least SHIFT_OPS operations and either more than half moved one way beyond their noise floors,
 * or |d| > max(1%, 3 * 1.4826 MAD / sqrt(ops)). Reorders mv. */
struct shift suite_shift(struct mem *m, struct movement *mv, size_t n);

/* Distinct operations in mv; reorders it. */
size_t suite_ops(struct movement *mv, size_t n);

#endif
