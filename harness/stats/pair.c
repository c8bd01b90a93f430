/* SPDX-License-Identifier: Apache-2.0
 * Ratios of rounds. */
#include "harness/stats/pair.h"

#include "harness/stats/rounds.h"
#include "harness/stats/stats.h"

#include <math.h>

double pair_median(const double *sorted, size_t n)
{
    return stats_median(sorted, n);
}

double pair_variation(const double *sorted, size_t n)
{
    return stats_cv(sorted, n);
}

double pair_tail(const double *sorted, size_t n)
{
    double median = stats_median(sorted, n);
    return median > 0 ? stats_quantile(sorted, n, 0.99) / median - 1 : NAN;
}

static double *numbers(struct mem *m, const struct result *r, pair_number *of, size_t *n)
{
    const struct rounds_samples s = { r->samples, r->nsamples, r->rounds, r->nrounds };
    return rounds_numbers(m, &s, of, n);
}

double pair_typical(struct mem *m, const struct result *r, pair_number *of)
{
    size_t n, finite;
    const double *x = numbers(m, r, of, &n);
    const double *sorted = stats_sorted(m, x, n, &finite);
    return stats_median(sorted, finite);
}

struct pair_ratio pair_ratio(struct mem *m, const struct result *a, const struct result *b)
{
    return pair_ratio_of(m, a, b, pair_median);
}

struct pair_ratio pair_ratio_of(struct mem *m, const struct result *a, const struct result *b, pair_number *of)
{
    size_t na, nb, n = 0;
    const double *x = numbers(m, a, of, &na), *y = numbers(m, b, of, &nb);
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
