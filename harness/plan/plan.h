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

/* Expands one suite and appends to *plan. `cpu_model` chooses among targets. Unknown operation, unknown or missing
 * parameter, impossible size, unknown variant: EXIT_USAGE with file:line:column. Names are unique over the plan. */
int plan_add(struct mem *m, struct plan *plan, const struct suite *suite, const char *profile, const char *cpu_model,
             const struct km_op *const *ops, size_t nops, struct err *e);

/* Keeps the jobs whose name the filter keeps (harness/base/filter.h). */
int plan_filter(struct plan *plan, const char *text, struct err *e);

#endif
