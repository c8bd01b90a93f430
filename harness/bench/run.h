/* SPDX-License-Identifier: Apache-2.0
 * Runs instances and hands out their rows. */
#ifndef KM_BENCH_RUN_H
#define KM_BENCH_RUN_H

#include "harness/base/err.h"
#include "harness/bench/flags.h"
#include "harness/bench/instance.h"
#include "harness/bench/row.h"
#include "harness/bench/timer.h"

#include <signal.h>

/* All rows of one instance: its repetitions, then its aggregates, then, with the last instance of a family that asked
 * for it, the family's complexity. */
struct bench_report {
    const struct row *rows;
    size_t n;
    bool file_aggregates_only, display_aggregates_only; /* by the family's own setting, else by the flags */
};

struct bench_options {
    const struct bench_flags *flags;
    const struct bench_clock *clock; /* NULL: the system's */
    uint64_t seed;                   /* of random interleaving */
    /* Returns 0, or -1 with errno: the run ends. The rows live until it returns. */
    int (*report)(void *ctx, const struct bench_report *report);
    /* Before each repetition; NULL: nobody cares. `done` of `total` repetitions are finished. */
    void (*begin)(void *ctx, const struct instance *in, size_t done, size_t total);
    void *ctx;
    const volatile sig_atomic_t *interrupted; /* NULL: never; what was measured so far is still reported */
};

struct bench_totals {
    size_t rows, failed, skipped; /* of repetitions */
    bool interrupted;
};

/* Fails with EXIT_USAGE for a wrong list of CPUs, a baseline that is not in the list and ten million repetitions, EXIT_STORE where report() failed. A benchmark that fails is a row. */
int bench_run(const struct bench_options *opt, const struct instance_list *list, struct bench_totals *totals,
              struct err *e);

#endif
