/* SPDX-License-Identifier: Apache-2.0
 * A suite to a list of benchmark instances: every size × variant, checked against the bindings. */
#ifndef KM_PLAN_H
#define KM_PLAN_H

#include "harness/plan/suite.h"

struct job {
    struct bench bench;
    struct entry entry;
    const struct km_op *op;  /* NULL never */
    const char *unsupported; /* why this CPU cannot run it; NULL: it can */
    struct settings settings;
};

struct plan {
    struct job *jobs;
    size_t njobs;
};

/* What a suite may ask of the machine that it will run on. */
struct plan_host {
    const char *cpu_model; /* chooses among targets; NULL: unknown */
    int cpus;              /* that may be used: what threads: host goes up to; 0: unknown, as 1 */
};

/* Expands one suite and appends to *plan. Unknown operation, unknown or missing parameter, impossible size, unknown
 * variant, threads for a binding that has none: EXIT_USAGE with file:line:column. Names are unique over the plan: what an
 * earlier suite has planned just so is left out, what it means otherwise by the same name is an error. */
int plan_add(struct mem *m, struct plan *plan, const struct suite *suite, const char *profile,
             const struct plan_host *host, const struct km_op *const *ops, size_t nops, struct err *e);

/* Keeps the jobs whose name the filter keeps (harness/base/filter.h). */
int plan_filter(struct plan *plan, const char *text, struct err *e);

#endif
