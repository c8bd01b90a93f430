/* SPDX-License-Identifier: Apache-2.0
 * Verdicts from paired rounds in words: the change, the numbers it was judged by, and what decided. */
#include "harness/stats/paired_reason.h"

#include "harness/base/buf.h"
#include "harness/stats/reason.h"

#include <math.h>

static const double same_work = 0.001; /* instruction counts this near to each other are the same work */

static void numbers(struct buf *b, const struct pair_facts *f)
{
    const struct verdict *v = f->v;
    buf_puts(b, ", threshold ");
    reason_percent(b, v->threshold);
    if (f->s->metric && f->s->least > 0)
        buf_printf(b, " and %g", f->s->least);
    if (f->s->exact) {
        buf_puts(b, ", counted exactly");
        return;
    }
    if (!isnan(v->cmp.floor)) {
        buf_puts(b, ", floor ");
        reason_percent(b, v->cmp.floor);
        buf_puts(b, ", detectable from ");
        reason_percent(b, v->cmp.mde);
    }
    buf_printf(b, ", %zu", f->s->n);
    if (f->s->nagain)
        buf_printf(b, " and %zu fresh", f->s->nagain);
    buf_puts(b, " rounds");
}

/* Does the other witness, the count of instructions, say the same? It has something to say about time only. */
static void witness(struct buf *b, const struct pair_facts *f)
{
    double change = f->s->current_work / f->s->base_work - 1;
    if (!isfinite(change) || f->s->metric)
        return;
    if (fabs(change) < same_work) {
        buf_puts(b, "; the same instructions: suspect layout, alignment or clock frequency rather than work");
        return;
    }
    buf_puts(b, change > 0 ? "; instructions +" : "; instructions -");
    reason_percent(b, fabs(change));
}

/* More or less work that this time does not show: it may elsewhere, or with other data. */
static void hidden_work(struct buf *b, const struct pair_facts *f)
{
    double change = f->s->current_work / f->s->base_work - 1;
    if (!isfinite(change) || f->s->metric || fabs(change) < same_work)
        return;
    buf_puts(b, change > 0 ? "; but instructions +" : "; but instructions -");
    reason_percent(b, fabs(change));
    buf_puts(b, ", which time does not show here");
}

static void shifted(struct buf *b, const struct shift *s)
{
    buf_puts(b, "; unrelated benchmarks moved together, ");
    reason_percent(b, expm1(fabs(s->d)));
    buf_printf(b, " %s (%zu of %zu operations beyond their noise): suspect the build or the host, not one change",
               s->d < 0 ? "faster" : "slower", s->moved, s->ops);
}

/* What it would take, and whether anybody will spend it. */
static void cost(struct buf *b, const struct pair_facts *f, double rounds)
{
    buf_printf(b, "%.0f rounds", rounds);
    if (f->s->round_seconds > 0)
        buf_printf(b, ", %.1f minutes for this benchmark alone", rounds * f->s->round_seconds / 60);
    buf_puts(b, rounds <= f->policy->looks[f->policy->nlooks - 1]
                    ? ": give it more time"
                    : ", more than are tried: it takes a quieter host or a higher threshold");
}

/* A threshold that this host cannot hold: never, by its own noise floor; or not with so few rounds, whose part in the
 * floor falls with their square root. */
static void cannot_gate(struct buf *b, const struct pair_facts *f)
{
    const struct verdict *v = f->v;
    double shrink = log1p(v->cmp.floor) / log1p(v->threshold);
    buf_puts(b, "; cannot gate at ");
    reason_percent(b, v->threshold);
    buf_puts(b, " here: floor ");
    reason_percent(b, v->cmp.floor);
    if (f->s->floor > v->threshold) {
        buf_puts(b, ", which identical programs differ by however many rounds they take");
        return;
    }
    buf_puts(b, "; needs ");
    cost(b, f, ceil((double)f->s->n * shrink * shrink));
}

/* Fresh rounds contradict, or they agree and something else is missing. */
static void unconfirmed(struct buf *b, const struct pair_facts *f)
{
    double size = fmax(f->v->cmp.ratio, 1 / f->v->cmp.ratio) - 1;
    if (!(f->p_again < f->policy->confirm_alpha))
        buf_printf(b, "; suspected, but fresh rounds do not confirm it (p %.2g)", f->p_again);
    else if (!(size > fmax(f->v->threshold, isnan(f->s->floor) ? 0 : f->s->floor)))
        buf_puts(b, "; a change, but with the fresh rounds it is not beyond threshold and floor");
    else
        buf_puts(b, "; a change beyond the threshold, but its lower bound is not (strict)");
}

static void open_question(struct buf *b, const struct pair_facts *f)
{
    const struct verdict *v = f->v;
    double size = fmax(v->cmp.ratio, 1 / v->cmp.ratio) - 1;
    if (v->direction == DIRECTION_NONE || v->direction == DIRECTION_UNKNOWN) {
        reason_direction(b, v);
        return;
    }
    if (f->suspect && isnan(f->p_again)) {
        buf_puts(b, "; suspected, but there was no time to confirm it");
        return;
    }
    if (f->suspect) {
        unconfirmed(b, f);
        return;
    }
    if (!isfinite(v->cmp.ratio)) {
        buf_puts(b, "; not proven over the whole suite");
        return;
    }
    if (v->cmp.floor > v->threshold && v->threshold > 0) {
        cannot_gate(b, f);
        return;
    }
    buf_puts(b, size <= v->threshold ? "; within the threshold, but the interval is not"
                                     : "; beyond the threshold, but not proven over the whole suite");
    if (f->needed <= 10000) {
        buf_puts(b, "; needs ");
        cost(b, f, f->needed);
    } else if (f->needed > 10000) {
        buf_puts(b, "; too close to the threshold to be settled");
    }
}

static void conclusion(struct buf *b, const struct pair_facts *f)
{
    switch (f->v->decision) {
    case DECISION_ENVIRONMENT:
        if (f->shift)
            shifted(b, f->shift);
        else
            buf_puts(b, "; both sides run the same code, so this is the host");
        break;
    case DECISION_INCONCLUSIVE:
        open_question(b, f);
        break;
    case DECISION_EQUIVALENT:
        buf_puts(b, f->below_clock && f->s->metric ? "; the difference is below the least that counts"
                    : f->below_clock               ? "; the difference is below what the clock tells"
                                                   : "; no change beyond the threshold");
        hidden_work(b, f);
        break;
    default:
        if (!f->s->exact)
            buf_printf(b, "; confirmed (p %.2g)", f->p_again);
        witness(b, f);
    }
}

const char *pair_reason(struct mem *m, const struct pair_facts *f)
{
    struct buf b = { 0 };
    if (!isfinite(f->v->cmp.ratio) && !f->s->metric)
        return "no round gave a ratio: nothing to compare";
    reason_effect(&b, f->v);
    numbers(&b, f);
    conclusion(&b, f);
    const char *text = mem_dupn(m, b.data, b.len);
    buf_free(&b);
    return text;
}
