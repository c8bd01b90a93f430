/* SPDX-License-Identifier: Apache-2.0
 * What is behind a struct km_state: one thread's part of one batch; and the batch, which adds its threads up. */
#ifndef KM_BENCH_STATE_H
#define KM_BENCH_STATE_H

#include "harness/bench/counter.h"
#include "harness/bench/instance.h"
#include "harness/bench/perf.h"
#include "harness/bench/timer.h"

#include <pthread.h>
#include <sys/types.h>

enum { PARTS_MOST = 64 };

/* What a batch came to, over all its threads. Strings and arrays live in the mem given to batch_run(). */
struct tally {
    int64_t iterations;
    double real, cpu, manual; /* seconds, summed over threads */
    int64_t complexity_n;
    const char *label;
    enum row_skip skipped;
    const char *skip_message;
    struct counters counters; /* not finished */
    double *samples;          /* seconds per iteration of each part of the batch */
    size_t nsamples, samples_cap;
};

struct batch {
    const struct instance *instance;
    const struct bench_clock *clock;
    int64_t iterations;
    int threads;
    void **data;                                /* of km_set_data() */
    const struct km_profiler_manager *profiler; /* around each thread's loop; NULL: none */
    const char *perf_events;                    /* counted in each thread's loop; NULL or "": none */
    const struct km_memory_manager *memory;     /* around all of it but set-up and tear-down; NULL: none */
    struct km_memory_result memory_result;
    struct tally *tally;
    struct mem *mem;

    pthread_mutex_t lock; /* of all below, and of *tally and *mem */
    pthread_cond_t moved;
    int present, waiting;
    uint64_t generation;
    pid_t pid; /* in which it runs */
};

struct part {
    uint64_t ticks;
    int64_t iterations;
    double manual;
};

struct run_state {
    struct km_state state; /* first, so that one is the other */
    struct batch *batch;
    struct mem mem;
    int thread_index;
    int64_t iterations; /* to do */
    int64_t unhanded;   /* of them not yet given to the loop */
    int64_t overshoot;  /* of km_keep_running_batch() */
    bool started, finished, in_loop, twice;
    struct bench_timer timer;
    struct perf *perf;
    double manual;
    struct part parts[PARTS_MOST];
    size_t nparts;
    int64_t part_iterations;
    uint64_t part_from;
    double part_manual;

    struct counters counters;
    const char *label;
    int64_t complexity_n;
    enum row_skip skipped;
    const char *skip_message;
    void *self; /* the fixture's object */
};

/* Runs the instance once: set-up, its threads, tear-down. The tally starts zeroed and is filled, its memory in b->mem.
 * A batch that could not run is a tally with SKIP_ERROR. b->lock and what follows need not be set. */
void batch_run(struct batch *b);

/* Runs one of the functions that are called with a state of one iteration outside the loop. What it says by skipping or
 * labelling goes to the tally. NULL: does nothing. */
void batch_call(struct batch *b, km_function *fn);

/* Waits until every thread of the batch is here or has left. */
void batch_meet(struct batch *b);
void batch_leave(struct batch *b);

#endif
