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
    bool below_clock;          /* the clock does not tell the difference */
    const struct shift *shift; /* the common movement that explains it; NULL: none does */
    const struct pair_policy *policy;
};

const char *pair_reason(struct mem *m, const struct pair_facts *f);

/* About how many rounds would tell whether the change lies beyond the threshold: at least the first look's. NAN where the
 * rounds there are do not tell. */
double pair_rounds_needed(struct mem *m, const struct pair_facts *f);

#endif
