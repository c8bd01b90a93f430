/* SPDX-License-Identifier: Apache-2.0
 * Verdicts: match two runs, compare what both measured, correct over the suite, decide, explain. */
#include "harness/stats/verdict.h"

#include "harness/stats/metric_case.h"
#include "harness/stats/noise.h"
#include "harness/stats/reason.h"
#include "harness/stats/shift.h"
#include "harness/stats/stats.h"

#include <math.h>
#include <string.h>

const struct policy policy_default = { .threshold = NAN, .alpha = 0.05, .strict = false };

static const double default_threshold = 0.10;

static const char *const status_words[] = {
    [STATUS_OK] = "ok",
    [STATUS_WRONG] = "gave a wrong answer",
    [STATUS_CRASHED] = "crashed",
    [STATUS_TIMEOUT] = "timed out",
    [STATUS_OOM] = "ran out of memory",
    [STATUS_FAILED] = "failed",
    [STATUS_UNSUPPORTED] = "was not supported",
    [STATUS_INTERRUPTED] = "was interrupted before its first sample",
};

/* What one verdict rests on; base is NULL unless there is something to compare. */
struct pair {
    const struct result *base, *current;
    double least; /* of a metric: differences up to this are none */
};

/* The whole case: verdicts, their evidence, and what was decided about all of them together. */
struct trial {
    struct mem *m;
    const struct policy *policy;
    struct verdict *v;
    struct pair *pairs;
    double *strict_low, *strict_high; /* bounds corrected for the number of comparisons */
    double *p_faster;                 /* Holm's, of the other side */
    size_t n;
    const struct history_noise *history;
    size_t nhistory;
    struct noise prior; /* of a series without history */
    struct shift shift;
};

static const struct result *find(const struct run *run, const struct bench *b, bool same_hash)
{
    for (size_t i = 0; run && i < run->nresults; i++) {
        const struct bench *other = &run->results[i].bench;
        if (strcmp(other->name, b->name) == 0 && (!same_hash || strcmp(other->hash, b->hash) == 0))
            return &run->results[i];
    }
    return NULL;
}

static const struct history_noise *find_noise(const struct history_noise *noise, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (noise[i].name && strcmp(noise[i].name, name) == 0)
            return &noise[i];
    return NULL;
}

static double threshold_of(const struct policy *p, const struct entry *e)
{
    if (!isnan(p->threshold))
        return p->threshold;
    return e->threshold > 0 && isfinite(e->threshold) ? e->threshold : default_threshold;
}

static double time_of(const struct result *r)
{
    return r && r->status == STATUS_OK ? r->summary.median : NAN;
}

struct verdict verdict_bare(const char *name, double threshold, enum decision d, const char *reason)
{
    return (struct verdict){ .cmp = { .name = name,
                                      .base = NAN,
                                      .current = NAN,
                                      .ratio = NAN,
                                      .low = NAN,
                                      .high = NAN,
                                      .level = NAN,
                                      .p = NAN,
                                      .floor = NAN,
                                      .mde = NAN },
                             .decision = d,
                             .threshold = threshold,
                             .p_adjusted = NAN,
                             .reason = reason };
}

/* A verdict without a comparison, until one is made. */
static struct verdict bare(const struct policy *p, const struct result *base, const struct result *current)
{
    const struct result *r = current ? current : base;
    struct verdict v = verdict_bare(r->bench.name, threshold_of(p, &r->entry), DECISION_INCONCLUSIVE, NULL);
    v.cmp.base = time_of(base);
    v.cmp.current = time_of(current);
    v.cmp.level = 1 - 2 * p->alpha;
    v.cmp.base_rounds = base ? base->nrounds : 0;
    v.cmp.current_rounds = current ? current->nrounds : 0;
    return v;
}

static void settle(struct verdict *v, enum decision d, const char *reason)
{
    v->decision = d;
    v->reason = reason;
}

