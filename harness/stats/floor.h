/* SPDX-License-Identifier: Apache-2.0
 * The noise floor of a host: how far apart identical programs were seen there. Pure. */
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

/* Relative: the 95th percentile of |change| over the sessions of this benchmark; with fewer than FLOOR_POINTS of them
 * the pooled one, and NAN where that is unknown too. *own (may be NULL) says whether it is the benchmark's own. */
double floor_of(struct mem *m, const struct floors *f, const struct bench *bench, bool *own);

#endif
