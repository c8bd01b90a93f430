/* SPDX-License-Identifier: Apache-2.0
 * Rows about the comparison with the baseline. */
#include "reports/source.h"

#include <math.h>

/* In the order people want to see them. */
static const struct {
    enum decision decision;
    const char *name, *many, *meaning;
} decisions[] = {
    { DECISION_REGRESSED, "REGRESSED", "regressed", "slower than the threshold and the noise allow" },
    { DECISION_FAILED, "FAILED", "failed", "no time in this run" },
    { DECISION_MISSING, "MISSING", "missing", "in the baseline, not in this run" },
    { DECISION_ENVIRONMENT, "ENVIRONMENT", "moved with the machine",
      "unrelated benchmarks moved together: the host, not the code" },
    { DECISION_INCONCLUSIVE, "INCONCLUSIVE", "inconclusive", "the interval reaches both sides of the threshold" },
    { DECISION_NEW, "NEW", "new", "the baseline has no value" },
    { DECISION_IMPROVED, "IMPROVED", "improved", "faster by more than the threshold and the noise" },
    { DECISION_EQUIVALENT, "EQUIVALENT", "equivalent", "the interval lies inside the threshold" },
};
enum { NDECISIONS = sizeof decisions / sizeof decisions[0] };

enum { NUMBER_RATIO, NUMBER_SHARE, NUMBER_PERCENT, NUMBER_PLAIN };
#define NUMBER(kind, member) c_number, offsetof(struct verdict, member) * 8 + (kind)

/* arg: the offset of a double in struct verdict, times 8, plus how to show it. */
static void c_number(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    double v = *(const double *)(const void *)((const char *)r->verdict + arg / 8);
    switch (arg % 8) {
    case NUMBER_RATIO:
        c->number = v; /* near 1 the third decimal is what matters */
        c->text = isnan(v) ? NULL : mem_printf(m, "%.3f×", v);
        break;
    case NUMBER_SHARE:
        cell_share(m, c, v);
        break;
    case NUMBER_PERCENT:
        cell_percent(m, c, v);
        break;
    default:
        c->number = v;
        c->text = isnan(v) ? NULL : mem_printf(m, "%.3g", v);
    }
}

static void c_string(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    cell_text(m, c, *(const char *const *)(const void *)((const char *)r->verdict + arg));
}

static void c_size(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    cell_count(m, c, (double)*(const size_t *)(const void *)((const char *)r->verdict + arg));
}

/* A value of a metric has its unit; JSON and CSV have one column for seconds and one for whatever it is. */
static void c_time(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    double v = *(const double *)(const void *)((const char *)r->verdict + arg);
    const char *unit = r->verdict->unit;
    if (!r->verdict->metric)
        cell_seconds(m, c, v);
    else if (isfinite(v))
        c->text = mem_printf(m, "%s%s%s", show_count(m, v), unit && *unit != '/' ? " " : "", unit ? unit : "");
}

static void c_seconds(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    if (!r->verdict->metric)
        c_time(m, r, arg, c);
}

static void c_metric_value(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    cell_count(m, c, *(const double *)(const void *)((const char *)r->verdict + arg));
}

static void c_metric(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, r->verdict->metric ? r->verdict->metric : "time");
}

static void c_better(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    static const char *const words[] = { [DIRECTION_LOWER] = "lower",
                                         [DIRECTION_HIGHER] = "higher",
                                         [DIRECTION_NONE] = "none",
                                         [DIRECTION_UNKNOWN] = "unknown" };
    (void)arg;
    cell_text(m, c, words[r->verdict->direction]);
}

/* A column that people see only where something else than time was judged. */
static const char *header_metric(struct mem *m, const struct row *first, size_t arg)
{
    const struct report_data *d = first->d;
    (void)m, (void)arg;
    for (size_t i = 0; i < d->nverdicts; i++)
        if (d->verdicts[i].metric)
            return "metric";
    for (size_t i = 0; d->paired && i < d->paired->nresults; i++)
        if (d->paired->results[i].verdict.metric)
            return "metric";
    return NULL;
}

