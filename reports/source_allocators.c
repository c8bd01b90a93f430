/* SPDX-License-Identifier: Apache-2.0
 * What another allocator than malloc() brings to a benchmark that tells of its allocations: a row for each allocator and
 * measure. Such a benchmark has a parameter `allocator` and states "allocations", "requests", "requested-bytes" and
 * "peak-bytes". */
#include "harness/stats/pair.h"
#include "reports/source.h"

#include <math.h>
#include <string.h>

/* What it means to have less of something. */
enum gain { FEWER, LESS, FASTER, STEADIER };

static const char *show_spread(struct mem *m, double v)
{
    return mem_printf(m, "±%s", show_share(m, v));
}

/* A number that both state, or one of each of their rounds. */
static const struct {
    const char *title, *stated;
    pair_number *of;
    const char *(*show)(struct mem *m, double v);
    enum gain gain;
} measures[] = {
    { "Allocations per inference", "allocations", NULL, show_count, FEWER },
    { "Buffers asked for", "requests", NULL, show_count, FEWER },
    { "Bytes asked for", "requested-bytes", NULL, show_bytes, LESS },
    { "Peak memory", "peak-bytes", NULL, show_bytes, LESS },
    { "Latency", NULL, pair_median, show_seconds, FASTER },
    { "Latency variance", NULL, pair_variation, show_spread, STEADIER },
    { "Slowest 1%, over the median", NULL, pair_tail, show_percent, STEADIER },
};
enum { NMEASURES = sizeof measures / sizeof measures[0] };

/* --- rows --------------------------------------------------------------------------------------------------------- */

static const char *allocator(const struct bench *b)
{
    for (size_t i = 0; i < b->nparams; i++)
        if (strcmp(b->params[i].name, "allocator") == 0)
            return b->params[i].word;
    return NULL;
}

static bool tells(const struct result *r)
{
    return r->status == STATUS_OK && r->bench.op && r->bench.variant && allocator(&r->bench) &&
           isfinite(result_stated(r, "allocations"));
}

static bool is_malloc(const struct result *r)
{
    return strcmp(allocator(&r->bench), "malloc") == 0;
}

static bool same_param(const struct km_param *a, const struct km_param *b)
{
    if (strcmp(a->name, b->name) != 0)
        return false;
    if (!a->word || !b->word)
        return a->word == b->word && a->number == b->number;
    return strcmp(a->name, "allocator") == 0 || strcmp(a->word, b->word) == 0;
}

static bool same_but_allocator(const struct bench *a, const struct bench *b)
{
    bool same = a->nparams == b->nparams && strcmp(a->op, b->op) == 0 && strcmp(a->variant, b->variant) == 0;
    for (size_t i = 0; same && i < a->nparams; i++)
        same = same_param(&a->params[i], &b->params[i]);
    return same;
}

static const struct result *without(const struct run *run, const struct result *with)
{
    for (size_t i = 0; i < run->nresults; i++) {
        const struct result *r = &run->results[i];
        if (tells(r) && is_malloc(r) && same_but_allocator(&r->bench, &with->bench))
            return r;
    }
    return NULL;
}

/* Suites list variants weakest first, and the strongest is what would be used. */
static bool has_stronger(const struct run *run, const struct result *r)
{
    for (const struct result *o = r + 1; o < run->results + run->nresults; o++)
        if (tells(o) && result_same_case(o, r) && without(run, o))
            return true;
    return false;
}

void rows_allocators(struct mem *m, const struct report_data *d, struct rows *out)
{
    for (size_t i = 0; d->run && i < d->run->nresults; i++) {
        const struct result *with = &d->run->results[i];
        if (!tells(with) || is_malloc(with) || !without(d->run, with) || has_stronger(d->run, with))
            continue;
        for (size_t k = 0; k < NMEASURES; k++) {
            struct row *r = rows_add(m, out, d);
            r->result = with;
            r->without = without(d->run, with);
            r->measure = k;
        }
    }
}

/* --- cells -------------------------------------------------------------------------------------------------------- */

static double value_of(struct mem *m, const struct row *r, const struct result *of)
{
    if (measures[r->measure].stated)
        return result_stated(of, measures[r->measure].stated);
    return pair_typical(m, of, measures[r->measure].of);
}

