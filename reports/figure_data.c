/* SPDX-License-Identifier: Apache-2.0
 * Data files of the figures: tab separated, blocks divided by two empty lines, labels made harmless by text_label(). */
#include "reports/figure.h"

#include "reports/source.h"
#include "reports/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_WIDTH = 40, VARIANT_WIDTH = 10, ROWS_MAX = 80, DOTS_MAX = 120, TAIL = 12, PANELS_MAX = 24, TICKS_MAX = 6 };

/* Colours are per variant and the same in all figures: the scripts list them in this order. */
static const char *const variants[] = {
    "ref", "auto", "neon", "avx2", "avx512", "avx512vnni", "avx512bf16", "avx512amx"
};
enum { NVARIANTS = sizeof variants / sizeof variants[0] };

static int rank_of(const struct bench *b)
{
    int i = 0;
    while (i < NVARIANTS && (!b->variant || strcmp(variants[i], b->variant) != 0))
        i++;
    return i;
}

int figure_rank(const struct bench *b)
{
    return rank_of(b);
}

static void next_block(struct buf *out)
{
    buf_puts(out, "\n\n");
}

static bool drawable(const struct result *r)
{
    return r->status == STATUS_OK && r->nsamples && r->summary.median > 0;
}

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static const char *component_of(const struct result *r)
{
    return r->entry.component ? r->entry.component : r->bench.name;
}

static const char *label_of(struct mem *m, const char *text)
{
    return text_label(m, text ? text : "", LABEL_WIDTH);
}

/* "Dot product 384   avx512": a long component is cut, so that the variant is always seen. */
static const char *component_label(struct mem *m, const struct result *r)
{
    const char *component = text_label(m, component_of(r), LABEL_WIDTH - VARIANT_WIDTH);
    if (!r->bench.variant)
        return component;
    return mem_printf(m, "%s   %s", component, text_label(m, r->bench.variant, VARIANT_WIDTH));
}

/* --- distribution ------------------------------------------------------------------------------------------------ */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double *sorted_samples(struct mem *m, const struct result *r, size_t *n)
{
    double *copy = mem_array(m, r->nsamples, sizeof *copy);
    *n = 0;
    for (size_t i = 0; i < r->nsamples; i++)
        if (isfinite(r->samples[i]) && r->samples[i] > 0)
            copy[(*n)++] = r->samples[i];
    qsort(copy, *n, sizeof *copy, ascending);
    return copy;
}

static double quantile(const double *x, size_t n, double q)
{
    double at = q * (double)(n - 1);
    size_t i = (size_t)at;
    return i + 1 < n ? x[i] + (at - (double)i) * (x[i + 1] - x[i]) : x[i];
}

/* Van der Corput: spreads the dots of a row evenly, the same way every time. */
static double spread(size_t i)
{
    double v = 0, step = 0.5;
    for (; i; i >>= 1, step /= 2)
        v += (double)(i & 1) * step;
    return v - 0.5;
}

/* Which order statistic the i-th of `count` dots shows: both tails whole, for they are what one looks for, and an even
 * choice between them. */
static size_t dot_at(size_t i, size_t count, size_t n)
{
    if (count == n || i < TAIL)
        return i;
    if (i >= count - TAIL)
        return n - (count - i);
    return TAIL + (i - TAIL) * (n - 2 * TAIL) / (count - 2 * TAIL);
}

static void add_dots(struct buf *dots, const double *x, size_t n, double middle, size_t row, int rank)
{
    size_t count = n < DOTS_MAX ? n : DOTS_MAX;
    for (size_t i = 0; i < count; i++)
        buf_printf(dots, "%.6g\t%.4f\t%d\n", x[dot_at(i, count, n)] / middle, (double)row + 0.55 * spread(i + 1), rank);
}

/* The first row of a component carries its name; the others their variant only. */
static const char *row_label(struct mem *m, const struct result *r, bool first)
{
    return first || !r->bench.variant ? component_label(m, r) : text_label(m, r->bench.variant, VARIANT_WIDTH);
}

