/* SPDX-License-Identifier: Apache-2.0
 * Ratios of rounds. */
#include "harness/stats/pair.h"

#include "harness/stats/rounds.h"
#include "harness/stats/stats.h"

#include <math.h>

struct pair_ratio pair_ratio(struct mem *m, const struct result *a, const struct result *b)
{
    size_t na, nb, n = 0;
    const double *x = rounds_medians(m, a->samples, a->nsamples, a->rounds, a->nrounds, &na);
    const double *y = rounds_medians(m, b->samples, b->nsamples, b->rounds, b->nrounds, &nb);
    size_t shared = na < nb ? na : nb;
    double *ratios = mem_array(m, shared + 1, sizeof *ratios);
    for (size_t i = 0; i < shared; i++)
        if (x[i] > 0 && y[i] > 0)
            ratios[n++] = x[i] / y[i];
    if (!n)
        return (struct pair_ratio){ NAN, NAN, NAN, 0, 0, false };
    stats_sort(ratios, n);
    struct stats_interval i = stats_median_interval(ratios, n, 0.95);
    return (struct pair_ratio){ stats_median(ratios, n), i.low, i.high, i.level, n, i.enough };
}
