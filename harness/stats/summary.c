/* SPDX-License-Identifier: Apache-2.0
 * A result's samples to its summary. */
#include "harness/stats/summary.h"

#include "harness/stats/rounds.h"
#include "harness/stats/stats.h"

#include <math.h>

static const double level = 0.95; /* of both intervals */
static const double trend_alpha = 0.01;
static const double trend_least = 0.01; /* a change below 1% over the run is nothing to warn of */

static uint64_t iterations(const struct result *r)
{
    if (r->nrounds == 0)
        return r->nsamples;
    uint64_t sum = 0;
    for (size_t i = 0; i < r->nrounds; i++)
        sum += r->rounds[i].iterations * r->rounds[i].count;
    return sum;
}

static double rate(double cost, double seconds)
{
    return cost > 0 && seconds > 0 ? cost / seconds : NAN;
}

static void describe(struct mem *m, struct summary *s, const double *sorted, size_t n)
{
    s->min = n ? sorted[0] : NAN;
    s->max = n ? sorted[n - 1] : NAN;
    s->mean = stats_mean(sorted, n);
    s->median = stats_median(sorted, n);
    s->stddev = stats_stddev(sorted, n);
    s->cv = stats_cv(sorted, n);
    s->mad = stats_mad(m, sorted, n);
    s->p5 = stats_quantile(sorted, n, 0.05);
    s->p25 = stats_quantile(sorted, n, 0.25);
    s->p75 = stats_quantile(sorted, n, 0.75);
    s->p95 = stats_quantile(sorted, n, 0.95);
    s->p99 = stats_quantile(sorted, n, 0.99);
}

static void warn(struct mem *m, struct summary *s, const double *sorted, size_t n)
{
    struct stats_outliers out = stats_tukey(sorted, n);
    s->mild_outliers = out.mild;
    s->severe_outliers = out.severe;
    s->rule_outliers = s->max - s->median > 3 * s->stddev;
    s->multimodal = stats_multimodal(m, sorted, n);
}

static void between_rounds(struct mem *m, struct summary *s, double *medians, size_t n)
{
    struct stats_trend trend = stats_trend(m, medians, n);
    s->trend = trend.p < trend_alpha && fabs(trend.change) >= trend_least;
    s->trend_slope = s->trend ? trend.change : NAN;
    stats_sort(medians, n);
    struct stats_interval ci = stats_median_interval(medians, n, level);
    s->ci_low = ci.low;
    s->ci_high = ci.high;
    s->ci_level = ci.level;
}

static void throughput(struct summary *s, const struct km_cost *cost)
{
    s->ops_per_second = rate(1, s->median);
    s->bytes_per_second = rate(cost->bytes, s->median);
    s->flops_per_second = rate(cost->flops, s->median);
    s->items_per_second = rate(cost->items, s->median);
}

void summarize(struct result *r)
{
    struct mem m = { 0 };
    struct summary *s = &r->summary;
    size_t n, nmedians;
    const double *sorted = stats_sorted(&m, r->samples, r->nsamples, &n);
    *s = (struct summary){ .iterations = iterations(r), .samples = n, .rounds = r->nrounds };
    describe(&m, s, sorted, n);
    warn(&m, s, sorted, n);
    struct stats_interval all = stats_median_interval(sorted, n, level);
    s->sample_ci_low = all.enough ? all.low : NAN;
    s->sample_ci_high = all.enough ? all.high : NAN;
    double *medians = rounds_medians(&m, r->samples, r->nsamples, r->rounds, r->nrounds, &nmedians);
    between_rounds(&m, s, medians, nmedians);
    throughput(s, &r->cost);
    mem_free(&m);
}

static size_t last_sample(const struct round *rounds, size_t nrounds)
{
    size_t end = 0;
    for (size_t i = 0; i < nrounds; i++)
        if (end < rounds[i].first + rounds[i].count)
            end = rounds[i].first + rounds[i].count;
    return end;
}

double relative_precision(const double *samples, const struct round *rounds, size_t nrounds, double wanted)
{
    struct mem m = { 0 };
    size_t n;
    double *medians = rounds_medians(&m, samples, last_sample(rounds, nrounds), rounds, nrounds, &n);
    stats_sort(medians, n);
    struct stats_interval ci = stats_median_interval(medians, n, wanted);
    double median = stats_median(medians, n);
    mem_free(&m);
    return ci.enough && median > 0 ? (ci.high - ci.low) / 2 / median : INFINITY;
}
