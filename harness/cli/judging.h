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
    struct verdict *verdicts;
    size_t n;
};

/* Fills j->verdicts, after leaving out of j->base what the current run was not asked for. `s` gives the between-run variance of the series; NULL: none is known (files). */
int judge_runs(struct store *s, struct mem *m, struct judging *j, struct err *e);

/* The run that a host's baseline names; *found is false when there is none. */
int baseline_find(struct store *s, struct mem *m, const char *name, int64_t host_id, bool *found, struct run *out,
                  struct err *e);

/* "REGRESSED: 1 of 35 benchmarks slower ... (against run 3, commit abc1234)": one sentence for people. */
const char *verdict_sentence(struct mem *m, const struct judging *j);

#endif