static const char *failure(struct mem *m, const struct result *base, const struct result *current)
{
    const char *before =
        base && base->status != STATUS_OK && base->status != STATUS_UNSUPPORTED ? ", as in the baseline" : "";
    const char *what = status_words[current->status];
    if (current->message)
        return mem_printf(m, "%s%s: %s", what, before, current->message);
    return mem_printf(m, "%s%s", what, before);
}

/* Decides what needs no comparison, or notes the pair to compare. */
static void open_case(struct trial *t, const struct run *base_run, const struct result *current)
{
    const struct result *base = find(base_run, &current->bench, true);
    struct verdict *v = &t->v[t->n];
    *v = bare(t->policy, base, current);
    if (current->status != STATUS_OK)
        settle(v, DECISION_FAILED, failure(t->m, base, current));
    else if (!base && find(base_run, &current->bench, false))
        settle(v, DECISION_NEW, "definition changed: a new series");
    else if (!base)
        settle(v, DECISION_NEW, "the baseline does not have it");
    else if (base->status != STATUS_OK)
        settle(v, DECISION_NEW, mem_printf(t->m, "the baseline has no time: it %s", status_words[base->status]));
    else
        t->pairs[t->n] = (struct pair){ base, current, 0 };
    t->n++;
}

static void open_missing(struct trial *t, const struct run *current_run, const struct result *base)
{
    if (base->status != STATUS_OK || find(current_run, &base->bench, false))
        return;
    t->v[t->n] = bare(t->policy, base, NULL);
    settle(&t->v[t->n++], DECISION_MISSING, "the baseline has it, this run does not");
}

/* --- metrics beside time ----------------------------------------------------------------------------------------- */

static bool anyone_has(struct trial *t, const struct metric_ask *ask, size_t times)
{
    for (size_t i = 0; i < times; i++)
        if (t->pairs[i].base && metric_concerns(ask, &t->pairs[i].current->entry) &&
            metric_case_of(t->m, ask, t->pairs[i].base, t->pairs[i].current).evidence != EVIDENCE_NONE)
            return true;
    return false;
}

static void judge_exact(struct trial *t, const struct metric_case *c, double least, struct verdict *v)
{
    double d = metric_worse(c->direction) * metric_distance(c->base, c->current);
    bool directed = c->direction == DIRECTION_LOWER || c->direction == DIRECTION_HIGHER;
    bool same = fabs(c->current - c->base) <= least || fabs(d) <= log1p(v->threshold);
    v->cmp.level = 1;
    v->cmp.floor = v->cmp.mde = 0;
    if (metric_has_ratio(c->base, c->current))
        v->cmp.ratio = v->cmp.low = v->cmp.high = c->current / c->base;
    v->decision = same        ? DECISION_EQUIVALENT
                  : !directed ? DECISION_INCONCLUSIVE
                  : d > 0     ? DECISION_REGRESSED
                              : DECISION_IMPROVED;
    v->reason = reason_exact(t->m, v, least);
}

/* Decides what needs no comparison, or notes what to compare. */
static void open_metric(struct trial *t, const struct metric_ask *ask, const struct pair *time, bool known)
{
    static const char *const silent[] = {
        [EVIDENCE_NONE] = "no benchmark has this metric on either side: is the name right?",
        [EVIDENCE_BASE] = "the baseline has it, this run does not",
        [EVIDENCE_CURRENT] = "this run has it, the baseline does not",
    };
    static const enum decision decisions[] = {
        [EVIDENCE_NONE] = DECISION_INCONCLUSIVE, [EVIDENCE_BASE] = DECISION_MISSING, [EVIDENCE_CURRENT] = DECISION_NEW
    };
    struct metric_case c = metric_case_of(t->m, ask, time->base, time->current);
    struct verdict *v = &t->v[t->n];
    if (c.evidence == EVIDENCE_NONE && known)
        return;
    *v = bare(t->policy, time->base, time->current);
    v->metric = ask->name;
    v->unit = c.unit;
    v->direction = c.direction;
    v->threshold = isnan(ask->threshold) ? v->threshold : ask->threshold;
    v->cmp.base = c.base;
    v->cmp.current = c.current;
    v->cmp.base_rounds = c.base_rounds;
    v->cmp.current_rounds = c.current_rounds;
    if (c.evidence == EVIDENCE_EXACT)
        judge_exact(t, &c, ask->least, v);
    else if (c.evidence == EVIDENCE_LACKING)
        settle(v, DECISION_INCONCLUSIVE, mem_printf(t->m, "%s: %s", ask->name, c.why));
    else if (c.evidence == EVIDENCE_ROUNDS)
        t->pairs[t->n] = (struct pair){ c.as_base, c.as_current, ask->least };
    else
        settle(v, decisions[c.evidence], mem_printf(t->m, "%s: %s", ask->name, silent[c.evidence]));
    t->n++;
}

