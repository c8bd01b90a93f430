/* SPDX-License-Identifier: Apache-2.0
 * Comparisons and a policy to verdicts, over a whole suite at once. Pure. */
#ifndef KM_VERDICT_H
#define KM_VERDICT_H

#include "harness/base/err.h"
#include "harness/base/mem.h"
#include "harness/base/result.h"
#include "harness/stats/compare.h"
#include "harness/stats/metric.h"

struct policy {
    double threshold; /* overrides the suite's where not NAN: 0.10 */
    double alpha;     /* family-wise, one-sided: 0.05 */
    bool strict;      /* the lower bound itself must exceed the threshold */
    /* Why the machine was not fit while the baseline, or the current run, was measured; NULL: nothing says so. Rounds
     * that took turns were disturbed alike, and leave them NULL. */
    const char *unfit_base, *unfit_current;
    const struct metric_ask *asks; /* metrics to judge beside time */
    size_t nasks;
};

extern const struct policy policy_default;

/* Judges every benchmark of `current` against `base` (matched by name and definition hash) and everything that only
 * the baseline has. Unsupported results are left out. *n is the number of verdicts: those of `current` in its order,
 * then the missing ones in the order of `base`. A NULL policy is the default one; a NULL base has no results.
 *
 * With t the threshold (the policy's, else the benchmark's, else 10%), f the noise floor and the interval at 1 - 2 alpha:
 *   REGRESSED     ratio > 1 + max(t, f), and Holm's p over all compared benchmarks < alpha. Strict: also the lower bound,
 *                 corrected for their number (Bonferroni), > 1 + t
 *   IMPROVED      the mirror image: 1/ratio
 *   EQUIVALENT    the interval lies within 1/(1 + t) .. 1 + t
 *   ENVIRONMENT   would be REGRESSED or IMPROVED, but the suite moved as a whole (stats/shift.h), and either that shift
 *                 alone exceeds t, or without it the benchmark does not exceed max(t, f)
 *                 or the machine was unfit in the direction of the change: during the current run for REGRESSED, during
 *                 the baseline's for IMPROVED. What is faster in spite of a disturbance stays IMPROVED
 *   FAILED        the current run has no time for it, whatever the baseline says
 *   NEW           no baseline, a baseline without a time, or one of another definition
 *   MISSING       the baseline has a time, the current run has no result of that name
 *   INCONCLUSIVE  everything else
 *
 * Run-to-run noise comes from `noise` where it has 5 or more medians, and otherwise from the scatter over this pair of
 * runs (stats/noise.h). p_adjusted is Holm's of cmp.p; NAN where nothing was compared. */
/* Metrics come behind the times, by metric and then by benchmark; both results must have a time. Values of rounds above 0
 * are compared as times are, turned where higher is better, in the same family; the run-to-run noise is that of times.
 * Where all rounds of each side agree they are compared exactly, outside the family: a difference beyond the threshold,
 * and beyond the least one that counts, is REGRESSED or IMPROVED. Where there is not enough to judge by it is
 * INCONCLUSIVE and says what is missing. A metric that one side has is MISSING or NEW; one that no benchmark has on either
 * side is INCONCLUSIVE for all, because the name may be wrong. */
struct verdict *judge(struct mem *m, const struct run *base, const struct run *current,
                      const struct history_noise *noise, size_t nnoise, const struct policy *policy, size_t *n);

/* A verdict that rests on no comparison: every number of one is NAN. */
struct verdict verdict_bare(const char *name, double threshold, enum decision d, const char *reason);

/* Exit code of the worst verdict, by DESIGN §4: incomplete > environment > regression > inconclusive > pass. Where not
 * one verdict rests on a comparison (none at all, or all NEW) it is EXIT_INCONCLUSIVE: there is no baseline. Metrics for
 * information do not count. */
enum exit_code verdict_exit(const struct verdict *v, size_t n);

/* Does it rest on exact values, so that nothing could confirm it? */
bool verdict_exact(const struct verdict *v);

const char *decision_name(enum decision d); /* "REGRESSED" */

#endif
