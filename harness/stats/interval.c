/* SPDX-License-Identifier: Apache-2.0
 * Exact intervals: of the median, and of a share. */
#include "harness/stats/stats.h"

#include <math.h>

enum { SHARE_STEPS = 50 }; /* halvings of an interval: to the last digit of a double */

/* P(Bin(n, 1/2) < k): what the interval from rank k misses on one side. */
static double missed(size_t k, size_t n)
{
    return stats_binomial_cdf((int64_t)k - 1, (int64_t)n, 0.5);
}

/* The largest k in [0, n/2] that misses at most `most`; missed() grows with k. */
static size_t largest_rank(size_t n, double most)
{
    size_t low = 0, high = n / 2;
    while (low < high) {
        size_t middle = high - (high - low) / 2;
        if (missed(middle, n) <= most)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

struct stats_interval stats_median_interval(const double *sorted, size_t n, double level)
{
    if (n == 0)
        return (struct stats_interval){ NAN, NAN, 0, false };
    size_t k = largest_rank(n, (1 - level) / 2);
    bool enough = k > 0;
    if (!enough)
        k = 1;
    return (struct stats_interval){ sorted[k - 1], sorted[n - k], fmax(0, 1 - 2 * missed(k, n)), enough };
}

double stats_share_high(size_t hits, size_t n, double level)
{
    if (!n || hits > n)
        return NAN;
    double low = (double)hits / (double)n, high = 1;
    for (int i = 0; i < SHARE_STEPS && hits < n; i++) {
        double p = (low + high) / 2;
        if (stats_binomial_cdf((int64_t)hits, (int64_t)n, p) > 1 - level)
            low = p;
        else
            high = p;
    }
    return high;
}

double stats_share_low(size_t hits, size_t n, double level)
{
    return n && hits <= n ? 1 - stats_share_high(n - hits, n, level) : NAN;
}
