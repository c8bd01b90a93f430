/* SPDX-License-Identifier: Apache-2.0
 * Statistics over the repetitions that succeeded: of real time, CPU time and every counter. */
#include "harness/bench/rows.h"

#include "harness/stats/stats.h"

#include <math.h>
#include <string.h>

/* Whether a value is infinite; what it would make of differences is no number, so it is added up as theirs. */
static bool boundless(const double *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (isinf(v[i]))
            return true;
    return false;
}

static double mean(const double *v, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += v[i];
    return boundless(v, n) ? sum / (double)n : stats_mean(v, n);
}

static double middle(const double *sorted, size_t n)
{
    double high = sorted[n / 2], low = n % 2 ? high : sorted[n / 2 - 1];
    return boundless(sorted, n) ? (low + high) / 2 : stats_median(sorted, n);
}

/* A value that is not a number has no place in an order. */
static double median(const double *v, size_t n)
{
    struct mem m = { 0 };
    double *sorted = mem_array(&m, n, sizeof *sorted), result = NAN;
    memcpy(sorted, v, n * sizeof *sorted);
    bool ordered = true;
    for (size_t i = 0; i < n; i++)
        ordered = ordered && !isnan(v[i]);
    if (ordered) {
        stats_sort(sorted, n);
        result = n < 3 ? mean(v, n) : middle(sorted, n);
    }
    mem_free(&m);
    return result;
}

static double stddev(const double *v, size_t n)
{
    return n < 2 ? 0 : stats_stddev(v, n);
}

static double cv(const double *v, size_t n)
{
    double m = mean(v, n);
    return n < 2 || m == 0 ? 0 : stddev(v, n) / m;
}

static const struct statistic builtin[] = {
    { "mean", mean, false },
    { "median", median, false },
    { "stddev", stddev, false },
    { "cv", cv, true },
};
enum { BUILTIN = sizeof builtin / sizeof *builtin };

/* The repetitions that succeeded, as columns. */
struct columns {
    const struct bench_runner *runner;
    const struct tally **tallies;
    size_t n;
    double *values;      /* room for n */
    struct counters all; /* every counter of any of them */
    const char *label;   /* NULL unless equal in all */
};

static bool collect(struct mem *m, struct columns *c, const struct bench_runner *r)
{
    *c = (struct columns){ .runner = r };
    c->tallies = mem_array(m, (size_t)r->done + 1, sizeof(void *));
    for (int i = 0; i < r->done; i++)
        if (!r->outcomes[i].tally.skipped)
            c->tallies[c->n++] = &r->outcomes[i].tally;
    if (c->n < 2)
        return false;
    c->values = mem_array(m, c->n, sizeof *c->values);
    c->label = c->tallies[0]->label;
    for (size_t i = 0; i < c->n; i++) {
        const char *label = c->tallies[i]->label;
        counters_add(m, &c->all, &c->tallies[i]->counters);
        if (c->label && (!label || strcmp(label, c->label) != 0))
            c->label = NULL;
    }
    return true;
}

/* Statistics are over totals, as theirs, which have equal numbers of iterations; ours may stop on precision. */
static double scale(const struct columns *c, size_t i)
{
    int64_t own = c->tallies[i]->iterations;
    return own > 0 ? (double)c->tallies[0]->iterations / (double)own : 1;
}

static double over_real(const struct columns *c, const struct statistic *s)
{
    for (size_t i = 0; i < c->n; i++)
        c->values[i] = bench_rows_real(c->runner, c->tallies[i]) * scale(c, i);
    return s->compute(c->values, c->n);
}

static double over_cpu(const struct columns *c, const struct statistic *s)
{
    for (size_t i = 0; i < c->n; i++)
        c->values[i] = c->tallies[i]->cpu * scale(c, i);
    return s->compute(c->values, c->n);
}

static double over_counter(struct columns *c, const struct statistic *s, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < c->tallies[i]->counters.n; k++)
            if (!strcmp(c->tallies[i]->counters.v[k].name, name))
                c->values[n++] = c->tallies[i]->counters.v[k].value;
    return s->compute(c->values, n);
}

static const struct row_counter *over_counters(struct mem *m, struct columns *c, const struct statistic *s)
{
    struct counters out = { 0 };
    for (size_t i = 0; i < c->all.n; i++) {
        struct counter *to = counters_get(m, &out, c->all.v[i].name);
        to->value = over_counter(c, s, to->name);
        to->flags = c->all.v[i].flags;
        to->one_k = c->all.v[i].one_k;
    }
    return bench_rows_counters(m, &out, s->percentage);
}

static void add(struct mem *m, struct row_list *out, struct columns *c, const struct statistic *s)
{
    const struct bench_runner *r = c->runner;
    const struct instance *in = r->instance;
    double each = s->percentage ? 1 : (double)c->tallies[0]->iterations;
    out->v = mem_grow(m, out->v, &out->cap, out->n + 1, sizeof *out->v);
    out->v[out->n++] = (struct row){
        .kind = ROW_AGGREGATE,
        .run_name = in->name,
        .aggregate_name = s->name,
        .percentage = s->percentage,
        .family_index = in->family_index,
        .per_family_instance_index = in->per_family_instance_index,
        .repetitions = r->repetitions,
        .threads = in->threads,
        .iterations = (int64_t)c->n,
        .real_time = over_real(c, s) / each,
        .cpu_time = over_cpu(c, s) / each,
        .unit = bench_rows_unit(r),
        .counters = over_counters(m, c, s),
        .ncounters = c->all.n,
        .label = c->label,
    };
}

void bench_rows_aggregates(struct mem *m, struct row_list *out, const struct bench_runner *r)
{
    const struct km_benchmark *b = r->instance->family;
    struct columns c;
    if (!collect(m, &c, r))
        return;
    for (size_t i = 0; i < BUILTIN; i++)
        add(m, out, &c, &builtin[i]);
    for (size_t i = 0; i < b->nstatistics; i++)
        add(m, out, &c, &b->statistics[i]);
}
