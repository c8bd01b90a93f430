/* SPDX-License-Identifier: Apache-2.0
 * The sequential decision on paired rounds. */
#include "harness/stats/paired.h"

#include "harness/stats/metric.h"
#include "harness/stats/paired_reason.h"
#include "harness/stats/shift.h"
#include "harness/stats/stats.h"

#include <math.h>
#include <string.h>

/* The first look is the least number of rounds whose range is an interval at alpha/8; a suite of some dozen benchmarks
 * can have a suspect from the second look on. The last ones are for noisy hosts and small thresholds: only what is open
 * still, and can be settled, is measured so often. A confirmation is cheap, because suspects are few, so it is long enough
 * to be sure at a small level. harness/CALIBRATION.md compares this with shorter ones. */
const struct pair_policy pair_policy_default = {
    .rule = { .threshold = NAN, .alpha = 0.05, .strict = false },
    .looks = { 8, 16, 32, 64, 128, 256, 512, 1024 },
    .nlooks = 8,
    .patience = 256,
    .confirm = 64,
    .confirm_alpha = 0.001,
};

static const double default_threshold = 0.10, power = 0.80;

/* What is known about one benchmark at its look. */
struct view {
    double t, f;           /* ln(1 + threshold), ln(1 + floor) (0 where unknown) */
    double median;         /* of the screening rounds */
    double needed;         /* rounds that would about settle it; NAN: these do not tell */
    double hoped;          /* the same, should the change be none after all, or as large as it looks */
    double slower, faster; /* one-sided sign p, then Holm's */
    struct stats_interval ci;
    int side; /* 1: suspected slower, -1: faster, 0: no suspect */
    bool equivalent, early;
    bool below_clock; /* the whole interval is a difference that the clock does not tell */
};

