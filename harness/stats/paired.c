/* SPDX-License-Identifier: Apache-2.0
 * The sequential decision on paired rounds. */
#include "harness/stats/paired.h"

#include "harness/stats/paired_reason.h"
#include "harness/stats/shift.h"
#include "harness/stats/stats.h"

#include <math.h>
#include <string.h>

/* The first look is the least number of rounds whose range is an interval at alpha/6; a suite of some dozen benchmarks
 * can have a suspect from the second look on. The last ones are for noisy hosts: only what is open still is measured so
 * often. A confirmation is cheap, because suspects are few, so it is long enough to be sure at a small level.
 * harness/CALIBRATION.md compares this with shorter ones. */
const struct pair_policy pair_policy_default = {
    .rule = { .threshold = NAN, .alpha = 0.05, .strict = false },
    .looks = { 8, 16, 32, 64, 128, 256 },
    .nlooks = 6,
    .confirm = 64,
    .confirm_alpha = 0.001,
};

static const double default_threshold = 0.10;

/* What is known about one benchmark at its look. */
struct view {
    double t, f;           /* ln(1 + threshold), ln(1 + floor) (0 where unknown) */
    double median;         /* of the screening rounds */
    double slower, faster; /* one-sided sign p, then Holm's */
    struct stats_interval ci;
    int side; /* 1: suspected slower, -1: faster, 0: no suspect */
    bool equivalent, early;
    bool below_clock; /* the whole interval is a difference that the clock does not tell */
};

static double threshold_of(const struct pair_series *s, const struct pair_policy *p)
{
    if (!isnan(p->rule.threshold))
        return p->rule.threshold;
    return s->threshold > 0 && isfinite(s->threshold) ? s->threshold : default_threshold;
}

static double look_alpha(const struct pair_policy *p)
{
    return p->rule.alpha / p->nlooks;
}

static struct stats_test signs(const double *d, size_t n)
{
    size_t up = 0, down = 0;
    for (size_t i = 0; i < n; i++) {
        up += d[i] > 0;
        down += d[i] < 0;
    }
    return stats_sign_test(up, down);
}

static bool below_clock(const struct pair_series *s, const struct stats_interval *ci)
{
    double most = fmax(fabs(expm1(ci->low)), fabs(expm1(ci->high)));
    return s->least > 0 && ci->enough && most * s->base <= s->least;
}

static struct view view_of(struct mem *m, const struct pair_series *s, const struct pair_policy *p)
{
    size_t kept;
    const double *d = stats_sorted(m, s->d, s->n, &kept);
    struct view v = { .t = log1p(threshold_of(s, p)), .f = isnan(s->floor) ? 0 : log1p(s->floor) };
    v.early = kept < (size_t)p->looks[0];
    v.median = stats_median(d, kept);
    v.ci = stats_median_interval(d, kept, 1 - 2 * look_alpha(p));
    struct stats_test test = signs(d, kept);
    v.slower = kept ? test.p_greater : NAN;
    v.faster = kept ? test.p_less : NAN;
    v.below_clock = !v.early && below_clock(s, &v.ci);
    v.equivalent = !v.early && v.ci.enough && v.ci.low >= -v.t && v.ci.high <= v.t;
    return v;
}

/* Holm over all benchmarks: of the p values of one direction. */
static void correct(struct mem *m, struct view *v, size_t n)
{
    double *p = mem_array(m, n, sizeof *p), *q = mem_array(m, n, sizeof *q);
    for (size_t i = 0; i < n; i++) {
        p[i] = v[i].slower;
        q[i] = v[i].faster;
    }
    double *adjusted = mem_array(m, n, sizeof *adjusted);
    stats_holm(m, p, n, adjusted);
    for (size_t i = 0; i < n; i++)
        v[i].slower = adjusted[i];
    stats_holm(m, q, n, adjusted);
    for (size_t i = 0; i < n; i++)
        v[i].faster = adjusted[i];
}

static struct view *views(struct mem *m, const struct pair_series *s, size_t n, const struct pair_policy *p)
{
    struct view *v = mem_array(m, n, sizeof *v);
    for (size_t i = 0; i < n; i++)
        v[i] = view_of(m, &s[i], p);
    correct(m, v, n);
    for (size_t i = 0; i < n; i++) {
        double beyond = fmax(v[i].t, v[i].f), alpha = look_alpha(p);
        if (v[i].early)
            continue;
        v[i].side = v[i].median > beyond && v[i].slower < alpha    ? 1
                    : -v[i].median > beyond && v[i].faster < alpha ? -1
                                                                   : 0;
    }
    return v;
}

int pair_goal(const struct pair_series *s, const struct pair_policy *policy)
{
    const struct pair_policy *p = policy ? policy : &pair_policy_default;
    for (int k = 0; k < p->nlooks; k++)
        if ((size_t)p->looks[k] > s->n)
            return p->looks[k];
    return p->looks[p->nlooks - 1];
}

static bool screened(const struct pair_series *s, const struct view *v, const struct pair_policy *p)
{
    return v->side || v->equivalent || v->below_clock || s->n >= (size_t)p->looks[p->nlooks - 1];
}

void pair_next(struct mem *m, const struct pair_series *s, size_t n, const struct pair_policy *policy,
               enum pair_next *next)
{
    const struct pair_policy *p = policy ? policy : &pair_policy_default;
    const struct view *v = views(m, s, n, p);
    bool all = true;
    for (size_t i = 0; i < n; i++) {
        next[i] = screened(&s[i], &v[i], p) ? PAIR_DONE : PAIR_MORE;
        all = all && next[i] == PAIR_DONE;
    }
    for (size_t i = 0; all && i < n; i++)
        if (v[i].side && !v[i].below_clock && s[i].nagain < (size_t)p->confirm)
            next[i] = PAIR_CONFIRM;
}

