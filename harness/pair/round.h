/* SPDX-License-Identifier: Apache-2.0
 * One round of a paired run: a fresh process of each side, both on the same CPU, that take turns of about a millisecond
 * in blocks of ABBA or BAAB, with one iteration count for both. A steady drift of the machine cancels within a block, a
 * disturbance hits both sides, and what a process is dealt at its start (addresses, pages) is dealt anew every round. */
#ifndef KM_PAIR_ROUND_H
#define KM_PAIR_ROUND_H

#include "harness/measure/turn.h"
#include "harness/stats/metric.h"

enum { PAIR_BASE, PAIR_CURRENT, PAIR_SIDES };

/* How one side is run. */
struct pair_side {
    const char *label;         /* "main (3f9a1c2b)" */
    struct runner_edges edges; /* a worker; or .turn = foreign_turn, with a struct foreign of its own as ctx */
    const char *data_dir;
};

/* How a benchmark is sampled. Found out in its first round and kept, so it is the same on both sides. */
struct pair_pace {
    uint64_t iterations;                               /* of a sample; 0: not known yet */
    uint64_t samples;                                  /* of a turn */
    int blocks;                                        /* of a round */
    bool verified[PAIR_SIDES], suspicious[PAIR_SIDES]; /* suspicious: it must verify every time */
    double resolution;                                 /* of the worse clock, seconds */
};

struct pair_order {
    const struct job *job;
    const struct pair_side *sides;
    uint64_t seed, round; /* rounds of a confirmation are numbered on */
    double slow; /* planted: batches of the current side last so many times as long (1.12); 0: nothing planted */
    const volatile int *interrupted;
    const struct metric_ask *asks; /* metrics to bring along */
    size_t nasks;
};

struct pair_tally {
    double median, mean, min; /* seconds per iteration over the samples of the round */
};

/* One metric in one round; NAN where a side did not report it. */
struct pair_value {
    double side[PAIR_SIDES];
    const char *why; /* a side has no value; NULL: nobody said why */
    double d;        /* metric_distance(), and for rates by the same blocks as that of time */
};

struct pair_round {
    enum status status; /* not OK: of that side, and nothing else counts */
    int failed;         /* PAIR_BASE or PAIR_CURRENT */
    int signal;
    const char *message;
    double d; /* ln(current/base): median over the blocks of the difference of their mean logs */
    struct pair_tally side[PAIR_SIDES];
    struct km_cost cost;
    struct km_cost work[PAIR_SIDES]; /* numbers only */
    struct pair_value *values;       /* one for each metric asked for */
};

/* Strings and arrays of *out live in m. */
void pair_round_run(struct mem *m, const struct pair_order *order, struct pair_pace *pace, struct pair_round *out);

/* The other witness: exact instructions per iteration of each side, by single steps (measure/step.h). NAN where they
 * cannot be counted: a foreign program, threads, more than PAIR_STEPS_MAX of them, no permission. */
void pair_witness(const struct pair_order *order, double work[PAIR_SIDES]);

enum { PAIR_STEPS_MAX = 200000 };

/* --- the metrics of a round (values.c) --- */

/* Places for all that was asked for, with nothing in them. */
struct pair_value *pair_values_none(struct mem *m, size_t nasks);
/* The events that are to be counted for it, separated by commas; NULL: none. What is no event may be a number that a
 * benchmark states. */
const char *pair_values_events(struct mem *m, const struct pair_order *order);
/* What one side reported. */
void pair_values_take(struct mem *m, const struct pair_order *order, int side, const struct metric *got, size_t n,
                      struct pair_round *out);
/* When the round is complete: rates, and distances. */
void pair_values_finish(const struct pair_order *order, struct pair_round *out);

#endif