static void c_change(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_percent(m, c, r->verdict->cmp.ratio - 1);
}

static void c_interval(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    const struct comparison *k = &r->verdict->cmp;
    if (isfinite(k->low) && isfinite(k->high))
        c->text = mem_printf(m, "%s to %s", show_percent(m, k->low - 1), show_percent(m, k->high - 1));
}

static const char *decision_text(enum decision d)
{
    for (size_t i = 0; i < NDECISIONS; i++)
        if (decisions[i].decision == d)
            return decisions[i].name;
    return "unknown";
}

static void c_decision(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, decision_text(r->verdict->decision));
}

#define STRING(member) c_string, offsetof(struct verdict, member)
#define SIZE(member)   c_size, offsetof(struct verdict, member)

const struct source_column verdict_columns[] = {
    { "name", { "name", "benchmark", ALIGN_LEFT }, STRING(cmp.name), NULL },
    { "decision", { "decision", "verdict", ALIGN_LEFT }, c_decision, 0, NULL },
    { "metric", { "metric", NULL, ALIGN_LEFT }, c_metric, 0, header_metric },
    { "measure", { "metric", "metric", ALIGN_LEFT }, c_metric, 0, NULL },
    { "better", { "better", "better", ALIGN_LEFT }, c_better, 0, NULL },
    { "unit", { "unit", "unit", ALIGN_LEFT }, STRING(unit), NULL },
    { "base", { "base_s", "baseline", ALIGN_RIGHT }, c_time, offsetof(struct verdict, cmp.base), NULL },
    { "current", { "current_s", "current", ALIGN_RIGHT }, c_time, offsetof(struct verdict, cmp.current), NULL },
    { "base_s", { "base_s", "baseline, seconds", ALIGN_RIGHT }, c_seconds, offsetof(struct verdict, cmp.base), NULL },
    { "current_s",
      { "current_s", "current, seconds", ALIGN_RIGHT },
      c_seconds,
      offsetof(struct verdict, cmp.current),
      NULL },
    { "base_value", { "base", "baseline", ALIGN_RIGHT }, c_metric_value, offsetof(struct verdict, cmp.base), NULL },
    { "current_value",
      { "current", "current", ALIGN_RIGHT },
      c_metric_value,
      offsetof(struct verdict, cmp.current),
      NULL },
    { "ratio", { "ratio", "ratio", ALIGN_RIGHT }, NUMBER(NUMBER_RATIO, cmp.ratio), NULL },
    { "change", { "change", "change", ALIGN_RIGHT }, c_change, 0, NULL },
    { "low", { "ratio_low", "from", ALIGN_RIGHT }, NUMBER(NUMBER_RATIO, cmp.low), NULL },
    { "high", { "ratio_high", "to", ALIGN_RIGHT }, NUMBER(NUMBER_RATIO, cmp.high), NULL },
    { "interval", { "interval", "interval of the change", ALIGN_RIGHT }, c_interval, 0, NULL },
    { "level", { "level", "level", ALIGN_RIGHT }, NUMBER(NUMBER_SHARE, cmp.level), NULL },
    { "p", { "p", "p", ALIGN_RIGHT }, NUMBER(NUMBER_PLAIN, cmp.p), NULL },
    { "p_adjusted", { "p_adjusted", "p (Holm)", ALIGN_RIGHT }, NUMBER(NUMBER_PLAIN, p_adjusted), NULL },
    { "floor", { "noise_floor", "noise floor", ALIGN_RIGHT }, NUMBER(NUMBER_SHARE, cmp.floor), NULL },
    { "mde", { "mde", "MDE", ALIGN_RIGHT }, NUMBER(NUMBER_SHARE, cmp.mde), NULL },
    { "threshold", { "threshold", "threshold", ALIGN_RIGHT }, NUMBER(NUMBER_SHARE, threshold), NULL },
    { "base_rounds", { "base_rounds", "rounds before", ALIGN_RIGHT }, SIZE(cmp.base_rounds), NULL },
    { "rounds", { "current_rounds", "rounds", ALIGN_RIGHT }, SIZE(cmp.current_rounds), NULL },
    { "reason", { "reason", "reason", ALIGN_LEFT }, STRING(reason), NULL },
    { "warning", { "warning", "warning", ALIGN_LEFT }, STRING(cmp.warning), NULL },
    { NULL, { NULL, NULL, ALIGN_LEFT }, NULL, 0, NULL },
};

