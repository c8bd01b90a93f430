/* SPDX-License-Identifier: Apache-2.0
 * What the processor counts during a thread's timed loop (--benchmark_perf_counters): the door to harness/counters. */
#ifndef KM_BENCH_PERF_H
#define KM_BENCH_PERF_H

#include "harness/base/mem.h"

#include <stdint.h>
#include <stdio.h>

struct perf;

/* Opens the events named, separated by commas, for the calling thread; NULL for NULL or "". All functions take NULL. */
struct perf *perf_open(struct mem *m, const char *names);
void perf_start(struct perf *p);
void perf_stop(struct perf *p);
/* Closes, and hands every event that was counted to `add` with its value over all iterations. */
void perf_close(struct perf *p, uint64_t iterations, void (*add)(void *ctx, const char *name, double value), void *ctx);

/* Says once, for each event that cannot be counted here, why. */
void perf_explain(const char *names, FILE *f);

#endif
