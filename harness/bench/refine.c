/* SPDX-License-Identifier: Apache-2.0
 * Stopping on precision: batches are added until the interval of the samples' median is as narrow as was asked for. */
#include "harness/bench/runner.h"

#include "harness/stats/stats.h"

#include <math.h>

enum { SAMPLES_LEAST = 20, TIMES_MOST = 10 };
static const double LEVEL = 0.95;

/* Half the interval's width, relative to the median. */
static double precision(const struct tally *t)
{
    struct mem m = { 0 };
    size_t n;
    double *sorted = stats_sorted(&m, t->samples, t->nsamples, &n);
    double width = INFINITY;
    if (n >= SAMPLES_LEAST) {
        struct stats_interval ci = stats_median_interval(sorted, n, LEVEL);
        width = (ci.high - ci.low) / 2 / stats_median(sorted, n);
    }
    mem_free(&m);
    return width;
}

/* Counters that are divided by time or iterations later are totals and grow; the others are the same each time. */
static void merge_counters(struct bench_runner *r, struct tally *t, const struct tally *more)
{
    for (size_t i = 0; i < more->counters.n; i++) {
        const struct counter *from = &more->counters.v[i];
        struct counter *to = counters_get(&r->mem, &t->counters, from->name);
        bool total = from->flags & (KM_COUNTER_IS_RATE | KM_COUNTER_AVG_ITERATIONS) &&
                     !(from->flags & KM_COUNTER_IS_ITERATION_INVARIANT);
        *to = (struct counter){ to->name, total ? to->value + from->value : from->value, from->flags, from->one_k };
    }
}

static void merge(struct bench_runner *r, struct tally *t, const struct tally *more)
{
    t->iterations += more->iterations;
    t->real += more->real;
    t->cpu += more->cpu;
    t->manual += more->manual;
    merge_counters(r, t, more);
    t->samples = mem_grow(&r->mem, t->samples, &t->samples_cap, t->nsamples + more->nsamples, sizeof *t->samples);
    for (size_t i = 0; i < more->nsamples; i++)
        t->samples[t->nsamples++] = more->samples[i];
    if (more->skipped && !t->skipped) {
        t->skipped = more->skipped;
        t->skip_message = more->skip_message;
    }
}

/* Without a limit of its own it may take as long as TIMES_MOST runs by time. */
void runner_refine(struct bench_runner *r, struct tally *t)
{
    const struct bench_flags *f = r->opt->flags;
    double most = (isnan(f->min_time) ? 0.5 : f->min_time) * TIMES_MOST;
    double began = r->clock->real(r->clock->ctx);
    while (!t->skipped && !(precision(t) <= f->target_ci) && !runner_interrupted(r)) {
        double now = r->clock->real(r->clock->ctx);
        double each = t->real / fmax((double)t->iterations, 1) * (double)r->iterations;
        if (now + each > fmin(r->deadline, r->total_deadline) || (!(f->max_time > 0) && now - began > most))
            return;
        struct tally more;
        runner_batch(r, &more);
        merge(r, t, &more);
    }
}
