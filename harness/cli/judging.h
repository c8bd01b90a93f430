/* SPDX-License-Identifier: Apache-2.0
 * Two runs of the store to verdicts: what `gate`, `compare` and `report` share. */
#ifndef KM_JUDGING_H
#define KM_JUDGING_H

#include "db/store.h"
#include "harness/cli/asking.h"
#include "harness/stats/verdict.h"

/* A run whose level counts for some benchmarks instead of the baseline's, because their change was accepted. */
struct level {
    const char *name; /* of the benchmark */
    const struct run *run;
    const struct acceptance *accepted;
};

struct judging {
    struct run base, current;
    bool accept;          /* heed what was accepted (stored runs only) */
    struct level *levels; /* filled with the verdicts */
    size_t nlevels;
    const char *note; /* about the choice of the baseline, for people; NULL: nothing to say */
    double threshold; /* NAN: the suite's */
    bool strict;
    struct asking metrics; /* to judge beside time */
    /* Why the machine was not fit while a side was measured; NULL: nothing known. Filled with the verdicts. */
    const char *unfit_base, *unfit_current;
    struct verdict *verdicts;
    size_t n;
};

/* Fills j->verdicts, after leaving out of j->base what the current run was not asked for. `s` gives the between-run variance of the series; NULL: none is known (files). */
int judge_runs(struct store *s, struct mem *m, struct judging *j, struct err *e);

/* Does it speak of this benchmark? */
bool accepted_matches(const struct acceptance *a, const char *name);

/* The run that the verdict on this benchmark is against. */
const struct run *judging_base(const struct judging *j, const char *name);

/* The run that a host's baseline names; *found is false when there is none. */
int baseline_find(struct store *s, struct mem *m, const char *name, int64_t host_id, bool *found, struct run *out,
                  struct err *e);

/* The baseline that is meant for the run. With a name, that one. Without, the run's suites decide, because one host has
 * baselines of several suites and programs: "default/SUITES" if there is one, else "default" if it has one of them. Where
 * neither is so, *found is false, and *name is the name under which this run can become one. */
int baseline_for(struct store *s, struct mem *m, const struct run *current, const char **name, bool *found,
                 struct run *out, struct err *e);

/* Fills j->base by baseline_for(). Where no name was given and the baseline's commit is no ancestor of the current one, the
 * nearest ancestor's run of the same suites and profile that could be a baseline takes its place, and j->note says so;
 * where git does not know one of the commits, everything stays. */
int baseline_choose(struct store *s, struct mem *m, struct judging *j, const char **name, bool *found, struct err *e);

/* After a gate that passed: moves the baseline of that name to the run, if it follows and the run is of a clean commit
 * and left no benchmark out. *moved tells. */
int baseline_advance(struct store *s, struct mem *m, const char *name, const struct run *current, bool *moved,
                     struct err *e);

/* "REGRESSED: 1 of 35 benchmarks slower ... (against run 3, commit abc1234)": one sentence for people. */
const char *verdict_sentence(struct mem *m, const struct judging *j);

#endif
