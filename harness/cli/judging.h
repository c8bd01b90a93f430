/* SPDX-License-Identifier: Apache-2.0
 * Two runs of the store to verdicts: what `gate`, `compare` and `report` share. */
#ifndef KM_JUDGING_H
#define KM_JUDGING_H

#include "db/store.h"
#include "harness/stats/verdict.h"

struct judging {
    struct run base, current;
    double threshold; /* NAN: the suite's */
    bool strict;
    /* Why the machine was not fit while a side was measured; NULL: nothing known. Filled with the verdicts. */
    const char *unfit_base, *unfit_current;
    struct verdict *verdicts;
    size_t n;
};

/* Fills j->verdicts, after leaving out of j->base what the current run was not asked for. `s` gives the between-run variance of the series; NULL: none is known (files). */
int judge_runs(struct store *s, struct mem *m, struct judging *j, struct err *e);

/* The run that a host's baseline names; *found is false when there is none. */
int baseline_find(struct store *s, struct mem *m, const char *name, int64_t host_id, bool *found, struct run *out,
                  struct err *e);

/* The baseline that is meant for the run. With a name, that one. Without, the run's suites decide, because one host has
 * baselines of several suites and programs: "default/SUITES" if there is one, else "default" if it has one of them. Where
 * neither is so, *found is false, and *name is the name under which this run can become one. */
int baseline_for(struct store *s, struct mem *m, const struct run *current, const char **name, bool *found,
                 struct run *out, struct err *e);

/* "REGRESSED: 1 of 35 benchmarks slower ... (against run 3, commit abc1234)": one sentence for people. */
const char *verdict_sentence(struct mem *m, const struct judging *j);

#endif
