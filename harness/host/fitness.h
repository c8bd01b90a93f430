/* SPDX-License-Identifier: Apache-2.0
 * Whether a machine was fit to be measured on. Pure functions over facts, recorded now or long ago. */
#ifndef KM_FITNESS_H
#define KM_FITNESS_H

#include "harness/base/mem.h"
#include "harness/base/result.h"
#include "harness/host/setting.h"

/* Why what was measured between two states does not speak for the code, in one phrase for people: "17.2% of the CPU
 * time was stolen by the hypervisor (limit 5%); ..."; NULL where nothing known says so. What is not known on both sides
 * is never held against a run. The limits are the table in fitness.c. */
const char *host_state_verdict(struct mem *m, const struct facts *before, const struct facts *after);

/* Why runs that ended in these two states cannot be compared: governor, turbo or power source differ. NULL: they can. */
const char *host_state_differs(struct mem *m, const struct facts *base, const struct facts *current);

/* What the checks look at. Parts that are not known are empty. */
struct fitness_case {
    struct facts host, before, after; /* two states of a machine that should have been idle between them, or run */
    struct facts build, last;         /* of this program, and of the latest run */
    struct tunables tunables;         /* where they can be changed; empty: findings have no such commands */
};

/* One finding per check, in the order of the table in doctor.c: the same for every machine. */
struct finding *fitness_findings(struct mem *m, const struct fitness_case *c, size_t *n);

/* The worst: UNFIT, else ADVICE, else GOOD. What is unknown does not count. */
enum fitness fitness_worst(const struct finding *f, size_t n);

#endif