const char *figure_distribution(struct mem *m, const struct report_data *d, struct buf *out)
{
    struct buf dots = { 0 };
    const struct result *before = NULL;
    size_t rows = 0, groups = 0;
    for (size_t i = 0; i < d->run->nresults && rows < ROWS_MAX; i++) {
        const struct result *r = &d->run->results[i];
        size_t n = 0;
        double *x = drawable(r) ? sorted_samples(m, r, &n) : NULL;
        if (!n)
            continue;
        double middle = quantile(x, n, 0.5);
        bool first = !before || !same(component_of(before), component_of(r));
        groups += first;
        buf_printf(out, "%zu\t%s\t%.6g\t%.6g\t%.6g\t%.6g\t%d\t%zu\n", ++rows, row_label(m, r, first),
                   quantile(x, n, 0.05) / middle, quantile(x, n, 0.25) / middle, quantile(x, n, 0.75) / middle,
                   quantile(x, n, 0.95) / middle, rank_of(&r->bench), groups % 2);
        add_dots(&dots, x, n, middle, rows, rank_of(&r->bench));
        before = r;
    }
    next_block(out);
    buf_add(out, buf_text(&dots), dots.len);
    buf_free(&dots);
    return rows ? NULL : "no benchmark has samples";
}

/* --- variants ---------------------------------------------------------------------------------------------------- */

struct bar {
    const struct result *r, *ref;
    double y;
};

struct bars {
    struct bar all[ROWS_MAX];
    size_t n;
    struct buf groups; /* middle, label, from, to */
};

/* All variants of one reference, in the order of the run, and the group they make. */
static void add_group(struct mem *m, const struct report_data *d, const struct result *ref, struct bars *b, double *y)
{
    double from = *y;
    for (size_t i = 0; i < d->run->nresults && b->n < ROWS_MAX; i++) {
        const struct result *r = &d->run->results[i];
        if (r == ref || !drawable(r) || result_reference(d->run, r) != ref)
            continue;
        b->all[b->n++] = (struct bar){ r, ref, ++*y };
    }
    if (*y > from) {
        buf_printf(&b->groups, "%.2f\t%s\t%.2f\t%.2f\n", (from + 1 + *y) / 2, label_of(m, component_of(ref)),
                   from + 0.3, *y + 0.7);
        *y += 0.6;
    }
}

/* The ends of the quotient of two intervals; NAN becomes the value itself, so that no whisker is drawn. */
static void quotient(const struct bar *b, double *value, double *low, double *high)
{
    const struct summary *ref = &b->ref->summary, *s = &b->r->summary;
    *value = ref->median / s->median;
    *low = ref->ci_low / s->ci_high;
    *high = ref->ci_high / s->ci_low;
    if (!isfinite(*low) || !isfinite(*high))
        *low = *high = *value;
}

const char *figure_variants(struct mem *m, const struct report_data *d, struct buf *out)
{
    struct bars *b = mem_alloc(m, sizeof *b);
    double y = 0;
    for (size_t i = 0; i < d->run->nresults && b->n < ROWS_MAX; i++) {
        const struct result *r = &d->run->results[i];
        if (drawable(r) && result_reference(d->run, r) == r)
            add_group(m, d, r, b, &y);
    }
    buf_add(out, buf_text(&b->groups), b->groups.len);
    buf_free(&b->groups);
    for (int rank = 0; rank <= NVARIANTS; rank++) {
        next_block(out);
        size_t before = out->len;
        for (size_t i = 0; i < b->n; i++) {
            double value, low, high;
            if (rank_of(&b->all[i].r->bench) != rank)
                continue;
            quotient(&b->all[i], &value, &low, &high);
            buf_printf(out, "%.2f\t%.6g\t%.6g\t%.6g\t%s\n", b->all[i].y, value, low, high, show_ratio(m, value));
        }
        if (out->len == before)
            buf_puts(out, "NaN\tNaN\tNaN\tNaN\t-\n");
    }
    return b->n ? NULL : "no benchmark has both a scalar reference and another variant";
}

