/* SPDX-License-Identifier: Apache-2.0
 * Remarks about variance and outliers: one table of rules. A new remark is a function and a row. */
#include "reports/source.h"

#include <math.h>

/* An order-statistic interval of a median at 95% needs six values: 1 - 2 * 0.5^6 is the first above it. */
enum { ROUNDS_FOR_INTERVAL = 6 };
static const double wide_interval = 0.02; /* half of it, relative: wider says little about a change of 10% */
static const double wide_middle = 0.10;   /* interquartile range over median; a few outliers do not move it */
static const double many_severe = 0.05;   /* share of samples beyond 3 interquartile ranges */

/* Text of what was found, with its number, in m; NULL: nothing. */
typedef const char *remark_rule(struct mem *m, const struct run *run, const struct result *r);

static double half_width(const struct summary *s)
{
    return (s->ci_high - s->ci_low) / 2 / s->median;
}

static const char *few_rounds(struct mem *m, const struct run *run, const struct result *r)
{
    (void)run;
    if (r->summary.rounds >= ROUNDS_FOR_INTERVAL)
        return NULL;
    return mem_printf(m, "%zu round%s; a 95%% interval of the median needs %d", r->summary.rounds,
                      r->summary.rounds == 1 ? "" : "s", ROUNDS_FOR_INTERVAL);
}

static const char *precision(struct mem *m, const struct run *run, const struct result *r)
{
    (void)run;
    double w = half_width(&r->summary);
    if ((r->stop != STOP_BUDGET && r->stop != STOP_COUNT) || !(w > wide_interval) || !isfinite(w))
        return NULL;
    return mem_printf(m, "±%s after %zu rounds, when the %s", show_share(m, w), r->summary.rounds,
                      r->stop == STOP_BUDGET ? "time budget was spent" : "rounds asked for were done");
}

static const char *interrupted(struct mem *m, const struct run *run, const struct result *r)
{
    (void)run;
    if (r->stop != STOP_INTERRUPT)
        return NULL;
    return mem_printf(m, "interrupted after %zu round%s", r->summary.rounds, r->summary.rounds == 1 ? "" : "s");
}

static const char *trend(struct mem *m, const struct run *run, const struct result *r)
{
    (void)run;
    if (!r->summary.trend)
        return NULL;
    return mem_printf(m, "drifted by %s from the first round to the last", show_percent(m, r->summary.trend_slope));
}

static const char *multimodal(struct mem *m, const struct run *run, const struct result *r)
{
    (void)run;
    if (!r->summary.multimodal)
        return NULL;
    return mem_printf(m, "more than one level between %s and %s", show_seconds(m, r->summary.p5),
                      show_seconds(m, r->summary.p95));
}

static const char *variance(struct mem *m, const struct run *run, const struct result *r)
{
    (void)run;
    double middle = (r->summary.p75 - r->summary.p25) / r->summary.median;
    if (!(middle > wide_middle))
        return NULL;
    return mem_printf(m, "the middle half of the samples spans %s of the median (CV %s)", show_share(m, middle),
                      show_share(m, r->summary.cv));
}

static const char *severe(struct mem *m, const struct run *run, const struct result *r)
{
    (void)run;
    const struct summary *s = &r->summary;
    if (!s->samples || (double)s->severe_outliers <= many_severe * (double)s->samples)
        return NULL;
    return mem_printf(m, "%zu of %zu samples beyond 3 interquartile ranges", s->severe_outliers, s->samples);
}

static const char *outliers(struct mem *m, const struct run *run, const struct result *r)
{
    (void)run;
    const struct summary *s = &r->summary;
    if (!s->rule_outliers)
        return NULL;
    return mem_printf(m, "slowest sample %s of the median, %.3g standard deviations above it",
                      show_ratio(m, s->max / s->median), (s->max - s->median) / s->stddev);
}

static const char *oversubscribed(struct mem *m, const struct run *run, const struct result *r)
{
    if (!result_oversubscribed(run, r))
        return NULL;
    return mem_printf(m, "%d threads on %g CPU%s", r->bench.threads, run_cpus(run), run_cpus(run) > 1 ? "s" : "");
}

static const struct {
    const char *kind;
    remark_rule *rule;
    const char *action;
} rules[] = {
    { "interrupted", interrupted, "run again and let it finish" },
    { "oversubscribed", oversubscribed, "nothing: it shows what asking for too many threads costs" },
    { "rounds", few_rounds, "measure longer: kernmark run --profile full" },
    { "precision", precision, "measure longer (kernmark run --profile full), or on an idle machine" },
    { "trend", trend, "raise the warm-up in the suite; watch clock and temperature before and after (Machine state)" },
    { "multimodal", multimodal,
      "look at its row in the distribution figure; fix the clock (governor, turbo) and keep neighbours off the core" },
    { "variance", variance, "run on an idle or isolated core (taskset, isolcpus) and raise the warm-up" },
    { "severe", severe, "look for interrupts and neighbours: load and steal time under Machine state; run when idle" },
    { "outliers", outliers, "harmless for a median; investigate if it is the tail you care about" },
};
enum { NRULES = sizeof rules / sizeof rules[0] };

void rows_remarks(struct mem *m, const struct report_data *d, struct rows *out)
{
    for (size_t k = 0; k < NRULES; k++)
        for (size_t i = 0; d->run && i < d->run->nresults; i++) {
            const struct result *r = &d->run->results[i];
            const char *finding = r->status == STATUS_OK ? rules[k].rule(m, d->run, r) : NULL;
            if (!finding)
                continue;
            struct remark *remark = mem_alloc(m, sizeof *remark);
            *remark = (struct remark){ r, rules[k].kind, finding, rules[k].action };
            struct row *row = rows_add(m, out, d);
            row->result = r;
            row->remark = remark;
        }
}

/* Outliers by the rule of three deviations are in nearly every run and change nothing, so they are no flag. */
const char *result_flags(struct mem *m, const struct run *run, const struct result *r)
{
    struct buf text = { 0 };
    for (size_t k = 0; k < NRULES; k++)
        if (rules[k].rule != outliers && rules[k].rule(m, run, r))
            buf_printf(&text, "%s%s", text.len ? ", " : "", rules[k].kind);
    const char *flags = text.len ? mem_dup(m, buf_text(&text)) : NULL;
    buf_free(&text);
    return flags;
}

static void c_kind(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, r->remark->kind);
}

static void c_finding(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, r->remark->finding);
}

static void c_action(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, r->remark->action);
}

const struct source_column remark_columns[] = {
    { "kind", { "kind", "remark", ALIGN_LEFT }, c_kind, 0, NULL },
    { "finding", { "finding", "found", ALIGN_LEFT }, c_finding, 0, NULL },
    { "action", { "action", "what to do", ALIGN_LEFT }, c_action, 0, NULL },
    { NULL, { NULL, NULL, ALIGN_LEFT }, NULL, 0, NULL },
};
