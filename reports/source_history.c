/* SPDX-License-Identifier: Apache-2.0
 * Rows about the past: series, their points, and the runs they come from. */
#include "reports/source.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool measured(const struct point *p)
{
    return p && p->status == STATUS_OK && p->median > 0;
}

static int latest_first(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x < y) - (x > y);
}

const int64_t *history_runs(struct mem *m, const struct report_data *d)
{
    size_t total = 0, n = 0, distinct = 0;
    for (size_t i = 0; i < d->nhistory; i++)
        total += d->history[i].n;
    int64_t *ids = mem_array(m, total + 1, sizeof *ids);
    for (size_t i = 0; i < d->nhistory; i++)
        for (size_t k = 0; k < d->history[i].n; k++)
            ids[n++] = d->history[i].points[k].run_id;
    if (n)
        qsort(ids, n, sizeof *ids, latest_first);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || ids[i] != ids[i - 1])
            ids[distinct++] = ids[i];
    ids[distinct] = 0;
    return ids;
}

const struct point *series_point(const struct series *s, int64_t run_id)
{
    for (size_t i = s->n; i-- > 0;)
        if (s->points[i].run_id == run_id)
            return &s->points[i];
    return NULL;
}

static int64_t run_at(const int64_t *runs, size_t back)
{
    size_t i = 0;
    while (i < back && runs[i])
        i++;
    return runs[i];
}

const char *commit_short(struct mem *m, const struct commit *c)
{
    if (!c->hash)
        return NULL;
    return mem_printf(m, "%.8s%s", c->hash, c->dirty ? "+" : "");
}

/* --- series ------------------------------------------------------------------------------------------------------ */

static const struct point *first_measured(const struct series *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (measured(&s->points[i]))
            return &s->points[i];
    return NULL;
}

static const struct point *last_measured(const struct series *s)
{
    for (size_t i = s->n; i-- > 0;)
        if (measured(&s->points[i]))
            return &s->points[i];
    return NULL;
}

static void c_series_name(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, r->series->name);
}

/* arg: how many runs back from the latest. */
static void c_run(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    int64_t id = run_at(r->runs, arg);
    const struct point *p = id ? series_point(r->series, id) : NULL;
    if (measured(p))
        cell_seconds(m, c, p->median);
    else if (p)
        cell_text(m, c, status_name(p->status));
}

static const struct point *any_point_of(const struct report_data *d, int64_t run_id)
{
    const struct point *p = NULL;
    for (size_t i = 0; i < d->nhistory && !p; i++)
        p = series_point(&d->history[i], run_id);
    return p;
}

/* "run 12, 1a2b3c4d": what a person would type to see it. */
static const char *h_run(struct mem *m, const struct row *first, size_t back)
{
    int64_t id = run_at(first->runs, back);
    const struct point *p = id ? any_point_of(first->d, id) : NULL;
    if (!p)
        return NULL;
    const char *commit = commit_short(m, &p->commit);
    return mem_printf(m, "run %lld%s%s", (long long)id, commit ? ", " : "", commit ? commit : "");
}

static void c_runs(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_count(m, c, (double)r->series->n);
}

static void c_first(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    const struct point *p = first_measured(r->series);
    if (p)
        cell_seconds(m, c, p->median);
}

static void c_last(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    const struct point *p = last_measured(r->series);
    if (p)
        cell_seconds(m, c, p->median);
}

static void extremes(const struct series *s, double *least, double *most)
{
    *least = *most = NAN;
    for (size_t i = 0; i < s->n; i++)
        if (measured(&s->points[i])) {
            *least = fmin(*least, s->points[i].median);
            *most = fmax(*most, s->points[i].median);
        }
}

/* arg: 0 the least, 1 the most. */
static void c_extreme(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    double ends[2];
    extremes(r->series, &ends[0], &ends[1]);
    cell_seconds(m, c, ends[arg]);
}

static void c_series_change(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    const struct point *a = first_measured(r->series), *b = last_measured(r->series);
    if (a && b && a != b)
        cell_percent(m, c, b->median / a->median - 1);
}

