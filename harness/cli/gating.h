/* SPDX-License-Identifier: Apache-2.0
 * Gates of this program against itself: what `selftest` and `doctor --noise` share. */
#ifndef KM_CLI_GATING_H
#define KM_CLI_GATING_H

#include "harness/cli/pairing.h"
#include "harness/pair/gates.h"

struct gating_options {
    struct pairing_options pair;
    const double *effects; /* to plant; 0: none */
    size_t neffects;
    size_t gates, plants; /* of each effect; benchmarks slowed in one */
    bool neighbour;       /* with a noisy one */
};

/* The plan alone, to ask gating_floors() about. */
int gating_plan(struct mem *m, const struct gating_options *o, struct pairing *p, struct err *e);

/* Runs the gates under a live line. Ctrl-C ends them with what was counted. After it, `p` is closed. */
int gating_run(struct mem *m, const struct gating_options *o, struct pairing *p, struct gates *out, struct err *e);

/* Stores the operating curve if asked for one, and what identical programs showed of this host's noise, unless a
 * neighbour made it. */
int gating_store(struct store *s, const struct gating_options *o, const struct pairing *p, struct gates *g, bool curve,
                 struct err *e);

/* The noise floor of every benchmark of the plan, by all the store knows. */
int gating_floors(struct mem *m, struct store *s, const struct pairing *p, struct floor_line **out, size_t *n,
                  struct err *e);

#endif
