/* SPDX-License-Identifier: Apache-2.0
 * Runs a plan: verify, calibrate, warm up and sample in child processes, rounds interleaved over all benchmarks in a
 * seeded random order, until each is precise enough or its budget is spent. */
#ifndef KM_RUNNER_H
#define KM_RUNNER_H

#include "harness/base/err.h"
#include "harness/base/mem.h"
#include "harness/base/result.h"
#include "harness/plan/plan.h"

/* What the runner tells while it works. Any function may be NULL. */
struct observer {
    void *ctx;
    /* Before each turn: which job, how many are finished of how many, seconds left by estimate (NAN: unknown). */
    void (*progress)(void *ctx, const struct job *job, size_t finished, size_t total, double seconds_left);
    /* Once per job, as soon as it is final; store it here. Returning -1 (with e filled) ends the run. */
    int (*finished)(void *ctx, struct result *result, struct err *e);
};

enum { RUNNER_STEPS_MAX = 1000000 }; /* a sensible steps_max: some seconds, on a virtual machine a minute */

struct turn_order;
struct pace;
struct turn;

/* The edges of the runner; tests replace them. */
struct runner_edges {
    double (*now)(void *ctx);  /* monotonic seconds; NULL: the system's clock */
    const char *const *worker; /* argv of the worker program, NULL-terminated; argv[0] is its path, the job goes in by
                                * pipe (protocol.h: descriptors WORKER_IN and WORKER_OUT) */
    void *ctx;
    /* NULL: real time. Otherwise every time in the results (samples, CPU, turns, start of rounds) is invented from this
     * text, the benchmark's name, the seed and the round, and the same everywhere; `now` is not asked. The text is
     * "SEED[*FACTOR[@PART]]": durations of benchmarks whose name contains PART are multiplied by FACTOR. */
    const char *fake_clock;
    /* NULL: a turn is a worker process (turn.h: turn_run). Otherwise takes every turn in its place, with `ctx` for it. */
    void (*turn)(struct mem *m, const struct turn_order *order, struct pace *pace, struct turn *out);
};

struct runner_options {
    uint64_t seed;
    bool verify_only;
    int repetitions;           /* >0: exactly this many rounds each (--benchmark_repetitions) */
    double min_time;           /* NAN or the least sampling time of a round in seconds (--benchmark_min_time) */
    uint64_t fixed_iterations; /* >0: --benchmark_min_time=Nx */
    const char *data_dir;
    const char *counters; /* perf events to count beside the standard ones, separated by commas; NULL: none */
    uint64_t steps_max;   /* >0: also count the instructions of an iteration one by one (turn_step.h), once per job, if
                           * they are not more than this */
    int pin;              /* the CPU that processes stay on, plus 1; 0: any */
    const volatile int *interrupted; /* becomes non-zero on Ctrl-C */
};

/* Runs all jobs, with SIGPIPE ignored while it does so; *results has one entry per job in plan order. Returns -1 only
 * for an error of its own or of the observer; a failing benchmark is a result. Interruption is no error: jobs with
 * samples become final with STOP_INTERRUPT, the others STATUS_INTERRUPTED, and every one is told to the observer.
 *
 * Settings are taken as they are, except: samples, calls and max_rounds count at least 1, and without a timeout a turn
 * has a minute (with --benchmark_min_time, twice that time more). `precision` and `budget_seconds` that are not above 0
 * never stop; with --benchmark_repetitions, and in a verification, neither does. Where batches are so long that
 * min_rounds rounds would not fit the budget, a round has fewer of them, at least one. The limit of memory does not
 * hold for programs built with a sanitizer.
 *
 * A job that fails in a later turn keeps the samples of the earlier ones beside its status, unless it is STATUS_WRONG.
 * Metrics: what the processor counted, page faults and context switches per iteration, and the resolution and the cost
 * of a reading of the clock, which no sample has subtracted. A sample of per_call mode contains one reading. */
int run_plan(struct mem *m, const struct plan *plan, const struct runner_options *o, const struct runner_edges *edges,
             const struct observer *obs, struct result **results, struct err *e);

/* The child's side: speaks the worker protocol (measure/protocol.h) on the given descriptors until told to quit.
 * Returns the process's exit code. */
int worker_main(int in_fd, int out_fd, const struct km_op *const *ops, size_t nops);

#endif