static void open_metrics(struct trial *t)
{
    size_t times = t->n;
    for (size_t k = 0; k < t->policy->nasks; k++) {
        const struct metric_ask *ask = &t->policy->asks[k];
        bool known = anyone_has(t, ask, times);
        for (size_t i = 0; i < times; i++)
            if (t->pairs[i].base && metric_concerns(ask, &t->pairs[i].current->entry))
                open_metric(t, ask, &t->pairs[i], known);
    }
}

/* The numbers in the metric's own terms again. */
static void turn_back(struct verdict *v)
{
    struct comparison was = v->cmp;
    if (!v->metric || metric_worse(v->direction) > 0)
        return;
    v->cmp.base = 1 / was.base;
    v->cmp.current = 1 / was.current;
    v->cmp.ratio = 1 / was.ratio;
    v->cmp.low = 1 / was.high;
    v->cmp.high = 1 / was.low;
}

/* Is the whole interval a difference that does not count? */
static bool too_small(const struct verdict *v, double least)
{
    double most = fmax(fabs(v->cmp.low - 1), fabs(v->cmp.high - 1));
    return least > 0 && most * v->cmp.base <= least;
}

/* --- comparing --------------------------------------------------------------------------------------------------- */

static const char *op_of(const struct bench *b)
{
    return b->op ? b->op : b->family ? b->family : b->name;
}

/* The comparisons that gave a ratio, as movements. */
static size_t movements(const struct trial *t, struct movement *mv)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++) {
        const struct comparison *c = &t->v[i].cmp;
        if (t->pairs[i].base && !t->v[i].metric && isfinite(c->ratio))
            mv[n++] = (struct movement){ op_of(&t->pairs[i].current->bench), log(c->ratio), log1p(c->floor) };
    }
    return n;
}

/* Compares every pair at `level` into out[], which has a place for every verdict. */
static void compare_all(struct trial *t, double level, struct comparison *out)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct pair *p = &t->pairs[i];
        out[i] = t->v[i].cmp;
        if (!p->base)
            continue;
        bool timed = !t->v[i].metric || metric_is_rate(t->v[i].metric);
        const struct history_noise *own = timed ? find_noise(t->history, t->nhistory, p->current->bench.name) : NULL;
        out[i] = compare_with_noise(t->m, p->base, p->current, noise_of_history(t->m, own, t->prior), level);
    }
}

/* The comparisons themselves, and the bounds corrected for their number that the strict policy asks for. */
static void compare_pairs(struct trial *t)
{
    double alpha = t->policy->alpha, compared = 0;
    struct comparison *c = mem_array(t->m, t->n, sizeof *c);
    compare_all(t, 1 - 2 * alpha, c);
    for (size_t i = 0; i < t->n; i++) {
        t->v[i].cmp = c[i];
        compared += t->pairs[i].base && isfinite(c[i].ratio) ? 1 : 0;
    }
    compare_all(t, 1 - 2 * alpha / fmax(1, compared), c);
    for (size_t i = 0; i < t->n; i++) {
        t->strict_low[i] = c[i].low;
        t->strict_high[i] = c[i].high;
    }
}