static double threshold_of(const struct pair_series *s, const struct pair_policy *p)
{
    if (s->own_threshold)
        return s->threshold;
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

/* About how many rounds tell a change from one that is `gap` away, by the scatter of those there are. */
static double rounds_for(double gap, double sd, const struct pair_policy *p)
{
    double z = stats_normal_quantile(1 - look_alpha(p)) + stats_normal_quantile(power);
    double rounds = ceil(M_PI / 2 * sd * sd * z * z / (gap * gap));
    return rounds > p->looks[0] || isnan(rounds) ? rounds : p->looks[0];
}

static bool has_ratio(const struct pair_series *s)
{
    return !s->metric || metric_has_ratio(s->base, s->current);
}

static bool below_clock(const struct pair_series *s, const struct stats_interval *ci)
{
    if (!has_ratio(s))
        return false; /* whoever made the distances has taken small ones for none */
    double most = fmax(fabs(expm1(ci->low)), fabs(expm1(ci->high)));
    return s->least > 0 && ci->enough && most * s->base <= s->least;
}

/* An exact count has no scatter and no p. */
static struct view view_of_exact(const struct pair_series *s, const struct pair_policy *p)
{
    struct view v = { .t = log1p(threshold_of(s, p)), .median = s->d[0], .needed = NAN, .slower = NAN, .faster = NAN };
    v.ci = (struct stats_interval){ .low = v.median, .high = v.median, .level = 1, .enough = true };
    v.below_clock = s->least > 0 && fabs(s->current - s->base) <= s->least;
    v.equivalent = v.below_clock || fabs(v.median) <= v.t;
    v.side = v.equivalent ? 0 : v.median > 0 ? 1 : -1;
    return v;
}

static struct view view_of(struct mem *m, const struct pair_series *s, const struct pair_policy *p)
{
    size_t kept;
    if (s->exact)
        return view_of_exact(s, p);
    const double *d = stats_sorted(m, s->d, s->n, &kept);
    struct view v = { .t = log1p(threshold_of(s, p)), .f = isnan(s->floor) ? 0 : log1p(s->floor) };
    v.early = kept < (size_t)p->looks[0];
    v.median = stats_median(d, kept);
    double sd = kept < 2 ? NAN : STATS_MAD_TO_SD * stats_mad(m, d, kept), size = fabs(v.median);
    v.needed = rounds_for(fabs(size - v.t), sd, p);
    v.hoped = rounds_for(fmax(size, v.t), sd, p);
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

static const double *turned(struct mem *m, const double *d, size_t n)
{
    double *out = mem_array(m, n, sizeof *out);
    for (size_t i = 0; i < n; i++)
        out[i] = -d[i];
    return out;
}

/* The series with d above 0 where the current side is worse. */
static const struct pair_series *by_worse(struct mem *m, const struct pair_series *s, size_t n)
{
    struct pair_series *out = mem_array(m, n, sizeof *out);
    for (size_t i = 0; i < n; i++) {
        out[i] = s[i];
        if (metric_worse(s[i].direction) > 0)
            continue;
        out[i].d = turned(m, s[i].d, s[i].n);
        out[i].again = turned(m, s[i].again, s[i].nagain);
    }
    return out;
}

static struct view *views(struct mem *m, const struct pair_series *s, size_t n, const struct pair_policy *p)
{
    struct view *v = mem_array(m, n, sizeof *v);
    for (size_t i = 0; i < n; i++)
        v[i] = view_of(m, &s[i], p);
    correct(m, v, n);
    for (size_t i = 0; i < n; i++) {
        double beyond = fmax(v[i].t, v[i].f), alpha = look_alpha(p);
        if (v[i].early || s[i].exact)
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

size_t pair_fresh(const struct pair_series *s, const struct pair_policy *policy)
{
    size_t least = (size_t)(policy ? policy : &pair_policy_default)->confirm;
    return 2 * s->n > least ? 2 * s->n : least;
}

/* A noise floor above the threshold cannot be measured away, and neither can too much scatter. */
static bool hopeless(const struct pair_series *s, const struct view *v, const struct pair_policy *p)
{
    size_t last = (size_t)p->looks[p->nlooks - 1];
    return s->n >= last || (s->n >= (size_t)p->patience && (v->f > v->t || !(v->hoped <= (double)last)));
}

static bool screened(const struct pair_series *s, const struct view *v, const struct pair_policy *p)
{
    bool silent = s->metric && isnan(v->median) && s->n >= (size_t)p->looks[0];
    return v->side || v->equivalent || v->below_clock || silent || hopeless(s, v, p);
}

static bool wants_fresh(const struct pair_series *s, const struct view *v, const struct pair_policy *p)
{
    bool judged = s->direction == DIRECTION_LOWER || s->direction == DIRECTION_HIGHER;
    return v->side && judged && !s->exact && !v->below_clock && s->nagain < pair_fresh(s, p);
}

void pair_next(struct mem *m, const struct pair_series *series, size_t n, const struct pair_policy *policy,
               enum pair_next *next)
{
    const struct pair_policy *p = policy ? policy : &pair_policy_default;
    const struct pair_series *s = by_worse(m, series, n);
    const struct view *v = views(m, s, n, p);
    bool all = true;
    for (size_t i = 0; i < n; i++) {
        next[i] = screened(&s[i], &v[i], p) ? PAIR_DONE : PAIR_MORE;
        all = all && next[i] == PAIR_DONE;
    }
    for (size_t i = 0; all && i < n; i++)
        if (wants_fresh(&s[i], &v[i], p))
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
        bool complete = v[i].side && !s[i].exact && s[i].nagain >= pair_fresh(&s[i], p);
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
                         .metric = s->metric,
                         .unit = s->unit,
                         .direction = s->direction,
                         .p_adjusted = view->slower,
                         .decision = DECISION_INCONCLUSIVE };
    v.cmp.base = s->base;
    v.cmp.current = s->current;
    if (!isnan(s->floor) && !(v.cmp.floor > s->floor))
        v.cmp.floor = s->floor;
    if (s->metric && isfinite(v.cmp.low))
        v.cmp.warning = NULL; /* it is about the clock, and equal counts are no fault */
    if (s->exact) {
        v.cmp.low = v.cmp.high = v.cmp.ratio;
        v.cmp.level = 1;
        v.cmp.p = NAN;
        v.cmp.floor = v.cmp.mde = 0;
        v.cmp.warning = NULL;
    }
    return v;
}

/* The numbers in the metric's own terms again; where the medians have no ratio there is none. */
static void turn_back(const struct pair_series *s, struct comparison *c)
{
    bool none = !has_ratio(s);
    struct comparison was = *c;
    if (metric_worse(s->direction) < 0) {
        c->ratio = 1 / was.ratio;
        c->low = 1 / was.high;
        c->high = 1 / was.low;
    }
    if (none)
        c->ratio = c->low = c->high = NAN;
    if (none || !(was.floor < exp(METRIC_FAR / 2)))
        c->floor = c->mde = s->exact ? 0 : NAN;
}

/* A suspect whose fresh rounds agree. */
static bool confirmed(struct mem *m, const struct pair_series *s, const struct view *view, double p_again,
                      const struct pair_policy *p)
{
    size_t n, kept;
    const double *d = all_rounds(m, s, &n);
    const double *sorted = stats_sorted(m, d, n, &kept);
    if (s->exact)
        return true;
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
    if (s->direction == DIRECTION_NONE || s->direction == DIRECTION_UNKNOWN)
        return view->equivalent && !(view->f > view->t) ? DECISION_EQUIVALENT : DECISION_INCONCLUSIVE;
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
        if (!s[i].metric && isfinite(v[i].cmp.ratio))
            mv[used++] = (struct movement){ s[i].op, log(v[i].cmp.ratio), log1p(v[i].cmp.floor) };
    return suite_shift(m, mv, used);
}

/* As in judge(): the common movement explains this one, or is so large that nothing can be said. It is that of times; a
 * rate moves with them, and so may any other count that scatters. */
static bool explained(const struct shift *shift, const struct verdict *v)
{
    if (!shift->found)
        return false;
    double rest = fabs(log(v->cmp.ratio) - shift->d);
    return fabs(shift->d) > log1p(v->threshold) || rest <= log1p(fmax(v->threshold, v->cmp.floor));
}

struct verdict *pair_verdicts(struct mem *m, const struct pair_series *series, size_t n,
                              const struct pair_policy *policy)
{
    const struct pair_policy *p = policy ? policy : &pair_policy_default;
    const struct pair_series *s = by_worse(m, series, n);
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
        bool shifted = moved && !s[i].exact && explained(&shift, &v[i]);
        if (shifted)
            v[i].decision = DECISION_ENVIRONMENT;
        turn_back(&s[i], &v[i].cmp);
        struct pair_facts f = { .s = &s[i],
                                .v = &v[i],
                                .suspect = view[i].side,
                                .p_again = again[i],
                                .needed = view[i].needed,
                                .below_clock = view[i].below_clock,
                                .shift = shifted ? &shift : NULL,
                                .policy = p };
        v[i].reason = pair_reason(m, &f);
    }
    return v;
}
