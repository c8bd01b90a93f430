/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/stats/floor.h"

#include "harness/stats/stats.h"

#include <math.h>
#include <string.h>

static const double percentile = 0.95;
static const double pooled_margin = 1.5; /* benchmarks differ, and this one may be noisier than most */

/* What the sessions show beyond their scatter, as a relative change; NAN below FLOOR_POINTS. */
static double reach(struct mem *m, const struct noise_point *p, size_t n)
{
    double *x = mem_array(m, n, sizeof *x), z = stats_normal_quantile(0.975);
    if (n < FLOOR_POINTS)
        return NAN;
    for (size_t i = 0; i < n; i++) {
        double d = p[i].change / z, e = isnan(p[i].error) ? 0 : p[i].error;
        x[i] = d * d - e * e;
    }
    stats_sort(x, n);
    return expm1(z * sqrt(fmax(0, stats_quantile(x, n, percentile))));
}

struct floors floors_of(struct mem *m, const struct noise_point *points, size_t n)
{
    return (struct floors){ points, n, pooled_margin * reach(m, points, n) };
}

static bool same(const struct bench *a, const struct bench *b)
{
    return !strcmp(a->name, b->name) && !strcmp(a->hash, b->hash);
}

double floor_of(struct mem *m, const struct floors *f, const struct bench *bench, bool *own)
{
    size_t first = 0, n = 0;
    while (first < f->n && !same(&f->points[first].bench, bench))
        first++;
    while (first + n < f->n && same(&f->points[first + n].bench, bench))
        n++;
    if (own)
        *own = n >= FLOOR_POINTS;
    return n >= FLOOR_POINTS ? reach(m, f->points + first, n) : f->pooled;
}