/* The scatter of all changes is the noise that a series without history is judged by. Ratios do not depend on the noise,
 * so a first comparison finds them. */
static struct noise noise_of_pair(struct trial *t)
{
    struct movement *mv = mem_array(t->m, t->n, sizeof *mv);
    double *d = mem_array(t->m, t->n, sizeof *d);
    size_t n = movements(t, mv);
    for (size_t i = 0; i < n; i++)
        d[i] = mv[i].d;
    return noise_of_suite(t->m, d, n, suite_ops(mv, n));
}

static void correct_p(struct trial *t)
{
    double *slower = mem_array(t->m, t->n, sizeof *slower), *faster = mem_array(t->m, t->n, sizeof *faster);
    double *adjusted = mem_array(t->m, t->n, sizeof *adjusted);
    for (size_t i = 0; i < t->n; i++) {
        slower[i] = t->v[i].cmp.p;
        faster[i] = 1 - slower[i];
    }
    stats_holm(t->m, slower, t->n, adjusted);
    stats_holm(t->m, faster, t->n, t->p_faster);
    for (size_t i = 0; i < t->n; i++)
        t->v[i].p_adjusted = adjusted[i];
}

/* A change of `ratio` (above 1 in the direction looked at) beyond threshold and floor, proven, and strictly so if
 * asked. */
static bool proven(const struct trial *t, const struct verdict *v, double ratio, double p, double bound)
{
    if (!(ratio > 1 + fmax(v->threshold, v->cmp.floor) && p < t->policy->alpha))
        return false;
    return !t->policy->strict || bound > 1 + v->threshold;
}

/* The suite's own movement explains this one, or is so large that nothing can be said. */
static bool explained(const struct trial *t, const struct verdict *v)
{
    if (!t->shift.found)
        return false;
    double rest = exp(fabs(log(v->cmp.ratio) - t->shift.d));
    return fabs(t->shift.d) > log1p(v->threshold) || rest <= 1 + fmax(v->threshold, v->cmp.floor);
}

/* What disturbs a run makes it slower: a slow current run, or a slow baseline, may be no more than that. */
static const char *disturbance(const struct policy *p, enum decision d)
{
    return d == DECISION_REGRESSED ? p->unfit_current : d == DECISION_IMPROVED ? p->unfit_base : NULL;
}

static enum decision decide(const struct trial *t, size_t i)
{
    const struct verdict *v = &t->v[i];
    const struct comparison *c = &v->cmp;
    enum decision d = DECISION_INCONCLUSIVE;
    bool directed = v->direction == DIRECTION_LOWER || v->direction == DIRECTION_HIGHER;
    if (directed && proven(t, v, c->ratio, v->p_adjusted, t->strict_low[i]))
        d = DECISION_REGRESSED;
    else if (directed && proven(t, v, 1 / c->ratio, t->p_faster[i], 1 / t->strict_high[i]))
        d = DECISION_IMPROVED;
    else if (c->low >= 1 / (1 + v->threshold) && c->high <= 1 + v->threshold)
        d = DECISION_EQUIVALENT;
    if ((d == DECISION_REGRESSED || d == DECISION_IMPROVED) && (explained(t, v) || disturbance(t->policy, d)))
        d = DECISION_ENVIRONMENT;
    return d;
}

static void explain(struct trial *t, size_t i)
{
    struct verdict *v = &t->v[i];
    const struct pair *p = &t->pairs[i];
    double gap = fabs(fabs(log(v->cmp.ratio)) - log1p(v->threshold));
    double rounds = compare_paired_rounds(t->m, p->base, p->current, gap, v->cmp.level);
    bool worse = (v->cmp.ratio > 1) == (metric_worse(v->direction) > 0);
    const char *unfit = disturbance(t->policy, worse ? DECISION_REGRESSED : DECISION_IMPROVED);
    struct reason_facts f = { v, &t->shift, t->policy->alpha, t->policy->strict, rounds, unfit, p->least };
    v->reason = reason_of(t->m, &f);
}

