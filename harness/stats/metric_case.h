/* SPDX-License-Identifier: Apache-2.0
 * What two stored results say of a metric, made ready to be compared. Pure. */
#ifndef KM_METRIC_CASE_H
#define KM_METRIC_CASE_H

#include "harness/base/mem.h"
#include "harness/stats/metric.h"

enum metric_evidence {
    EVIDENCE_NONE,    /* neither side has it */
    EVIDENCE_BASE,    /* only that side has it */
    EVIDENCE_CURRENT, /* only that side has it */
    EVIDENCE_EXACT,   /* the same value in all rounds of each side: base and current are all there is to know */
    EVIDENCE_ROUNDS,  /* values above 0 that scatter */
    EVIDENCE_LACKING, /* why says what is missing */
};

struct metric_case {
    enum metric_evidence evidence;
    const char *unit;
    enum direction direction;
    double base, current; /* medians in the metric's unit; NAN: not there */
    size_t base_rounds, current_rounds;
    /* EVIDENCE_ROUNDS: results that are like times, a sample for each round; where higher is better the samples are
     * inverse, so that more is worse. */
    const struct result *as_base, *as_current;
    const char *why;
};

/* Both results are OK. A metric of one value is exact where counting it again would give the same (metric_exact()), or
 * where both sides agree. "instructions" is "instructions-stepped" where the processor counted none. */
struct metric_case metric_case_of(struct mem *m, const struct metric_ask *ask, const struct result *base,
                                  const struct result *current);

#endif
