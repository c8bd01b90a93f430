/* SPDX-License-Identifier: Apache-2.0
 * Many tests at once: Holm (1979) and Benjamini and Hochberg (1995). */
#include "harness/stats/stats.h"

#include <math.h>
#include <stdlib.h>

struct place {
    double p;
    size_t at;
};

static int by_p(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->p != y->p)
        return x->p > y->p ? 1 : -1;
    return (x->at > y->at) - (x->at < y->at);
}

/* Places of the p values that are numbers, smallest first. */
static struct place *ranked(struct mem *m, const double *p, size_t n, double *adjusted, size_t *count)
{
    struct place *order = mem_array(m, n, sizeof *order);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        adjusted[i] = NAN;
        if (!isnan(p[i]))
            order[kept++] = (struct place){ p[i], i };
    }
    if (kept > 1)
        qsort(order, kept, sizeof *order, by_p);
    *count = kept;
    return order;
}

void stats_holm(struct mem *m, const double *p, size_t n, double *adjusted)
{
    size_t count;
    struct place *order = ranked(m, p, n, adjusted, &count);
    double worst = 0;
    for (size_t i = 0; i < count; i++) {
        worst = fmax(worst, fmin(1, (double)(count - i) * order[i].p));
        adjusted[order[i].at] = worst;
    }
}

void stats_bh(struct mem *m, const double *p, size_t n, double *adjusted)
{
    size_t count;
    struct place *order = ranked(m, p, n, adjusted, &count);
    double best = 1;
    for (size_t i = count; i-- > 0;) {
        best = fmin(best, (double)count * order[i].p / (double)(i + 1));
        adjusted[order[i].at] = best;
    }
}
