/* SPDX-License-Identifier: Apache-2.0
 * The common movement of unrelated benchmarks. */
#include "harness/stats/shift.h"

#include "harness/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double least = 0.01;

static int by_op(const void *a, const void *b)
{
    const struct movement *x = a, *y = b;
    int order = strcmp(x->op, y->op);
    return order ? order : (x->d > y->d) - (x->d < y->d);
}

static size_t end_of_op(const struct movement *mv, size_t n, size_t start)
{
    size_t end = start + 1;
    while (end < n && strcmp(mv[end].op, mv[start].op) == 0)
        end++;
    return end;
}

static void sort_by_op(struct movement *mv, size_t n)
{
    if (n > 1)
        qsort(mv, n, sizeof *mv, by_op);
}

size_t suite_ops(struct movement *mv, size_t n)
{
    size_t ops = 0;
    sort_by_op(mv, n);
    for (size_t i = 0; i < n; i = end_of_op(mv, n, i))
        ops++;
    return ops;
}

/* One movement per operation: the medians of its benchmarks. Sorted by op, so their d ascend within it. */
static size_t per_op(struct mem *m, const struct movement *mv, size_t n, double *d, double *floor)
{
    size_t ops = 0;
    double *column = mem_array(m, n, sizeof *column);
    for (size_t i = 0, end; i < n; i = end) {
        end = end_of_op(mv, n, i);
        for (size_t k = i; k < end; k++)
            column[k - i] = mv[k].d;
        d[ops] = stats_median(column, end - i);
        for (size_t k = i; k < end; k++)
            column[k - i] = mv[k].floor;
        stats_sort(column, end - i);
        floor[ops++] = stats_median(column, end - i);
    }
    return ops;
}

struct shift suite_shift(struct mem *m, struct movement *mv, size_t n)
{
    struct shift s = { false, NAN, 0, 0 };
    double *d = mem_array(m, n, sizeof *d), *floor = mem_array(m, n, sizeof *floor);
    sort_by_op(mv, n);
    s.ops = per_op(m, mv, n, d, floor);
    size_t up = 0, down = 0;
    for (size_t i = 0; i < s.ops; i++) {
        up += d[i] > floor[i];
        down += d[i] < -floor[i];
    }
    stats_sort(d, s.ops);
    s.d = stats_median(d, s.ops);
    s.moved = s.d > 0 ? up : down;
    double limit = fmax(least, 3 * STATS_MAD_TO_SD * stats_mad(m, d, s.ops) / sqrt((double)s.ops));
    s.found = s.ops >= SHIFT_OPS && (2 * s.moved > s.ops || fabs(s.d) > limit);
    return s;
}
