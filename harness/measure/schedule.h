/* SPDX-License-Identifier: Apache-2.0
 * Who is next, and who is done: the decisions of the runner, as pure functions. */
#ifndef KM_SCHEDULE_H
#define KM_SCHEDULE_H

#include "harness/measure/runner.h"

/* When a job is done. */
struct limits {
    int exact_rounds; /* >0: so many, whatever else */
    int min_rounds, max_rounds;
    double precision, budget; /* not above 0: no such limit */
};

/* How far a job is. */
struct standing {
    size_t rounds;
    double wall;      /* seconds of its turns so far */
    double precision; /* relative half width of the median's interval; INFINITY if unknown */
};

struct limits schedule_limits(const struct settings *s, const struct runner_options *o);

/* Why the job stops after this round, STOP_NONE if it goes on. */
enum stop_reason schedule_stop(const struct limits *l, const struct standing *at);

/* Indices 0..n-1 in the random order of that generation (one visit of every job). */
void schedule_order(uint64_t seed, uint64_t generation, size_t *order, size_t n);

/* Seconds this job will still take, by what it took so far; `turn` is the length of one turn where it had none.
 * At least 0; NAN where `turn` is needed and is NAN. */
double schedule_left(const struct limits *l, const struct standing *at, double turn);

/* Batches of one round: the settings' number, fewer (at least 1) where batches are so long that the least number of
 * rounds would not fit the budget. */
uint64_t schedule_batches(const struct settings *s, const struct limits *l, double batch_seconds);

#endif