/* --- verdicts ---------------------------------------------------------------------------------------------------- */

/* The confirmations' own p in the direction suspected, Holm's over the suspects; NAN for the others. */
static double *confirmations(struct mem *m, const struct pair_series *s, const struct view *v, size_t n,
                             const struct pair_policy *p)
{
    double *one = mem_array(m, n, sizeof *one), *adjusted = mem_array(m, n, sizeof *adjusted);
    for (size_t i = 0; i < n; i++) {
        struct stats_test test = signs(s[i].again, s[i].nagain);
        bool complete = v[i].side && s[i].nagain >= (size_t)p->confirm;
        one[i] = !complete ? NAN : v[i].side > 0 ? test.p_greater : test.p_less;
    }
    stats_holm(m, one, n, adjusted);
    return adjusted;
}

static const double *all_rounds(struct mem *m, const struct pair_series *s, size_t *n)
{
    double *d = mem_array(m, s->n + s->nagain, sizeof *d);
    if (s->n)
        memcpy(d, s->d, s->n * sizeof *d);
    if (s->nagain)
        memcpy(d + s->n, s->again, s->nagain * sizeof *d);
    *n = s->n + s->nagain;
    return d;
}

static struct verdict bare(struct mem *m, const struct pair_series *s, const struct view *view,
                           const struct pair_policy *p)
{
    size_t n;
    const double *d = all_rounds(m, s, &n);
    struct verdict v = { .cmp = compare_paired(m, s->name, d, n, 1 - 2 * p->rule.alpha),
                         .threshold = threshold_of(s, p),
                         .p_adjusted = view->slower,
                         .decision = DECISION_INCONCLUSIVE };
    v.cmp.base = s->base;
    v.cmp.current = s->current;
    if (!isnan(s->floor) && !(v.cmp.floor > s->floor))
        v.cmp.floor = s->floor;
    return v;
}

/* A suspect whose fresh rounds agree. */
static bool confirmed(struct mem *m, const struct pair_series *s, const struct view *view, double p_again,
                      const struct pair_policy *p)
{
    size_t n, kept;
    const double *d = all_rounds(m, s, &n);
    const double *sorted = stats_sorted(m, d, n, &kept);
    double median = view->side * stats_median(sorted, kept);
    if (!(p_again < p->confirm_alpha) || !(median > fmax(view->t, view->f)))
        return false;
    struct stats_interval strict = stats_median_interval(sorted, kept, 1 - 2 * look_alpha(p));
    return !p->rule.strict || (view->side > 0 ? strict.low : -strict.high) > view->t;
}

static enum decision decide(struct mem *m, const struct pair_series *s, const struct view *view, double p_again,
                            const struct pair_policy *p)
{
    if (view->below_clock)
        return DECISION_EQUIVALENT;
    if (view->side && confirmed(m, s, view, p_again, p))
        return s->identical ? DECISION_ENVIRONMENT : view->side > 0 ? DECISION_REGRESSED : DECISION_IMPROVED;
    if (view->equivalent && !(view->f > view->t))
        return DECISION_EQUIVALENT;
    return DECISION_INCONCLUSIVE;
}

static struct shift shift_of(struct mem *m, const struct pair_series *s, const struct verdict *v, size_t n)
{
    struct movement *mv = mem_array(m, n, sizeof *mv);
    size_t used = 0;
    for (size_t i = 0; i < n; i++)
        if (isfinite(v[i].cmp.ratio))
            mv[used++] = (struct movement){ s[i].op, log(v[i].cmp.ratio), log1p(v[i].cmp.floor) };
    return suite_shift(m, mv, used);
}

/* As in judge(): the common movement explains this one, or is so large that nothing can be said. */
static bool explained(const struct shift *shift, const struct verdict *v)
{
    if (!shift->found)
        return false;
    double rest = fabs(log(v->cmp.ratio) - shift->d);
    return fabs(shift->d) > log1p(v->threshold) || rest <= log1p(fmax(v->threshold, v->cmp.floor));
}

struct verdict *pair_verdicts(struct mem *m, const struct pair_series *s, size_t n, const struct pair_policy *policy)
{
    const struct pair_policy *p = policy ? policy : &pair_policy_default;
    const struct view *view = views(m, s, n, p);
    const double *again = confirmations(m, s, view, n, p);
    struct verdict *v = mem_array(m, n, sizeof *v);
    for (size_t i = 0; i < n; i++) {
        v[i] = bare(m, &s[i], &view[i], p);
        v[i].decision = decide(m, &s[i], &view[i], again[i], p);
    }
    struct shift shift = shift_of(m, s, v, n);
    for (size_t i = 0; i < n; i++) {
        bool moved = v[i].decision == DECISION_REGRESSED || v[i].decision == DECISION_IMPROVED;
        bool shifted = moved && explained(&shift, &v[i]);
        if (shifted)
            v[i].decision = DECISION_ENVIRONMENT;
        struct pair_facts f = { .s = &s[i],
                                .v = &v[i],
                                .suspect = view[i].side,
                                .p_again = again[i],
                                .below_clock = view[i].below_clock,
                                .shift = shifted ? &shift : NULL,
                                .policy = p };
        v[i].reason = pair_reason(m, &f);
    }
    return v;
}
