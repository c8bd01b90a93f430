/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/stats/rivals.h"

#include "harness/stats/stats.h"

enum { REPETITIONS = 9 };

static const double alpha = 0.05;

static double mean_of(const struct rival_round *r, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += r[i].mean;
    return sum / (double)n;
}

static double minimum_of(const struct rival_round *r, size_t n)
{
    double least = r[0].min;
    for (size_t i = 1; i < n; i++)
        least = r[i].min < least ? r[i].min : least;
    return least;
}

/* As compare.py does with the repetitions of a benchmark: its recommended nine. */
static bool u_test(struct mem *m, const struct rival_round *base, const struct rival_round *current, size_t n,
                   double ratio)
{
    double x[REPETITIONS] = { 0 }, y[REPETITIONS] = { 0 };
    size_t k = n < REPETITIONS ? n : REPETITIONS;
    for (size_t i = 0; i < k; i++) {
        x[i] = base[i].mean;
        y[i] = current[i].mean;
    }
    return stats_mann_whitney(m, y, k, x, k).p < alpha && mean_of(current, k) > ratio * mean_of(base, k);
}

bool rival_red(struct mem *m, enum rival rule, const struct rival_round *base, const struct rival_round *current,
               size_t n, double threshold)
{
    if (!n)
        return false;
    switch (rule) {
    case RIVAL_MEAN:
        return mean_of(current, n) > (1 + threshold) * mean_of(base, n);
    case RIVAL_MWU_5:
        return u_test(m, base, current, n, 1.05);
    case RIVAL_MWU_10:
        return u_test(m, base, current, n, 1.10);
    default:
        return minimum_of(current, n) > (1 + threshold) * minimum_of(base, n);
    }
}
