/* SPDX-License-Identifier: Apache-2.0
 * One instance and its repetitions: how many iterations, how often, what came out. */
#ifndef KM_BENCH_RUNNER_H
#define KM_BENCH_RUNNER_H

#include "harness/bench/run.h"
#include "harness/bench/state.h"

/* Where precision decides, a batch lasts this part of a minimum time that was asked for, at most. */
enum { RUNNER_PARTS = 10 };

/* One repetition. */
struct outcome {
    struct tally tally; /* counters finished, unless it was skipped */
    struct row_memory memory;
    bool has_memory;
};

struct bench_runner {
    const struct instance *instance;
    const struct bench_options *opt;
    const struct bench_clock *clock;
    struct mem mem;
    void *data;                   /* of km_set_data() */
    double min_time, warmup_time; /* of a batch; 0: none */
    double longest;               /* min_time of a run by time; the same unless precision decides */
    double deadline;              /* on the real clock; INFINITY: none */
    double total_deadline;
    bool exact;           /* the number of iterations is given */
    bool searched;        /* or was found */
    bool weighed;         /* what a batch takes beside its loop is known (refine.c) */
    int64_t iterations;   /* of the next batch */
    bool begun, left_out; /* setup_once ran; and it skipped */
    int repetitions, done;
    struct outcome *outcomes;
};

/* Lives until runner_free(), outcomes and all. */
struct bench_runner *runner_new(const struct instance *in, const struct bench_options *opt,
                                const struct bench_clock *clock);
int runner_repetitions(const struct instance *in, const struct bench_flags *f);
/* Runs the next repetition and fills outcomes[done++]. */
void runner_repeat(struct bench_runner *r);
/* The same in a process of its own (isolate.c). */
void runner_repeat_isolated(struct bench_runner *r);
/* Tear-down of the argument set, if its set-up ran. */
void runner_finish(struct bench_runner *r);
void runner_free(struct bench_runner *r);

/* --- parts of runner_repeat() ---------------------------------------------------------------------------------------- */

/* One batch of r->iterations. */
void runner_batch(struct bench_runner *r, struct tally *t);
/* Seconds of the deciding clock, summed over threads. */
double runner_seconds(const struct bench_runner *r, const struct tally *t);
/* Warm-up, then batches until one is long enough; that one is in *t (search.c). */
void runner_search(struct bench_runner *r, struct tally *t);
/* More batches until the median is known well enough, added to *t, whose times then are the median's (refine.c). */
void runner_refine(struct bench_runner *r, struct tally *t);
/* The benchmark's own time limit counts from the first call. */
void runner_start_clock(struct bench_runner *r);
bool runner_interrupted(const struct bench_runner *r);

/* Seconds of the deciding clock that a batch aims at; iterations after one of `iterations` took `seconds`. */
int64_t search_predict(double iterations, double seconds, double min_time);

#endif