/* Of malloc over the other. */
static struct pair_ratio ratio(struct mem *m, const struct row *r)
{
    if (!measures[r->measure].stated)
        return pair_ratio_of(m, r->without, r->result, measures[r->measure].of);
    double exact = value_of(m, r, r->without) / value_of(m, r, r->result);
    return (struct pair_ratio){ exact, exact, exact, 1, 1, true };
}

static void c_title(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    const char *component = r->result->entry.component;
    c->text = mem_printf(m, "%s, %s", component ? component : r->result->bench.name, r->result->bench.variant);
}

static void c_allocator(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, allocator(&r->result->bench));
}

static void c_measure(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, measures[r->measure].title);
}

static void c_value(struct mem *m, const struct row *r, size_t with, struct cell *c)
{
    c->number = value_of(m, r, with ? r->result : r->without);
    if (isfinite(c->number))
        c->text = measures[r->measure].show(m, c->number);
}

static const char *counted(struct mem *m, enum gain gain, double was, double is)
{
    if (was == is)
        return "the same";
    if (gain == LESS)
        return mem_printf(m, "%s %s", show_share(m, fabs(1 - is / was)), is < was ? "less" : "more");
    if (is == 0)
        return "none left";
    return mem_printf(m, "%s %s", show_ratio(m, is < was ? was / is : is / was), is < was ? "fewer" : "more");
}

/* A difference is only told where the whole interval of the ratio lies on one side of 1. */
static const char *timed(struct mem *m, enum gain gain, const struct pair_ratio *p)
{
    if (!p->enough)
        return "too few rounds to tell";
    if (p->low <= 1 && p->high >= 1)
        return "no difference shown";
    if (p->ratio > 1)
        return mem_printf(m, "%s %s", show_ratio(m, p->ratio), gain == FASTER ? "as fast" : "as steady");
    return mem_printf(m, "%s %s", show_ratio(m, 1 / p->ratio), gain == FASTER ? "as slow" : "as unsteady");
}

static void c_improvement(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    double was = value_of(m, r, r->without), is = value_of(m, r, r->result);
    (void)arg;
    if (!isfinite(was) || !isfinite(is))
        return;
    struct pair_ratio p = ratio(m, r);
    enum gain gain = measures[r->measure].gain;
    c->text = measures[r->measure].stated ? counted(m, gain, was, is) : timed(m, gain, &p);
}

enum { RATIO, LOW, HIGH, BOTH };

static void c_ratio(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    struct pair_ratio p = ratio(m, r);
    if (arg == RATIO && isfinite(p.ratio))
        cell_ratio(m, c, p.ratio);
    if (arg == RATIO || measures[r->measure].stated || !p.enough)
        return;
    if (arg == BOTH)
        cell_text(m, c, mem_printf(m, "%.3f–%.3f×", p.low, p.high));
    else
        cell_ratio(m, c, arg == LOW ? p.low : p.high);
}

const struct source_column allocator_columns[] = {
    { "title", { "title", "benchmark", ALIGN_LEFT }, c_title, 0, NULL },
    { "allocator", { "allocator", "allocator", ALIGN_LEFT }, c_allocator, 0, NULL },
    { "measure", { "measure", "measure", ALIGN_LEFT }, c_measure, 0, NULL },
    { "without", { "without", "with malloc", ALIGN_RIGHT }, c_value, 0, NULL },
    { "with", { "with", "with the allocator", ALIGN_RIGHT }, c_value, 1, NULL },
    { "improvement", { "improvement", "improvement", ALIGN_LEFT }, c_improvement, 0, NULL },
    { "ratio", { "ratio", "ratio", ALIGN_RIGHT }, c_ratio, RATIO, NULL },
    { "low", { "ratio_low", "from", ALIGN_RIGHT }, c_ratio, LOW, NULL },
    { "high", { "ratio_high", "to", ALIGN_RIGHT }, c_ratio, HIGH, NULL },
    { "range", { "ratio_range", "interval of the ratio", ALIGN_RIGHT }, c_ratio, BOTH, NULL },
    { NULL, { NULL, NULL, ALIGN_LEFT }, NULL, 0, NULL },
};