static struct trial open_trial(struct mem *m, const struct run *base, const struct run *current,
                               const struct policy *policy)
{
    size_t asks = policy ? policy->nasks : 0, most = (current->nresults + (base ? base->nresults : 0)) * (1 + asks);
    struct trial t = { .m = m,
                       .policy = policy ? policy : &policy_default,
                       .v = mem_array(m, most, sizeof *t.v),
                       .pairs = mem_array(m, most, sizeof *t.pairs),
                       .strict_low = mem_array(m, most, sizeof(double)),
                       .strict_high = mem_array(m, most, sizeof(double)),
                       .p_faster = mem_array(m, most, sizeof(double)) };
    for (size_t i = 0; i < current->nresults; i++)
        if (current->results[i].status != STATUS_UNSUPPORTED)
            open_case(&t, base, &current->results[i]);
    for (size_t i = 0; base && i < base->nresults; i++)
        open_missing(&t, current, &base->results[i]);
    open_metrics(&t);
    return t;
}

struct verdict *judge(struct mem *m, const struct run *base, const struct run *current,
                      const struct history_noise *noise, size_t nnoise, const struct policy *policy, size_t *n)
{
    struct trial t = open_trial(m, base, current, policy);
    t.history = noise;
    t.nhistory = nnoise;
    t.prior = noise_assumed();
    compare_pairs(&t);
    t.prior = noise_of_pair(&t);
    compare_pairs(&t);
    correct_p(&t);
    struct movement *mv = mem_array(m, t.n, sizeof *mv);
    t.shift = suite_shift(m, mv, movements(&t, mv));
    for (size_t i = 0; i < t.n; i++) {
        if (!t.pairs[i].base)
            continue;
        t.v[i].decision = decide(&t, i);
        turn_back(&t.v[i]);
        if (too_small(&t.v[i], t.pairs[i].least))
            t.v[i].decision = DECISION_EQUIVALENT;
        explain(&t, i);
    }
    *n = t.n;
    return t.v;
}

bool verdict_exact(const struct verdict *v)
{
    return v->metric && v->cmp.floor == 0 && isnan(v->p_adjusted);
}

static const char *const names[] = {
    [DECISION_EQUIVALENT] = "EQUIVALENT",   [DECISION_IMPROVED] = "IMPROVED",
    [DECISION_REGRESSED] = "REGRESSED",     [DECISION_INCONCLUSIVE] = "INCONCLUSIVE",
    [DECISION_ENVIRONMENT] = "ENVIRONMENT", [DECISION_FAILED] = "FAILED",
    [DECISION_MISSING] = "MISSING",         [DECISION_NEW] = "NEW",
};

const char *decision_name(enum decision d)
{
    return names[d];
}

/* Worst first. */
static const struct {
    enum decision decision;
    enum exit_code code;
} precedence[] = {
    { DECISION_FAILED, EXIT_BENCH_FAILED },
    { DECISION_MISSING, EXIT_BENCH_FAILED },
    { DECISION_ENVIRONMENT, EXIT_ENVIRONMENT },
    { DECISION_REGRESSED, EXIT_REGRESSION },
    { DECISION_INCONCLUSIVE, EXIT_INCONCLUSIVE },
    { DECISION_EQUIVALENT, EXIT_PASS },
    { DECISION_IMPROVED, EXIT_PASS },
};

enum exit_code verdict_exit(const struct verdict *v, size_t n)
{
    for (size_t k = 0; k < sizeof precedence / sizeof *precedence; k++)
        for (size_t i = 0; i < n; i++)
            if (v[i].decision == precedence[k].decision && v[i].direction != DIRECTION_NONE)
                return precedence[k].code;
    return EXIT_INCONCLUSIVE;
}
