/* SPDX-License-Identifier: Apache-2.0
 * Ranges of arguments: pure functions over growing lists. */
#ifndef KM_BENCH_RANGE_H
#define KM_BENCH_RANGE_H

#include "harness/base/mem.h"

#include <stdint.h>

enum { RANGE_MOST = 10000000 }; /* longer ones are mistakes */

struct numbers {
    int64_t *v;
    size_t n, cap;
};

/* Each appends to the list, which lives in m, and returns NULL; or what is wrong, having appended nothing. */

/* low, then every power of the multiplier, of either sign, strictly between, with 0 where the range crosses it, then
 * high. */
const char *range_powers(struct mem *m, struct numbers *list, int64_t low, int64_t high, int multiplier);
/* start, start + step, ... up to limit. */
const char *range_dense(struct mem *m, struct numbers *list, int64_t start, int64_t limit, int64_t step);
/* The same, but always ending in limit. */
const char *range_dense_closed(struct mem *m, struct numbers *list, int64_t start, int64_t limit, int64_t step);

#endif
