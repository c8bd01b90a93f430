/* SPDX-License-Identifier: Apache-2.0
 * The sentence that explains a verdict from paired rounds with its numbers. */
#ifndef KM_PAIRED_REASON_H
#define KM_PAIRED_REASON_H

#include "harness/stats/paired.h"
#include "harness/stats/shift.h"

struct pair_facts {
    const struct pair_series *s;
    const struct verdict *v;   /* complete but for the reason */
    int suspect;               /* 1: of being slower, -1: of being faster */
    double p_again;            /* of the confirmation; NAN: there was none */
    double needed;             /* rounds that would about settle it; NAN: nobody knows */
    bool below_clock;          /* the clock does not tell the difference */
    const struct shift *shift; /* the common movement that explains it; NULL: none does */
    const struct pair_policy *policy;
};

const char *pair_reason(struct mem *m, const struct pair_facts *f);

#endif
