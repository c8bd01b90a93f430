/* SPDX-License-Identifier: Apache-2.0
 * The gate tested on this host: identical programs, and slowdowns planted in them, judged over and over. */
#ifndef KM_PAIR_GATES_H
#define KM_PAIR_GATES_H

#include "harness/pair/trial.h"
#include "harness/stats/rivals.h"

struct gates_options {
    const struct plan *plan;
    struct pair_options pair; /* its seed begins a sequence: every gate has another one */
    const double *effects;    /* relative: 0.12; 0: identical programs */
    size_t neffects;
    size_t gates;  /* of each effect */
    size_t plants; /* benchmarks with the effect in each gate, chosen at random */
};

struct gates {
    struct calibration *lines; /* one per effect that has a gate */
    size_t nlines;
    struct noise_point *noise; /* every benchmark of every gate of identical programs */
    size_t nnoise, cap;
};

/* Before each gate; edges->progress is told of the rounds within one. */
struct gates_observer {
    void *ctx;
    void (*gate)(void *ctx, size_t done, size_t total);
};

/* Runs the effects in turns, so that an interruption leaves about as many gates of each. Although both sides are the
 * same program they are judged as if they might not be. */
void gates_run(struct mem *m, const struct gates_options *o, const struct pair_edges *edges,
               const struct gates_observer *obs, struct gates *out);

enum gates_fault { GATES_SOUND, GATES_TRIGGER_HAPPY, GATES_BLIND, GATES_UNDECIDED };

/* Is the gate fit for use, on these counts? Trigger-happy: anything unchanged was called changed, or a slowdown of at most
 * half the threshold was called more often than chance allows. Blind: of slowdowns of at least 1.2 times the threshold
 * fewer were called than 95% allow (both by the exact binomial test at 5%). Undecided: most gates of identical programs
 * settled nothing. */
enum gates_fault gates_judge(const struct gates *g, double threshold);

#endif
