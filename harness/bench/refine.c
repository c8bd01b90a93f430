/* SPDX-License-Identifier: Apache-2.0
 * Stopping on precision: short batches, each one sample, are added until the interval of their median is as narrow as
 * was asked for. The interval is looked at after fixed numbers of batches only, each half as many again: looking after
 * every one would stop at the first narrow one by luck. */
#include "harness/bench/runner.h"

#include "harness/stats/stats.h"

#include <math.h>

enum { SAMPLES_LEAST = 20, TIMES_MOST = 10 };
static const double LEVEL = 0.95;

static double now(const struct bench_runner *r)
{
    return r->clock->real(r->clock->ctx);
}

static double real_of(const struct bench_runner *r, const struct tally *t)
{
    return r->instance->family->decides == BY_MANUAL_TIME ? t->manual : t->real;
}

/* Half the interval's width, relative to the median. */
static double precision(const struct tally *t)
{
    struct mem m = { 0 };
    size_t n;
    double *sorted = stats_sorted(&m, t->samples, t->nsamples, &n);
    struct stats_interval ci = stats_median_interval(sorted, n, LEVEL);
    double width = ci.enough ? (ci.high - ci.low) / 2 / stats_median(sorted, n) : INFINITY;
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

/* The parts of a batch follow each other too closely to be independent, so the whole batch is one sample. */
static void sample_whole(struct bench_runner *r, struct tally *t)
{
    t->nsamples = 0;
    if (t->skipped || t->iterations < 1)
        return;
    t->samples = mem_grow(&r->mem, t->samples, &t->samples_cap, 1, sizeof *t->samples);
    t->samples[t->nsamples++] = real_of(r, t) / (double)t->iterations;
}

static void merge(struct bench_runner *r, struct tally *t, struct tally *more)
{
    sample_whole(r, more);
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

/* What a batch takes beside its loop (allocating, filling, starting threads) is paid for each one. Where that is more
 * than the loop takes, batches become as long as that, but not longer than a batch by time would be. */
static void weigh_set_up(struct bench_runner *r, struct tally *t)
{
    struct tally first;
    double began = now(r);
    runner_batch(r, &first);
    double loop = first.real / r->instance->threads, beside = now(r) - began - loop;
    double times = fmin(beside, r->longest / RUNNER_PARTS) / fmax(loop, 1e-9);
    if (first.skipped || times < 2) {
        merge(r, t, &first);
        return;
    }
    r->iterations = llround((double)r->iterations * fmin(times, 1e6));
    runner_batch(r, t);
    sample_whole(r, t);
}

/* Batches until there are `wanted` samples. False where there is no time for them, or no use. */
static bool add_batches(struct bench_runner *r, struct tally *t, size_t wanted, double deadline)
{
    for (double each = 0; !t->skipped && t->nsamples < wanted;) {
        double began = now(r);
        if (began + each > deadline || runner_interrupted(r))
            return false;
        struct tally more;
        runner_batch(r, &more);
        merge(r, t, &more);
        each = now(r) - began;
    }
    return !t->skipped;
}

/* The time that is told is the one that is known so well: the median's. CPU time follows in proportion. */
static void tell_median(struct bench_runner *r, struct tally *t)
{
    struct mem m = { 0 };
    size_t n;
    double *sorted = stats_sorted(&m, t->samples, t->nsamples, &n);
    double total = real_of(r, t), factor = n && total > 0 ? stats_median(sorted, n) * (double)t->iterations / total : 1;
    mem_free(&m);
    t->real *= factor;
    t->cpu *= factor;
    t->manual *= factor;
}

/* Without a limit of its own it may take as long as TIMES_MOST runs by time. */
void runner_refine(struct bench_runner *r, struct tally *t)
{
    double deadline = fmin(r->deadline, r->total_deadline);
    if (!(r->opt->flags->max_time > 0))
        deadline = fmin(deadline, now(r) + r->longest * TIMES_MOST);
    sample_whole(r, t);
    if (!t->skipped && !r->weighed)
        weigh_set_up(r, t);
    r->weighed = true;
    for (size_t look = SAMPLES_LEAST; add_batches(r, t, look, deadline); look += look / 2)
        if (precision(t) <= r->opt->flags->target_ci)
            break;
    tell_median(r, t);
}
