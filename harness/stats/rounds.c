/* SPDX-License-Identifier: Apache-2.0
 * Numbers of rounds. */
#include "harness/stats/rounds.h"

#include "harness/stats/stats.h"

double *rounds_numbers(struct mem *m, const struct rounds_samples *s, rounds_number *of, size_t *n)
{
    const struct round whole = { .first = 0, .count = s->nsamples };
    const struct round *rounds = s->nrounds ? s->rounds : &whole;
    size_t nrounds = s->nrounds ? s->nrounds : 1;
    *n = 0;
    if (s->nsamples == 0)
        return NULL;
    double *numbers = mem_array(m, nrounds, sizeof *numbers);
    for (size_t i = 0; i < nrounds; i++) {
        size_t kept;
        if (rounds[i].first > s->nsamples || rounds[i].count > s->nsamples - rounds[i].first)
            continue;
        const double *sorted = stats_sorted(m, s->samples + rounds[i].first, rounds[i].count, &kept);
        if (kept > 0)
            numbers[(*n)++] = of(sorted, kept);
    }
    return numbers;
}

double *rounds_medians(struct mem *m, const double *samples, size_t nsamples, const struct round *rounds,
                       size_t nrounds, size_t *n)
{
    const struct rounds_samples s = { samples, nsamples, rounds, nrounds };
    return rounds_numbers(m, &s, stats_median, n);
}
