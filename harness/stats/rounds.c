/* SPDX-License-Identifier: Apache-2.0
 * Medians of rounds. */
#include "harness/stats/rounds.h"

#include "harness/stats/stats.h"

double *rounds_medians(struct mem *m, const double *samples, size_t nsamples, const struct round *rounds,
                       size_t nrounds, size_t *n)
{
    const struct round whole = { .first = 0, .count = nsamples };
    *n = 0;
    if (nsamples == 0)
        return NULL;
    if (nrounds == 0) {
        rounds = &whole;
        nrounds = 1;
    }
    double *median = mem_array(m, nrounds, sizeof *median);
    for (size_t i = 0; i < nrounds; i++) {
        size_t kept;
        if (rounds[i].first > nsamples || rounds[i].count > nsamples - rounds[i].first)
            continue;
        const double *sorted = stats_sorted(m, samples + rounds[i].first, rounds[i].count, &kept);
        if (kept > 0)
            median[(*n)++] = stats_median(sorted, kept);
    }
    return median;
}
