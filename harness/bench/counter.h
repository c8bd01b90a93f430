/* SPDX-License-Identifier: Apache-2.0
 * User counters: set by threads, added up, finished by their flags. */
#ifndef KM_BENCH_COUNTER_H
#define KM_BENCH_COUNTER_H

#include "harness/base/mem.h"

#include <kernmark/benchmark.h>

struct counter {
    const char *name;
    double value;
    unsigned flags;
    int one_k;
};

struct counters {
    struct counter *v;
    size_t n, cap;
};

/* The counter of that name, made (as 0) if need be; it lives in m until the next call. */
struct counter *counters_get(struct mem *m, struct counters *c, const char *name);

/* Adds the values of `from` to `to`, by name; flags of the first win. */
void counters_add(struct mem *m, struct counters *to, const struct counters *from);

/* What a batch came to, for counters_finish(): iterations over all threads, seconds of the deciding clock per thread. */
struct counter_basis {
    double iterations, seconds, threads;
};

/* Applies the flags, in Google Benchmark's order, and sorts by name. */
void counters_finish(struct counters *c, const struct counter_basis *basis);

void counters_sort(struct counters *c); /* by name */

#endif