/* --- targets ----------------------------------------------------------------------------------------------------- */

const char *figure_targets(struct mem *m, const struct report_data *d, struct buf *out)
{
    struct rows rows = { 0 };
    size_t n = 0;
    rows_targets(m, d, &rows);
    for (size_t i = 0; i < rows.n && n < ROWS_MAX; i++) {
        const struct result *r = rows.all[i].result;
        double used = drawable(r) ? per_unit(r, r->summary.median) / r->entry.target : NAN;
        if (!(used > 0) || !isfinite(used))
            continue;
        const char *text =
            mem_printf(m, "%s of %s", show_seconds(m, used * r->entry.target), show_seconds(m, r->entry.target));
        buf_printf(out, "%zu\t%s\t%.6g\t%d\t%s\n", ++n, component_label(m, r), used * 100, used < 1,
                   text_label(m, text, LABEL_WIDTH));
    }
    return n ? NULL : "no measured benchmark has a target";
}

/* --- history ----------------------------------------------------------------------------------------------------- */

static const struct series *series_of(const struct report_data *d, const char *name)
{
    for (size_t i = 0; i < d->nhistory; i++)
        if (d->history[i].name && strcmp(d->history[i].name, name) == 0)
            return &d->history[i];
    return NULL;
}

/* The best variant of each component, by the current run, and its series. */
static size_t panels(const struct report_data *d, const struct result **owner, const struct series **out)
{
    size_t n = 0;
    for (size_t i = 0; i < d->run->nresults; i++) {
        const struct result *r = &d->run->results[i];
        const struct series *s = drawable(r) && r->bench.name ? series_of(d, r->bench.name) : NULL;
        size_t k = 0;
        while (s && k < n &&
               !(same(component_of(owner[k]), component_of(r)) && same(owner[k]->entry.suite, r->entry.suite)))
            k++;
        if (!s || k == PANELS_MAX)
            continue;
        if (k < n && owner[k]->summary.median <= r->summary.median)
            continue;
        owner[k] = r;
        out[k] = s;
        n += k == n;
    }
    return n;
}

static double change(double value, double first)
{
    return (value / first - 1) * 100;
}

/* x is the run's place in the history; a label at few enough runs to be read. */
static void add_panel(struct mem *m, const struct series *s, const int64_t *runs, size_t nruns, struct buf *out)
{
    double first = NAN;
    size_t step = (nruns + TICKS_MAX - 1) / TICKS_MAX;
    for (size_t i = nruns; i-- > 0;) {
        const struct point *p = series_point(s, runs[i]);
        if (!p || p->status != STATUS_OK || !(p->median > 0))
            continue;
        if (isnan(first))
            first = p->median;
        bool interval = isfinite(p->ci_low) && isfinite(p->ci_high);
        const char *commit = commit_short(m, &p->commit);
        bool labelled = i % step == 0;
        buf_printf(out, "%zu\t%.5f\t%.5f\t%.5f\t%s\n", nruns - i, change(p->median, first),
                   change(interval ? p->ci_low : p->median, first), change(interval ? p->ci_high : p->median, first),
                   labelled ? text_label(m, commit ? commit : mem_printf(m, "run %lld", (long long)runs[i]), 12) : "");
    }
}

const char *figure_history(struct mem *m, const struct report_data *d, struct buf *out)
{
    const struct result *owner[PANELS_MAX + 1];
    const struct series *series[PANELS_MAX + 1];
    const int64_t *runs = history_runs(m, d);
    size_t nruns = 0, n = panels(d, owner, series);
    while (runs[nruns])
        nruns++;
    if (nruns < 2)
        return "a history needs two runs";
    if (!n)
        return "the history has no benchmark of this run";
    for (size_t i = 0; i < n; i++) {
        if (i)
            next_block(out);
        buf_printf(out, "%s\n", component_label(m, owner[i]));
        add_panel(m, series[i], runs, nruns, out);
    }
    return NULL;
}
