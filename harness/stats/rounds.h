/* SPDX-License-Identifier: Apache-2.0
 * From samples to rounds. A round is a fresh process; its median is the smallest independent piece of evidence. */
#ifndef KM_ROUNDS_H
#define KM_ROUNDS_H

#include "harness/base/mem.h"
#include "harness/base/result.h"

/* Samples and the rounds they belong to. */
struct rounds_samples {
    const double *samples;
    size_t nsamples;
    const struct round *rounds;
    size_t nrounds;
};

/* A number about one round, from its samples in ascending order. */
typedef double rounds_number(const double *sorted, size_t n);

/* The median of each round that has a finite sample, in order; *n of them. A result without rounds is one round. Rounds
 * whose samples were not loaded (beyond nsamples) have none. */
double *rounds_medians(struct mem *m, const double *samples, size_t nsamples, const struct round *rounds,
                       size_t nrounds, size_t *n);

/* Another number of each of these rounds. */
double *rounds_numbers(struct mem *m, const struct rounds_samples *s, rounds_number *of, size_t *n);

#endif
