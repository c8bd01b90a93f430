/* SPDX-License-Identifier: Apache-2.0
 * Mann and Kendall's trend test with Theil and Sen's slope. */
#include "harness/stats/stats.h"

#include <math.h>

enum { EXACT = 60, EXACT_WITH_TIES = 10 };

/* P(at least `least` of the n(n-1)/2 pairs of a random order rise); pairs of the i-th value with those before it rise
 * 0 .. i-1 times with equal chance, independently. */
static double rising_tail(struct mem *m, size_t n, size_t least)
{
    size_t pairs = n * (n - 1) / 2;
    double *chance = mem_array(m, pairs + 1, sizeof *chance), *next = mem_array(m, pairs + 1, sizeof *next);
    chance[0] = 1;
    for (size_t i = 2; i <= n; i++) {
        double window = 0;
        for (size_t k = 0; k <= i * (i - 1) / 2; k++) {
            window += chance[k];
            if (k >= i)
                window -= chance[k - i];
            next[k] = fmax(0, window) / (double)i;
        }
        double *old = chance;
        chance = next;
        next = old;
    }
    double tail = 0;
    for (size_t k = pairs + 1; k-- > least;)
        tail += chance[k];
    return tail;
}

static double normal_p(const double *sorted, size_t n, double score)
{
    double count = (double)n, ties = 0;
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && sorted[j] == sorted[i]; j++)
            ;
        double t = (double)(j - i);
        ties += t * (t - 1) * (2 * t + 5);
    }
    double variance = (count * (count - 1) * (2 * count + 5) - ties) / 18;
    return variance > 0 ? fmin(1, 2 * stats_normal_cdf(-(score - 1) / sqrt(variance))) : 1;
}

/* score = |rising pairs - falling pairs|. */
static double trend_p(struct mem *m, const double *sorted, size_t n, size_t score, bool ties)
{
    if (score == 0)
        return 1;
    if (n > EXACT || (ties && n >= EXACT_WITH_TIES))
        return normal_p(sorted, n, (double)score);
    size_t rising = (n * (n - 1) / 2 + score + 1) / 2; /* rounded up: fewer would score less */
    return fmin(1, 2 * rising_tail(m, n, rising));
}

struct stats_trend stats_trend(struct mem *m, const double *x, size_t n)
{
    if (n < 3)
        return (struct stats_trend){ 1, NAN };
    double *slope = mem_array(m, n * (n - 1) / 2, sizeof *slope);
    size_t pairs = 0, rising = 0, falling = 0, finite;
    for (size_t j = 1; j < n; j++)
        for (size_t i = 0; i < j; i++) {
            rising += x[j] > x[i];
            falling += x[j] < x[i];
            slope[pairs++] = (x[j] - x[i]) / (double)(j - i);
        }
    const double *sorted = stats_sorted(m, x, n, &finite);
    slope = stats_sorted(m, slope, pairs, &pairs);
    size_t score = rising > falling ? rising - falling : falling - rising;
    double p = trend_p(m, sorted, finite, score, rising + falling < n * (n - 1) / 2);
    return (struct stats_trend){ p, stats_median(slope, pairs) * (double)(n - 1) / stats_median(sorted, finite) };
}
