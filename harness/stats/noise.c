/* SPDX-License-Identifier: Apache-2.0
 * Run-to-run noise. */
#include "harness/stats/noise.h"

#include "harness/stats/stats.h"

#include <math.h>

enum { LAG = 3 };

static const double assumed_sd = 0.03, assumed_df = 4;

struct noise noise_assumed(void)
{
    return (struct noise){ assumed_sd, assumed_df, NOISE_ASSUMED };
}

static struct noise shrink(struct noise prior, double sd, double df, enum noise_source source)
{
    double weight = fmin(prior.df, assumed_df);
    double variance = (weight * prior.sd * prior.sd + df * sd * sd) / (weight + df);
    return (struct noise){ sqrt(variance), weight + df, source };
}

struct noise noise_of_suite(struct mem *m, const double *d, size_t n, size_t ops)
{
    size_t kept;
    const double *sorted = stats_sorted(m, d, n, &kept);
    if (ops < NOISE_OPS || kept < NOISE_OPS)
        return noise_assumed();
    double sd = STATS_MAD_TO_SD * stats_mad(m, sorted, kept) / sqrt(2); /* a change is the difference of two runs */
    return shrink(noise_assumed(), sd, (double)ops - 1, NOISE_SUITE);
}

/* Standard deviation of normal differences whose absolute values have this quantile. */
static double scale(const double *sorted, size_t n, double q)
{
    return stats_quantile(sorted, n, q) / stats_normal_quantile(0.5 + q / 2);
}

/* ln of the usable medians, in order. */
static size_t logs(const struct history_noise *h, double *out)
{
    size_t n = 0;
    for (size_t i = 0; i < h->n; i++)
        if (h->medians[i] > 0 && isfinite(h->medians[i]))
            out[n++] = log(h->medians[i]);
    return n;
}

struct noise noise_of_history(struct mem *m, const struct history_noise *h, struct noise prior)
{
    if (!h || h->n < NOISE_RUNS)
        return prior;
    double *y = mem_array(m, h->n, sizeof *y), *apart = mem_array(m, h->n * LAG, sizeof *apart);
    size_t n = logs(h, y), pairs = 0;
    if (n < NOISE_RUNS)
        return prior;
    for (size_t j = 1; j < n; j++)
        for (size_t lag = 1; lag <= LAG && lag <= j; lag++)
            apart[pairs++] = fabs(y[j] - y[j - lag]);
    stats_sort(apart, pairs);
    double sd = fmax(scale(apart, pairs, 0.5), scale(apart, pairs, 0.75)) / sqrt(2);
    /* A quantile of differences knows about half as much as a standard deviation of as many values. */
    return shrink(prior, sd, (double)(n - 1) / 2, NOISE_HISTORY);
}
