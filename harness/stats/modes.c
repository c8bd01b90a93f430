/* SPDX-License-Identifier: Apache-2.0
 * One mode or several: the dip statistic, found by its definition.
 * The search is that of Hartigan and Hartigan (1985, section 5): between the greatest convex function under the steps of
 * the data and the least concave one over them, find where they are farthest apart, narrow the interval that holds the
 * mode to there, and keep the worst misfit of the parts left outside. */
#include "harness/stats/stats.h"

#include <math.h>

enum { LEAST = 20, MOST = 4096, POINTS = 8 };

/* 99% quantile of the dip of n uniform values, fitted to simulated ones: sqrt(n) * dip was 0.536 at n = 20, 0.572 at 50,
 * 0.592 at 100, 0.609 at 300, 0.619 at 1000 and 0.628 at 4096 (20,000 samples each to n = 300, 3,000 above). */
static double critical(double n)
{
    return (0.63 - 0.42 / sqrt(n)) / sqrt(n);
}

/* Room for one search; every array has one entry per value. */
struct search {
    const double *x;          /* sorted */
    size_t *under, *over;     /* indices where the convex and the concave function touch */
    double *convex, *concave; /* their heights, in units of 1/n */
};

/* Whether b lies on the wrong side of the line from a to c in a picture whose heights are the indices: above it for a
 * convex hull (side = 1), below it for a concave one (side = -1). */
static bool outside(const double *x, const size_t corner[3], double side)
{
    double height = (double)(corner[1] - corner[0]) * (x[corner[2]] - x[corner[0]]);
    double line = (double)(corner[2] - corner[0]) * (x[corner[1]] - x[corner[0]]);
    return side * (height - line) >= 0;
}

/* Corners of the hull of the points (x_i, i), low <= i <= high. */
static size_t corners(const double *x, size_t low, size_t high, double side, size_t *corner)
{
    size_t top = 0;
    for (size_t i = low; i <= high; i++) {
        while (top >= 2 && outside(x, (size_t[3]){ corner[top - 2], corner[top - 1], i }, side))
            top--;
        corner[top++] = i;
    }
    return top;
}

/* Heights of the hull at every value between its first and last corner, moved up by `lift`. */
static void heights(const double *x, const size_t *corner, size_t n, double lift, double *height)
{
    for (size_t h = 0; h + 1 < n; h++) {
        size_t a = corner[h], b = corner[h + 1];
        double wide = x[b] - x[a];
        for (size_t i = a; i <= b; i++)
            height[i] = lift + (double)a + (wide > 0 ? (double)(b - a) * (x[i] - x[a]) / wide : (double)(i - a));
    }
}

/* Where the two functions are farthest apart, looking only where one of them touches; the interval between there and
 * the next touch of the other one holds the mode. Returns the distance. */
static double farthest(const struct search *s, size_t nunder, size_t nover, size_t *low, size_t *high)
{
    double most = 0;
    size_t o = 0;
    for (size_t u = 0; u < nunder; u++) {
        size_t at = s->under[u];
        while (o + 1 < nover && s->over[o] < at)
            o++;
        if (s->concave[at] - s->convex[at] > most) {
            most = s->concave[at] - s->convex[at];
            *low = at;
            *high = s->over[o];
        }
    }
    size_t u = 0;
    for (o = 0; o < nover; o++) {
        size_t at = s->over[o];
        while (u + 1 < nunder && s->under[u + 1] <= at)
            u++;
        if (s->concave[at] - s->convex[at] > most) {
            most = s->concave[at] - s->convex[at];
            *low = s->under[u];
            *high = at;
        }
    }
    return most;
}

/* The steps of the data go from i to i + 1 at x_i: how far they rise above the convex function before the mode, and the
 * concave one rises above them after it. */
static double misfit(const struct search *s, const size_t from[2], const size_t to[2])
{
    double most = 1;
    for (size_t i = from[0]; i <= from[1]; i++)
        most = fmax(most, (double)i + 1 - s->convex[i]);
    for (size_t i = to[0]; i <= to[1]; i++)
        most = fmax(most, s->concave[i] - (double)i);
    return most;
}

static double search_dip(const struct search *s, size_t n)
{
    size_t low = 0, high = n - 1;
    double worst = 1;
    while (low < high) {
        size_t nunder = corners(s->x, low, high, 1, s->under), nover = corners(s->x, low, high, -1, s->over);
        heights(s->x, s->under, nunder, 0, s->convex);
        heights(s->x, s->over, nover, 1, s->concave);
        size_t inner_low = low, inner_high = high;
        if (farthest(s, nunder, nover, &inner_low, &inner_high) <= worst)
            break;
        worst = fmax(worst, misfit(s, (size_t[2]){ low, inner_low }, (size_t[2]){ inner_high, high }));
        if (inner_low == low && inner_high == high)
            break;
        low = inner_low;
        high = inner_high;
    }
    return worst / (2 * (double)n);
}

double stats_dip(const double *sorted, size_t n)
{
    if (n == 0)
        return NAN;
    struct mem room = { 0 };
    struct search s = { sorted, mem_array(&room, n, sizeof(size_t)), mem_array(&room, n, sizeof(size_t)),
                        mem_array(&room, n, sizeof(double)), mem_array(&room, n, sizeof(double)) };
    double dip = search_dip(&s, n);
    mem_free(&room);
    return dip;
}

/* Step of the clock as the data show it: the median over all values of the distance to the nearest different one. */
static double usual_step(struct mem *m, const double *sorted, size_t n)
{
    double *step = mem_array(m, n, sizeof *step), before = INFINITY;
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && sorted[j] == sorted[i]; j++)
            ;
        double after = j < n ? sorted[j] - sorted[i] : INFINITY;
        for (size_t k = i; k < j; k++)
            step[k] = fmin(before, after);
        before = after;
    }
    stats_sort(step, n);
    return stats_median(step, n);
}

/* Quantile of the triangular distribution on -1 .. 1. */
static double triangle(double q)
{
    return q < 0.5 ? sqrt(2 * q) - 1 : 1 - sqrt(2 * (1 - q));
}

/* Each value becomes POINTS values, spread as a triangle of half-width w around it; equal values share one such triangle
 * of as many more points, so that no two points coincide. */
static double *smoothed(struct mem *m, const double *sorted, size_t n, double w)
{
    double *out = mem_array(m, n * POINTS, sizeof *out);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && sorted[j] == sorted[i]; j++)
            ;
        size_t points = (j - i) * POINTS;
        for (size_t k = 0; k < points; k++)
            out[i * POINTS + k] = sorted[i] + w * triangle(((double)k + 0.5) / (double)points);
    }
    stats_sort(out, n * POINTS);
    return out;
}

bool stats_multimodal(struct mem *m, const double *sorted, size_t n)
{
    if (n < LEAST || sorted[0] == sorted[n - 1])
        return false;
    size_t used = n < MOST ? n : MOST; /* of more, evenly spaced quantiles: the shape is the same */
    double *thin = mem_array(m, used, sizeof *thin);
    for (size_t i = 0; i < used; i++)
        thin[i] = used == n ? sorted[i] : stats_quantile(sorted, n, ((double)i + 0.5) / (double)used);
    double w = fmax(usual_step(m, sorted, n), 0.01 * fabs(stats_median(sorted, n)));
    return stats_dip(smoothed(m, thin, used, w), used * POINTS) > critical((double)used);
}
