/* SPDX-License-Identifier: Apache-2.0
 * What `run`, `list` and `verify` are told to work on: suites, profile, filter. */
#ifndef KM_SELECTION_H
#define KM_SELECTION_H

#include "harness/cli/options.h"
#include "harness/plan/plan.h"

struct selection {
    const char *profile; /* NULL: quick */
    const char *filter;  /* NULL: everything */
};

/* Loads the suites named (none: "core") and expands them to *plan. *names gets them joined by commas. A filter that
 * leaves nothing is EXIT_USAGE. */
int select_plan(struct mem *m, const struct words *suites, const struct selection *s, const char *cpu_model,
                struct plan *plan, const char **names, struct err *e);

/* --benchmark_min_time: "0.5s" or "0.5" seconds, or "100x" iterations. The other one, or both where text is NULL, is
 * NAN or 0. */
int parse_min_time(const char *text, double *seconds, uint64_t *iterations, struct err *e);

#endif
