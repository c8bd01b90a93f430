/* SPDX-License-Identifier: Apache-2.0
 * A family: a benchmark function, its argument sets and settings, as <kernmark/benchmark.h> fills them; and the list of
 * all families of this program, in order of registration. */
#ifndef KM_BENCH_FAMILY_H
#define KM_BENCH_FAMILY_H

#include "harness/base/mem.h"
#include "harness/format/gbench_entry.h"

#include <kernmark/benchmark.h>

struct arg {
    bool is_real;
    int64_t whole;
    double real;
};

struct arg_set {
    const struct arg *args;
    size_t n;
};

struct statistic {
    const char *name;
    km_statistic_function *compute;
    bool percentage;
};

enum deciding_clock { BY_CPU_TIME, BY_REAL_TIME, BY_MANUAL_TIME };

struct km_benchmark {
    struct mem mem; /* holds everything below */
    const char *name;
    km_function *fn;
    const void *argument;
    const struct km_fixture *fixture;

    struct arg_set *sets;
    size_t nsets, sets_cap;
    const char **arg_names;
    size_t narg_names;
    int multiplier;
    int *threads; /* none: one thread, and no word about it in the name */
    size_t nthreads, threads_cap;

    int unit; /* enum km_unit; -1: the default */
    double min_time, min_warmup_time;
    int64_t iterations;
    int repetitions;
    enum deciding_clock decides;
    bool process_cpu;
    bool aggregates_set, file_aggregates_only, display_aggregates_only;
    bool baseline;
    km_function *setup, *teardown, *setup_once, *teardown_once;
    enum big_o complexity;
    km_complexity_function *complexity_fn;
    struct statistic *statistics;
    size_t nstatistics, statistics_cap;

    char problem[256]; /* the first thing that was wrong in its configuration; empty: nothing */
};

size_t family_count(void);
struct km_benchmark *family_at(size_t i);

/* Keeps the first problem. */
void family_problem(struct km_benchmark *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

const struct km_memory_manager *bench_memory_manager(void);     /* NULL: none */
const struct km_profiler_manager *bench_profiler_manager(void); /* NULL: none */

#endif
