/* SPDX-License-Identifier: Apache-2.0
 * Metrics of stored results: values, and what can be made of them. */
#include "harness/stats/metric_case.h"

#include "harness/stats/rounds.h"
#include "harness/stats/stats.h"

#include <math.h>
#include <string.h>

/* One side. */
struct side {
    const struct result *r;
    const char *unit;
    double *x; /* sorted */
    size_t n;
    bool exact; /* by its nature */
};

static const struct metric *find(const struct result *r, const char *name)
{
    for (size_t i = 0; i < r->nmetrics; i++)
        if (!strcmp(r->metrics[i].name, name) && isfinite(r->metrics[i].value))
            return &r->metrics[i];
    return NULL;
}

static void take_counter(struct mem *m, const char *name, struct side *s)
{
    const struct metric *metric = find(s->r, name);
    if (!metric && !strcmp(name, "instructions"))
        metric = find(s->r, "instructions-stepped");
    if (!metric)
        return;
    s->unit = metric->unit;
    s->exact = metric_exact(metric->name);
    s->x = stats_sorted(m, metric->rounds, metric->nrounds, &s->n);
    if (!s->n) { /* of an older store: only their mean was kept */
        s->x = mem_alloc(m, sizeof *s->x);
        s->x[s->n++] = metric->value;
    }
}

static void take_rate(struct mem *m, const char *name, struct side *s)
{
    double work = metric_work(name, &s->r->cost);
    s->unit = metric_rate_unit(name);
    if (isnan(work))
        return;
    s->x = rounds_medians(m, s->r->samples, s->r->nsamples, s->r->rounds, s->r->nrounds, &s->n);
    for (size_t i = 0; i < s->n; i++)
        s->x[i] = work / s->x[i];
    s->x = stats_sorted(m, s->x, s->n, &s->n);
}

static struct side side_of(struct mem *m, const struct metric_ask *ask, const struct result *r)
{
    struct side s = { .r = r };
    if (ask->source == METRIC_RATE)
        take_rate(m, ask->name, &s);
    else
        take_counter(m, ask->name, &s);
    return s;
}

static bool constant(const struct side *s)
{
    return s->n && s->x[0] == s->x[s->n - 1];
}

/* Do all rounds of each side agree, and would further ones? */
static bool is_exact(const struct side *a, const struct side *b)
{
    if (!constant(a) || !constant(b))
        return false;
    return (a->n > 1 && b->n > 1) || (a->exact && b->exact) || a->x[0] == b->x[0];
}

/* A result that the comparison of times can read. */
static const struct result *as_times(struct mem *m, const struct side *s, enum direction d)
{
    struct result *r = mem_alloc(m, sizeof *r);
    *r = *s->r;
    r->nsamples = r->nrounds = s->n;
    r->samples = mem_array(m, s->n, sizeof *r->samples);
    r->rounds = mem_array(m, s->n, sizeof *r->rounds);
    for (size_t i = 0; i < s->n; i++) {
        r->samples[i] = metric_worse(d) > 0 ? s->x[i] : 1 / s->x[i];
        r->rounds[i] = (struct round){ .first = i, .count = 1, .iterations = 1, .cpu_seconds = NAN };
    }
    return r;
}

static const char *lacking(struct mem *m, const struct metric_ask *ask, const struct side *a, const struct side *b)
{
    if (a->x[0] <= 0 || b->x[0] <= 0)
        return "some of its values are 0 or below and they differ between rounds, so there is no ratio; `kernmark ab` "
               "compares it round by round";
    if (ask->source != METRIC_RATE && (a->n < 2 || b->n < 2))
        return mem_printf(
            m,
            "%zu and %zu values are stored: at least 2 a side are needed to know how it scatters; measure "
            "both sides with repetitions",
            a->n, b->n);
    return NULL;
}

struct metric_case metric_case_of(struct mem *m, const struct metric_ask *ask, const struct result *base,
                                  const struct result *current)
{
    struct side a = side_of(m, ask, base), b = side_of(m, ask, current);
    struct metric_case c = { .unit = b.unit ? b.unit : a.unit,
                             .direction = ask->direction,
                             .base = stats_median(a.x, a.n),
                             .current = stats_median(b.x, b.n),
                             .base_rounds = a.n,
                             .current_rounds = b.n };
    if (c.direction == DIRECTION_UNKNOWN)
        c.direction = metric_direction(ask->name, c.unit);
    if (!a.n || !b.n) {
        c.evidence = a.n ? EVIDENCE_BASE : b.n ? EVIDENCE_CURRENT : EVIDENCE_NONE;
        return c;
    }
    c.evidence = is_exact(&a, &b) && ask->source != METRIC_RATE ? EVIDENCE_EXACT : EVIDENCE_ROUNDS;
    c.why = c.evidence == EVIDENCE_ROUNDS ? lacking(m, ask, &a, &b) : NULL;
    if (c.why)
        c.evidence = EVIDENCE_LACKING;
    if (c.evidence != EVIDENCE_ROUNDS)
        return c;
    c.as_base = as_times(m, &a, c.direction);
    c.as_current = as_times(m, &b, c.direction);
    return c;
}
