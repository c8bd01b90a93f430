/* SPDX-License-Identifier: Apache-2.0
 * One row per repetition. */
#include "harness/bench/rows.h"

#include "harness/stats/stats.h"

#include <math.h>
#include <string.h>

enum bench_unit bench_rows_default_unit(const struct bench_flags *f)
{
    static const char *const names[] = { "ns", "us", "ms", "s" };
    for (int u = 0; u < 4; u++)
        if (f->time_unit && !strcmp(f->time_unit, names[u]))
            return (enum bench_unit)u;
    return UNIT_NS;
}

double bench_rows_real(const struct bench_runner *r, const struct tally *t)
{
    return r->instance->family->decides == BY_MANUAL_TIME ? t->manual : t->real;
}

static double per_iteration(double total, const struct tally *t)
{
    return t->iterations ? total / (double)t->iterations : total;
}

enum bench_unit bench_rows_unit(const struct bench_runner *r)
{
    int unit = r->instance->family->unit;
    if (unit < 0)
        return bench_rows_default_unit(r->opt->flags);
    if (unit != KM_AUTO)
        return (enum bench_unit)unit;
    for (int i = 0; i < r->done; i++) {
        const struct tally *t = &r->outcomes[i].tally;
        if (!t->skipped)
            return gbench_unit_for(per_iteration(bench_rows_real(r, t), t));
    }
    return UNIT_NS;
}

const struct row_counter *bench_rows_counters(struct mem *m, const struct counters *c, bool percentage)
{
    struct row_counter *out = mem_array(m, c->n ? c->n : 1, sizeof *out);
    for (size_t i = 0; i < c->n; i++) {
        const struct counter *from = &c->v[i];
        out[i] = (struct row_counter){ from->name, from->value, from->flags, from->one_k, percentage };
    }
    return out;
}

const struct row_extra *bench_rows_extra(struct mem *m, const struct tally *t, bool keep)
{
    size_t n;
    double *sorted = stats_sorted(m, t->samples, t->nsamples, &n);
    if (!n)
        return NULL;
    struct stats_interval ci = stats_median_interval(sorted, n, 0.95);
    struct row_extra *x = mem_alloc(m, sizeof *x);
    *x = (struct row_extra){
        .samples = keep ? t->samples : NULL,
        .nsamples = t->nsamples,
        .min = sorted[0],
        .max = sorted[n - 1],
        .median = stats_median(sorted, n),
        .mad = stats_mad(m, sorted, n),
        .p5 = stats_quantile(sorted, n, 0.05),
        .p25 = stats_quantile(sorted, n, 0.25),
        .p75 = stats_quantile(sorted, n, 0.75),
        .p95 = stats_quantile(sorted, n, 0.95),
        .p99 = stats_quantile(sorted, n, 0.99),
        .ci_low = ci.enough ? ci.low : NAN,
        .ci_high = ci.enough ? ci.high : NAN,
    };
    return x;
}

static void add_values(struct mem *m, struct row *row, const struct bench_runner *r, const struct outcome *o)
{
    const struct tally *t = &o->tally;
    row->real_time = per_iteration(bench_rows_real(r, t), t);
    row->cpu_time = per_iteration(t->cpu, t);
    row->counters = bench_rows_counters(m, &t->counters, false);
    row->ncounters = t->counters.n;
    row->memory = o->has_memory ? &o->memory : NULL;
    row->extra = bench_rows_extra(m, t, r->opt->flags->keep_samples);
}

void bench_rows_iterations(struct mem *m, struct row_list *out, const struct bench_runner *r)
{
    const struct instance *in = r->instance;
    enum bench_unit unit = bench_rows_unit(r);
    out->v = mem_grow(m, out->v, &out->cap, out->n + (size_t)r->done, sizeof *out->v);
    for (int i = 0; i < r->done; i++) {
        const struct outcome *o = &r->outcomes[i];
        struct row *row = &out->v[out->n++];
        *row = (struct row){
            .kind = ROW_ITERATION,
            .run_name = in->name,
            .family_index = in->family_index,
            .per_family_instance_index = in->per_family_instance_index,
            .repetitions = r->repetitions,
            .repetition_index = i,
            .threads = in->threads,
            .skipped = o->tally.skipped,
            .skip_message = o->tally.skip_message,
            .iterations = o->tally.iterations,
            .unit = unit,
            .label = o->tally.label,
        };
        if (!o->tally.skipped)
            add_values(m, row, r, o);
    }
}
