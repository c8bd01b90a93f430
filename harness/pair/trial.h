/* SPDX-License-Identifier: Apache-2.0
 * A paired run of a whole plan: rounds of all benchmarks interleaved in a seeded random order, looked at a few times
 * (stats/paired.h), suspects measured again, until every verdict is settled or the time is spent. */
#ifndef KM_PAIR_TRIAL_H
#define KM_PAIR_TRIAL_H

#include "harness/pair/round.h"
#include "harness/stats/paired.h"

/* What happened to one benchmark. Its arrays hold the screening rounds first, then those of the confirmation. */
struct pair_track {
    const struct job *job;
    struct pair_pace pace;
    struct pair_round *rounds;
    size_t nrounds, cap, nscreen; /* nscreen of the rounds were screening */
    struct pair_round failure;    /* status not OK: the benchmark has no more rounds */
    struct km_cost cost;
    double seconds; /* of all its rounds */
    double floor;   /* known before; NAN: none */
    double slow;    /* planted: as pair_order.slow */
    bool identical;
    double work[PAIR_SIDES]; /* instructions per iteration; NAN: not counted */
};

/* What a trial needs from outside; tests and simulations replace them. */
struct pair_edges {
    /* NULL: pair_round_run(). */
    void (*round)(void *ctx, struct mem *m, const struct pair_order *order, struct pair_pace *pace,
                  struct pair_round *out);
    /* Counts instructions of suspects. NULL: pair_witness(). */
    void (*witness)(void *ctx, const struct pair_order *order, double work[PAIR_SIDES]);
    double (*now)(void *ctx); /* NULL: the system's monotonic clock */
    void *ctx;
    /* Before each round. NULL: nobody watches. */
    void (*progress)(void *ctx, const struct job *job, size_t settled, size_t total, double seconds_left);
};

struct pair_options {
    const struct pair_side *sides; /* base, current */
    struct pair_policy policy;
    uint64_t seed;
    double budget_seconds; /* of the whole trial; not above 0: none */
    const volatile int *interrupted;
};

struct pair_trial {
    struct pair_track *tracks; /* one per job of the plan, in its order */
    size_t ntracks;
    const struct metric_ask *asks; /* metrics beside time, of every benchmark that has them */
    size_t nasks;
    double seconds; /* wall time */
    bool out_of_time, interrupted;
};

/* Tracks of the jobs that this CPU can run, with nothing known about them yet. */
void pair_trial_open(struct mem *m, const struct plan *plan, struct pair_trial *out);

/* Runs it. SIGPIPE is ignored meanwhile. Failures of benchmarks are part of the trial. */
void pair_trial_run(struct mem *m, struct pair_trial *trial, const struct pair_options *o,
                    const struct pair_edges *edges);

/* One verdict on the time of each track, in order. A benchmark that failed on the current side is FAILED; one that only
 * the base side could not run is NEW. */
struct verdict *pair_trial_verdicts(struct mem *m, const struct pair_trial *trial, const struct pair_policy *policy);

/* What the trial says: those, and behind them the verdicts on metrics, by metric and then by track. *n are all, and *which[i]
 * is the track of verdict i. A metric that a benchmark reports on one side only is MISSING or NEW. Where no benchmark
 * reports it at all, all are INCONCLUSIVE, because a gate on a misspelt name must not pass; where some do, the others have
 * no verdict on it. */
struct verdict *pair_trial_judge(struct mem *m, const struct pair_trial *trial, const struct pair_policy *policy,
                                 size_t *n, size_t **which);

/* --- evidence (evidence.c) --- */

/* The tracks that have rounds, as evidence: first the times, then by metric those that both sides have. *which[i] is the
 * track of series i. */
size_t pair_trial_series(struct mem *m, const struct pair_trial *trial, struct pair_series **series, size_t **which);

/* What both sides, or one, say of a metric of a track. */
enum pair_reports { REPORTS_NEITHER, REPORTS_BASE, REPORTS_CURRENT, REPORTS_BOTH };
enum pair_reports pair_track_reports(const struct pair_track *t, const struct pair_trial *trial, size_t ask);

/* The fields of a verdict that say which metric it is about. */
void pair_about(const struct metric_ask *ask, struct verdict *v);

#endif