/* Heights between the least and the most; a spread under 2% is drawn flat, for it means nothing. */
static void c_trend(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    static const char *const bars[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
    enum { LAST = 12 };
    (void)arg;
    double least, most;
    extremes(r->series, &least, &most);
    struct buf text = { 0 };
    for (size_t i = r->series->n > LAST ? r->series->n - LAST : 0; i < r->series->n; i++) {
        const struct point *p = &r->series->points[i];
        if (!measured(p))
            buf_puts(&text, "·");
        else if (most / least < 1.02)
            buf_puts(&text, bars[3]);
        else
            buf_puts(&text, bars[(size_t)(7 * (p->median - least) / (most - least) + 0.5)]);
    }
    c->text = mem_dup(m, buf_text(&text));
    buf_free(&text);
}

#define RUN(name, key, back)                                                                                           \
    {                                                                                                                  \
        name, { key, name, ALIGN_RIGHT }, c_run, back, h_run                                                           \
    }

const struct source_column series_columns[] = {
    { "name", { "name", "benchmark", ALIGN_LEFT }, c_series_name, 0, NULL },
    RUN("run", "run_0_s", 0),
    RUN("run~1", "run_1_s", 1),
    RUN("run~2", "run_2_s", 2),
    RUN("run~3", "run_3_s", 3),
    RUN("run~4", "run_4_s", 4),
    RUN("run~5", "run_5_s", 5),
    { "runs", { "runs", "runs", ALIGN_RIGHT }, c_runs, 0, NULL },
    { "first", { "first_s", "first", ALIGN_RIGHT }, c_first, 0, NULL },
    { "last", { "last_s", "latest", ALIGN_RIGHT }, c_last, 0, NULL },
    { "least", { "least_s", "least", ALIGN_RIGHT }, c_extreme, 0, NULL },
    { "most", { "most_s", "most", ALIGN_RIGHT }, c_extreme, 1, NULL },
    { "change", { "change", "change since the first", ALIGN_RIGHT }, c_series_change, 0, NULL },
    { "trend", { "trend", "trend", ALIGN_LEFT }, c_trend, 0, NULL },
    { NULL, { NULL, NULL, ALIGN_LEFT }, NULL, 0, NULL },
};

void rows_history(struct mem *m, const struct report_data *d, struct rows *out)
{
    const int64_t *runs = history_runs(m, d);
    for (size_t i = 0; i < d->nhistory; i++) {
        struct row *r = rows_add(m, out, d);
        r->series = &d->history[i];
        r->result = result_find(d->run, r->series->name);
        r->runs = runs;
    }
}

/* --- points ------------------------------------------------------------------------------------------------------ */

void rows_points(struct mem *m, const struct report_data *d, struct rows *out)
{
    for (size_t i = 0; i < d->nhistory; i++)
        for (size_t k = 0; k < d->history[i].n; k++) {
            struct row *r = rows_add(m, out, d);
            r->series = &d->history[i];
            r->point = &d->history[i].points[k];
            r->before = k ? r->point - 1 : NULL;
            r->result = result_find(d->run, r->series->name);
        }
}

static void c_point_run(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    c->number = (double)r->point->run_id;
    c->text = mem_printf(m, "%lld", (long long)r->point->run_id);
}

static void c_point_date(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, show_date(m, r->point->started));
}

static void c_point_commit(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, commit_short(m, &r->point->commit));
}

static void c_point_dirty(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, r->point->commit.dirty ? "dirty" : "clean");
}

static void c_point_subject(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, r->point->commit.subject);
}

static void c_point_number(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    if (measured(r->point))
        cell_seconds(m, c, *(const double *)(const void *)((const char *)r->point + arg));
}

static void c_point_interval(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (measured(r->point) && isfinite(r->point->ci_low) && isfinite(r->point->ci_high))
        cell_text(m, c, show_interval(m, r->point->ci_low, r->point->ci_high));
}

static void c_point_change(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (measured(r->point) && measured(r->before))
        cell_percent(m, c, r->point->median / r->before->median - 1);
}

/* The lasting step that this point begins, if it does. */
static void c_point_step(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    for (size_t i = 0; i < r->d->nsteps; i++)
        if (r->d->steps[i].run_id == r->point->run_id && !strcmp(r->d->steps[i].name, r->series->name))
            cell_percent(m, c, r->d->steps[i].change);
}

