/* SPDX-License-Identifier: Apache-2.0
 * The noise floor of a host: how far apart sessions of identical programs lie there beyond what the scatter of their own
 * rounds explains. That scatter is in every verdict's interval, and more rounds reduce it; the floor is what they do not
 * reduce, so it alone limits the threshold that can be gated. Pure.
 *
 * With z the 97.5% quantile of the normal distribution, d the change that a session showed and e its standard error, the
 * floor's variance is the 95th percentile over the sessions of (d/z)^2 - e^2, at least 0: no more than one session in
 * twenty may lie further from 1 than floor and scatter together tell. Where e is not known all of d counts. */
#ifndef KM_FLOOR_H
#define KM_FLOOR_H

#include "harness/base/mem.h"
#include "harness/base/result.h"

enum {
    FLOOR_POINTS = 20, /* the least number of sessions that tell a 95th percentile */
    FLOOR_KEPT = 30,   /* sessions that count: the host of last year is another one */
};

struct floors {
    const struct noise_point *points; /* in order of name and hash, oldest first within */
    size_t n;
    double pooled; /* over all benchmarks of the host, times 1.5; NAN: too few points */
};

struct floors floors_of(struct mem *m, const struct noise_point *points, size_t n);

/* Relative, by the sessions of this benchmark; with fewer than FLOOR_POINTS of them the pooled one, and NAN where that is
 * unknown too. *own (may be NULL) says whether it is the benchmark's own. */
double floor_of(struct mem *m, const struct floors *f, const struct bench *bench, bool *own);

#endif
