/* SPDX-License-Identifier: Apache-2.0
 * Sign, Wilcoxon and Mann-Whitney tests. Ranks are kept doubled, so that the average ranks of ties stay whole numbers
 * and the exact null distributions can be counted, ties included. */
#include "harness/stats/stats.h"

#include <math.h>
#include <stdlib.h>

enum { WILCOXON_EXACT = 60, MANN_WHITNEY_EXACT = 400 };

static struct stats_test finish(double statistic, double less, double greater, bool exact)
{
    less = fmin(1, less);
    greater = fmin(1, greater);
    return (struct stats_test){ statistic, greater, less, fmin(1, 2 * fmin(less, greater)), exact };
}

struct stats_test stats_sign_test(size_t positive, size_t negative)
{
    int64_t n = (int64_t)(positive + negative);
    if (n == 0)
        return finish(0, 1, 1, true);
    double less = stats_binomial_cdf((int64_t)positive, n, 0.5);
    double greater = stats_binomial_cdf((int64_t)negative, n, 0.5);
    return finish((double)positive, less, greater, true);
}

struct ranked {
    double value;
    bool mark; /* positive difference, or of the first sample */
    size_t rank2;
};

static int by_value(const void *a, const void *b)
{
    double x = ((const struct ranked *)a)->value, y = ((const struct ranked *)b)->value;
    return (x > y) - (x < y);
}

/* Sorts and fills rank2. Returns the sum of t^3 - t over groups of t ties. */
static double rank(struct ranked *r, size_t n)
{
    double ties = 0;
    if (n > 1)
        qsort(r, n, sizeof *r, by_value);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && r[j].value == r[i].value; j++)
            ;
        for (size_t k = i; k < j; k++)
            r[k].rank2 = i + 1 + j;
        double t = (double)(j - i);
        ties += t * t * t - t;
    }
    return ties;
}

static size_t marked_sum(const struct ranked *r, size_t n)
{
    size_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += r[i].mark ? r[i].rank2 : 0;
    return sum;
}

/* Continuity-corrected normal tails of a doubled statistic that moves in steps of 2 without ties. */
static struct stats_test normal_tails(double statistic, double sum2, double mean2, double variance)
{
    if (!(variance > 0))
        return finish(statistic, 1, 1, false);
    double sd2 = 2 * sqrt(variance);
    double less = stats_normal_cdf((sum2 - mean2 + 1) / sd2), greater = stats_normal_cdf((mean2 - sum2 + 1) / sd2);
    return finish(statistic, less, greater, false);
}

/* Every sign pattern is equally likely: chance[w] after all ranks is that of a doubled positive rank sum w. */
static struct stats_test wilcoxon_exact(struct mem *m, const struct ranked *r, size_t n, size_t sum2)
{
    size_t all = n * (n + 1); /* doubled sum of all ranks */
    double *chance = mem_array(m, all + 1, sizeof *chance);
    chance[0] = 1;
    for (size_t i = 0; i < n; i++)
        for (size_t w = all + 1; w-- > 0;)
            chance[w] = 0.5 * (chance[w] + (w >= r[i].rank2 ? chance[w - r[i].rank2] : 0));
    double less = 0, greater = 0;
    for (size_t w = 0; w <= sum2; w++)
        less += chance[w];
    for (size_t w = all + 1; w-- > sum2;)
        greater += chance[w];
    return finish((double)sum2 / 2, less, greater, true);
}

struct stats_test stats_wilcoxon(struct mem *m, const double *d, size_t n)
{
    struct ranked *r = mem_array(m, n, sizeof *r);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (isfinite(d[i]) && d[i] != 0)
            r[kept++] = (struct ranked){ fabs(d[i]), d[i] > 0, 0 };
    double ties = rank(r, kept), count = (double)kept;
    size_t sum2 = marked_sum(r, kept);
    if (kept == 0)
        return finish(0, 1, 1, true);
    if (kept <= WILCOXON_EXACT)
        return wilcoxon_exact(m, r, kept, sum2);
    double variance = count * (count + 1) * (2 * count + 1) / 24 - ties / 48;
    return normal_tails((double)sum2 / 2, (double)sum2, count * (count + 1) / 2, variance);
}

/* ways[c * width + w]: subsets of c ranks with doubled sum w. Counted for the smaller sample. */
static struct stats_test mann_whitney_exact(struct mem *m, const struct ranked *r, size_t n, size_t size, size_t sum2)
{
    size_t width = 1;
    for (size_t i = 0; i < size; i++)
        width += r[n - 1 - i].rank2;
    double *ways = mem_array(m, (size + 1) * width, sizeof *ways);
    ways[0] = 1;
    for (size_t i = 0; i < n; i++)
        for (size_t c = i < size ? i + 1 : size; c > 0; c--)
            for (size_t w = r[i].rank2; w < width; w++)
                ways[c * width + w] += ways[(c - 1) * width + w - r[i].rank2];
    double less = 0, greater = 0, total = 0;
    for (size_t w = 0; w < width; w++) {
        double here = ways[size * width + w];
        total += here;
        less += w <= sum2 ? here : 0;
        greater += w >= sum2 ? here : 0;
    }
    return finish(0, less / total, greater / total, true);
}

static struct stats_test swapped(struct stats_test t)
{
    return finish(t.statistic, t.p_greater, t.p_less, t.exact);
}

struct stats_test stats_mann_whitney(struct mem *m, const double *x, size_t nx, const double *y, size_t ny)
{
    size_t n = nx + ny;
    bool flip = ny < nx; /* mark the smaller sample */
    struct ranked *r = mem_array(m, n, sizeof *r);
    for (size_t i = 0; i < nx; i++)
        r[i] = (struct ranked){ x[i], !flip, 0 };
    for (size_t i = 0; i < ny; i++)
        r[nx + i] = (struct ranked){ y[i], flip, 0 };
    if (nx == 0 || ny == 0)
        return finish(0, 1, 1, true);
    double ties = rank(r, n), all = (double)n, pairs = (double)nx * (double)ny;
    size_t size = flip ? ny : nx, sum2 = marked_sum(r, n);
    double u = ((double)sum2 - (double)(size * (size + 1))) / 2;
    struct stats_test t;
    if (nx * ny <= MANN_WHITNEY_EXACT)
        t = mann_whitney_exact(m, r, n, size, sum2);
    else
        t = normal_tails(0, 2 * u, pairs, pairs / 12 * (all + 1 - ties / (all * (all - 1))));
    t.statistic = flip ? pairs - u : u;
    return flip ? swapped(t) : t;
}

double stats_hodges_lehmann(struct mem *m, const double *x, size_t nx, const double *y, size_t ny)
{
    double *shift = mem_array(m, nx * ny, sizeof *shift);
    for (size_t i = 0; i < nx; i++)
        for (size_t j = 0; j < ny; j++)
            shift[i * ny + j] = y[j] - x[i];
    stats_sort(shift, nx * ny);
    return stats_median(shift, nx * ny);
}
