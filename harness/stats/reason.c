/* SPDX-License-Identifier: Apache-2.0
 * Verdicts in words. Plain language first, then the numbers, always in the same order. */
#include "harness/stats/reason.h"

#include "harness/stats/metric.h"

#include <math.h>

void reason_percent(struct buf *b, double relative)
{
    double rounded = round(relative * 1000) / 10;
    buf_printf(b, rounded == round(rounded) ? "%.0f%%" : "%.1f%%", rounded + 0.0);
}

static void values(struct buf *b, const struct verdict *v)
{
    const struct comparison *c = &v->cmp;
    if (c->base == c->current)
        buf_printf(b, "%s %.6g on both sides", v->metric, c->base);
    else
        buf_printf(b, "%s from %.6g to %.6g: a change that no ratio tells", v->metric, c->base, c->current);
}

void reason_effect(struct buf *b, const struct verdict *v)
{
    const struct comparison *c = &v->cmp;
    const char *more = v->metric ? "higher" : "slower", *less = v->metric ? "lower" : "faster";
    bool faster = c->ratio < 1;
    if (v->metric && !isfinite(c->ratio)) {
        values(b, v);
        return;
    }
    if (v->metric)
        buf_printf(b, "%s ", v->metric);
    double low = faster ? 1 / c->high : c->low, high = faster ? 1 / c->low : c->high;
    buf_printf(b, "%.2f× %s (%.2f–%.2f)", faster ? 1 / c->ratio : c->ratio, faster ? less : more, low, high);
}

void reason_direction(struct buf *b, const struct verdict *v)
{
    if (v->direction == DIRECTION_NONE)
        buf_puts(b, "; for information, not judged");
    else
        buf_printf(b, "; is higher or lower better? --metric=%s:higher or %s:lower tells", v->metric, v->metric);
}

static void threshold(struct buf *b, const struct verdict *v, double least)
{
    buf_puts(b, ", threshold ");
    reason_percent(b, v->threshold);
    if (least > 0)
        buf_printf(b, " and %g", least);
}

static void numbers(struct buf *b, const struct verdict *v, double least)
{
    const struct comparison *c = &v->cmp;
    threshold(b, v, least);
    buf_puts(b, ", floor ");
    reason_percent(b, c->floor);
    buf_puts(b, ", detectable from ");
    reason_percent(b, c->mde);
    buf_printf(b, ", %zu vs %zu rounds", c->base_rounds, c->current_rounds);
}

/* Why it is the environment: the machine's own state, the suite's movement, or both. */
static void shifted(struct buf *b, const struct shift *s, const char *unfit)
{
    if (unfit)
        buf_printf(b, "; the machine was unfit while the slower side was measured: %s", unfit);
    if (!s->found) {
        buf_puts(b, ": measure again");
        return;
    }
    buf_puts(b, "; the whole suite is ");
    reason_percent(b, expm1(fabs(s->d)));
    buf_printf(b, " %s (%zu of %zu operations beyond their noise): the host changed, measure again",
               s->d < 0 ? "faster" : "slower", s->moved, s->ops);
}

/* Which of the conditions of a proven change is not met. */
static void open_question(struct buf *b, const struct reason_facts *f)
{
    const struct verdict *v = f->v;
    double size = fmax(v->cmp.ratio, 1 / v->cmp.ratio) - 1;
    bool worse = (v->cmp.ratio > 1) == (metric_worse(v->direction) > 0);
    const char *what = worse ? "regression" : "improvement";
    if (v->direction == DIRECTION_NONE || v->direction == DIRECTION_UNKNOWN) {
        reason_direction(b, v);
        return;
    }
    if (size <= v->threshold)
        buf_puts(b, "; within the threshold, but the interval is not");
    else if (size <= v->cmp.floor)
        buf_puts(b, "; beyond the threshold, but within the noise floor of this host");
    else if (worse && !(v->p_adjusted < f->alpha))
        buf_printf(b, "; not proven: p %.2g after Holm's correction", v->p_adjusted);
    else
        buf_printf(b, "; no %s proven %s", what, f->strict ? "beyond the threshold (strict)" : "over the whole suite");
    if (f->rounds_needed <= 1000)
        buf_printf(b, "; about %.0f paired rounds would settle it", f->rounds_needed);
    else if (f->rounds_needed > 1000)
        buf_puts(b, "; too close to the threshold for 1000 paired rounds to settle it");
    else
        buf_puts(b, "; at least 2 rounds a side are needed to say what would settle it");
}

const char *reason_of(struct mem *m, const struct reason_facts *f)
{
    const struct verdict *v = f->v;
    struct buf b = { 0 };
    if (!isfinite(v->cmp.ratio))
        return "a time is zero, negative or missing: nothing to compare";
    reason_effect(&b, v);
    numbers(&b, v, f->least);
    if (v->decision == DECISION_ENVIRONMENT)
        shifted(&b, f->shift, f->unfit);
    else if (v->decision == DECISION_INCONCLUSIVE)
        open_question(&b, f);
    else if (v->decision == DECISION_EQUIVALENT)
        buf_puts(&b, "; no change beyond the threshold");
    const char *text = mem_dupn(m, b.data, b.len);
    buf_free(&b);
    return text;
}

const char *reason_exact(struct mem *m, const struct verdict *v, double least)
{
    struct buf b = { 0 };
    reason_effect(&b, v);
    threshold(&b, v, least);
    buf_puts(&b, ", compared exactly");
    if (v->decision == DECISION_EQUIVALENT)
        buf_puts(&b, "; no change beyond the threshold");
    else if (v->decision == DECISION_INCONCLUSIVE)
        reason_direction(&b, v);
    const char *text = mem_dupn(m, b.data, b.len);
    buf_free(&b);
    return text;
}