static void c_point_rounds(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_count(m, c, (double)r->point->rounds);
}

static void c_point_status(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, status_name(r->point->status));
}

const struct source_column point_columns[] = {
    { "name", { "name", "benchmark", ALIGN_LEFT }, c_series_name, 0, NULL },
    { "run", { "run", "run", ALIGN_RIGHT }, c_point_run, 0, NULL },
    { "date", { "date", "date", ALIGN_LEFT }, c_point_date, 0, NULL },
    { "commit", { "commit", "commit", ALIGN_LEFT }, c_point_commit, 0, NULL },
    { "dirty", { "tree", "tree", ALIGN_LEFT }, c_point_dirty, 0, NULL },
    { "subject", { "subject", "subject", ALIGN_LEFT }, c_point_subject, 0, NULL },
    { "median", { "median_s", "median", ALIGN_RIGHT }, c_point_number, offsetof(struct point, median), NULL },
    { "ci_low", { "ci_low_s", "interval from", ALIGN_RIGHT }, c_point_number, offsetof(struct point, ci_low), NULL },
    { "ci_high", { "ci_high_s", "interval to", ALIGN_RIGHT }, c_point_number, offsetof(struct point, ci_high), NULL },
    { "interval", { "interval", "interval", ALIGN_RIGHT }, c_point_interval, 0, NULL },
    { "change", { "change", "change", ALIGN_RIGHT }, c_point_change, 0, NULL },
    { "step", { "step", "step", ALIGN_RIGHT }, c_point_step, 0, NULL },
    { "rounds", { "rounds", "rounds", ALIGN_RIGHT }, c_point_rounds, 0, NULL },
    { "status", { "status", "status", ALIGN_LEFT }, c_point_status, 0, NULL },
    { NULL, { NULL, NULL, ALIGN_LEFT }, NULL, 0, NULL },
};

/* --- runs -------------------------------------------------------------------------------------------------------- */

/* How the whole suite stood in one run: the geometric mean of its medians over those of the latest run. */
static struct tally *level_of(struct mem *m, const struct report_data *d, int64_t id, int64_t latest)
{
    struct tally *t = mem_alloc(m, sizeof *t);
    double sum = 0, n = 0;
    for (size_t i = 0; i < d->nhistory; i++) {
        const struct point *p = series_point(&d->history[i], id), *q = series_point(&d->history[i], latest);
        t->count += measured(p);
        if (measured(p) && measured(q)) {
            sum += log(p->median / q->median);
            n++;
        }
    }
    t->level = n > 0 ? exp(sum / n) : NAN;
    return t;
}

void rows_runs(struct mem *m, const struct report_data *d, struct rows *out)
{
    const int64_t *runs = history_runs(m, d);
    for (size_t i = 0; runs[i]; i++) {
        struct row *r = rows_add(m, out, d);
        r->point = any_point_of(d, runs[i]);
        r->tally = level_of(m, d, runs[i], runs[0]);
    }
}

static void c_run_benchmarks(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_count(m, c, r->tally->count);
}

static void c_run_level(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    c->number = r->tally->level;
    c->text = isnan(c->number) ? NULL : mem_printf(m, "%.3f", c->number);
}

const struct source_column historic_run_columns[] = {
    { "run", { "run", "run", ALIGN_RIGHT }, c_point_run, 0, NULL },
    { "date", { "date", "date", ALIGN_LEFT }, c_point_date, 0, NULL },
    { "commit", { "commit", "commit", ALIGN_LEFT }, c_point_commit, 0, NULL },
    { "dirty", { "tree", "tree", ALIGN_LEFT }, c_point_dirty, 0, NULL },
    { "subject", { "subject", "subject", ALIGN_LEFT }, c_point_subject, 0, NULL },
    { "benchmarks", { "benchmarks", "benchmarks", ALIGN_RIGHT }, c_run_benchmarks, 0, NULL },
    { "level", { "level", "time, latest = 1", ALIGN_RIGHT }, c_run_level, 0, NULL },
    { NULL, { NULL, NULL, ALIGN_LEFT }, NULL, 0, NULL },
};
