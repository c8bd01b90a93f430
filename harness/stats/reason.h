/* SPDX-License-Identifier: Apache-2.0
 * The sentence that explains a verdict with its numbers. */
#ifndef KM_REASON_H
#define KM_REASON_H

#include "harness/base/buf.h"
#include "harness/base/mem.h"
#include "harness/base/result.h"
#include "harness/stats/shift.h"

/* What is known when the sentence is written. */
struct reason_facts {
    const struct verdict *v; /* complete but for the reason */
    const struct shift *shift;
    double alpha;
    bool strict;
    double rounds_needed; /* of a paired run; NAN: unknown */
    const char *unfit;    /* what was wrong with the machine; NULL: nothing known */
    double least;         /* of a metric: smaller differences do not count; 0: all do */
};

/* For decisions that rest on a comparison. The text lives in m. */
const char *reason_of(struct mem *m, const struct reason_facts *f);

/* For two exact values, whose decision is made. */
const char *reason_exact(struct mem *m, const struct verdict *v, double least);

/* --- words that other sentences share --- */

/* "4%", "4.2%": one decimal unless it is 0. */
void reason_percent(struct buf *b, double relative);
/* "1.23× slower (1.15–1.31)"; a ratio below 1 is told as its inverse, faster. Of a metric: "misses 1.23× higher (...)",
 * and where there is no ratio "misses 0 against 3: no ratio tells that". */
void reason_effect(struct buf *b, const struct verdict *v);
/* Where the direction of a metric is not known, what to say about that. */
void reason_direction(struct buf *b, const struct verdict *v);

#endif