void rows_verdicts(struct mem *m, const struct report_data *d, struct rows *out)
{
    for (size_t k = 0; k < NDECISIONS; k++)
        for (size_t i = 0; i < d->nverdicts; i++) {
            if (d->verdicts[i].decision != decisions[k].decision)
                continue;
            struct row *r = rows_add(m, out, d);
            r->verdict = &d->verdicts[i];
            r->result = result_find(d->run, r->verdict->cmp.name);
            if (!r->result)
                r->result = result_find(d->base, r->verdict->cmp.name);
        }
}

void rows_paired(struct mem *m, const struct report_data *d, struct rows *out)
{
    for (size_t k = 0; d->paired && k < NDECISIONS; k++)
        for (size_t i = 0; i < d->paired->nresults; i++)
            if (d->paired->results[i].verdict.decision == decisions[k].decision)
                rows_add(m, out, d)->verdict = &d->paired->results[i].verdict;
}

/* "main (3f9a1c2b) against this build, 2026-11-20 15:04 UTC: kernmark ab main" */
const char *paired_summary(struct mem *m, const struct report_data *d)
{
    const struct paired_run *p = d->paired;
    if (!p)
        return NULL;
    return mem_printf(m, "%s against baseline %s, %s, seed %llu", p->current.label ? p->current.label : "?",
                      p->base.label ? p->base.label : "?", show_date(m, p->started), (unsigned long long)p->seed);
}

/* --- counts ------------------------------------------------------------------------------------------------------ */

static size_t count(const struct report_data *d, enum decision decision)
{
    size_t n = 0;
    for (size_t i = 0; i < d->nverdicts; i++)
        n += d->verdicts[i].decision == decision;
    return n;
}

void rows_decisions(struct mem *m, const struct report_data *d, struct rows *out)
{
    for (size_t k = 0; k < NDECISIONS; k++) {
        size_t n = count(d, decisions[k].decision);
        if (!n)
            continue;
        struct tally *t = mem_alloc(m, sizeof *t);
        *t = (struct tally){ decisions[k].name, decisions[k].meaning, (double)n, NAN, NAN };
        rows_add(m, out, d)->tally = t;
    }
}

static void c_tally_name(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, r->tally->name);
}

static void c_tally_meaning(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, r->tally->meaning);
}

static void c_tally_count(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_count(m, c, r->tally->count);
}

const struct source_column decision_columns[] = {
    { "decision", { "decision", "verdict", ALIGN_LEFT }, c_tally_name, 0, NULL },
    { "count", { "count", "benchmarks", ALIGN_RIGHT }, c_tally_count, 0, NULL },
    { "meaning", { "meaning", "meaning", ALIGN_LEFT }, c_tally_meaning, 0, NULL },
    { NULL, { NULL, NULL, ALIGN_LEFT }, NULL, 0, NULL },
};

const char *verdicts_summary(struct mem *m, const struct report_data *d)
{
    struct buf text = { 0 };
    for (size_t k = 0; k < NDECISIONS; k++) {
        size_t n = count(d, decisions[k].decision);
        if (n)
            buf_printf(&text, "%s%zu %s", text.len ? ", " : "", n, decisions[k].many);
    }
    const char *summary = text.len ? mem_dup(m, buf_text(&text)) : "no comparison with a baseline";
    buf_free(&text);
    return summary;
}
