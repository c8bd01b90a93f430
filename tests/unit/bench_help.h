/* SPDX-License-Identifier: Apache-2.0
 * For tests of the benchmark runtime: a clock that stands still unless told to move, and the rows of a run, kept. */
#ifndef BENCH_HELP_H
#define BENCH_HELP_H

#include "harness/bench/run.h"

struct collected {
    struct mem mem;
    struct row *rows;
    size_t n, cap;
    struct bench_report last;
    struct bench_totals totals;
    size_t begun;
    struct err error;
    int rc;
};

/* Google Benchmark's defaults. */
struct bench_flags bench_help_flags(void);

/* Moves the fake clock: real, CPU of the thread and of the process, and its ticks (picoseconds). */
void bench_help_spend(double real, double cpu);
extern const struct bench_clock bench_help_clock;

/* Runs everything registered; `clock` NULL is the real one. Forgets the families afterwards. */
void bench_help_run(struct collected *c, const struct bench_flags *f, const struct bench_clock *clock);
void bench_help_free(struct collected *c);

/* The only counter of that name, or NAN. */
double bench_help_counter(const struct row *row, const char *name);

#endif
