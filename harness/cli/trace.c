/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/trace.h"

#include "harness/base/buf.h"
#include "harness/cli/ancestry.h"
#include "harness/cli/judging.h"
#include "harness/host/host.h"
#include "harness/stats/changepoint.h"

#include <math.h>
#include <string.h>

static double *medians_of(struct mem *m, const struct series *s)
{
    double *x = mem_array(m, s->n + 1, sizeof *x);
    for (size_t i = 0; i < s->n; i++)
        x[i] = s->points[i].status == STATUS_OK ? s->points[i].median : NAN;
    return x;
}

/* --- who did it ----------------------------------------------------------------------------------------------------- */

static const char *named(struct mem *m, const struct commit *c)
{
    return c->subject ? mem_printf(m, "%.10s '%s'", c->hash, host_clean_text(m, c->subject))
                      : mem_printf(m, "%.10s", c->hash);
}

static const char *one_of(struct mem *m, struct step *s)
{
    size_t n;
    const struct commit *all = commits_between(m, s->before.hash, s->commit.hash, false, &n);
    s->candidates = n;
    if (n == 1) {
        s->first_bad = all->hash;
        s->subject = all->subject;
        return mem_printf(m, "first bad commit %s", named(m, all));
    }
    if (!n)
        return mem_printf(m, "between commits %.10s and %.10s", s->before.hash, s->commit.hash);
    return mem_printf(m, "one of %zu commits up to %s; `kernmark bisect %.10s %.10s` finds it", n, named(m, &s->commit),
                      s->before.hash, s->commit.hash);
}

/* The commit between the last good and the first bad measured one, as far as it can be told. */
static const char *tell_origin(struct mem *m, struct step *s)
{
    if (!s->before.hash || !s->commit.hash)
        return "the commits are not known";
    if (!strcmp(s->before.hash, s->commit.hash))
        return s->before.dirty || s->commit.dirty ? "changes that were not committed"
                                                  : "the same commit: not the code, but the machine or the build";
    switch (kinship(m, s->before.hash, s->commit.hash)) {
    case KIN_NONE:
        return mem_printf(m, "%.10s does not descend from %.10s: two branches", s->commit.hash, s->before.hash);
    case KIN_ANCESTOR:
        return one_of(m, s);
    default:
        return mem_printf(m, "between commits %.10s and %s", s->before.hash, named(m, &s->commit));
    }
}

static const struct acceptance *accepted_between(const struct trace *t, const char *name, double from, double to)
{
    for (size_t i = t->naccepted; i-- > 0;) {
        const struct acceptance *a = &t->accepted[i];
        if (accepted_matches(a, name) && a->run_started >= from && a->run_started < to)
            return a;
    }
    return NULL;
}

static void add_steps(struct mem *m, const struct series *s, const struct stats_change *c, size_t n, struct trace *t,
                      size_t *cap)
{
    for (size_t i = 0; i < n; i++) {
        const struct point *old = &s->points[c[i].before], *new = &s->points[c[i].at];
        struct step step = { .name = s->name,
                             .before_run = old->run_id,
                             .run_id = new->run_id,
                             .before = old->commit,
                             .commit = new->commit,
                             .change = c[i].change,
                             .low = c[i].low,
                             .high = c[i].high,
                             .p = c[i].p };
        double end = i + 1 < n ? s->points[c[i + 1].at].started : INFINITY;
        step.accepted = accepted_between(t, s->name, new->started, end);
        step.origin = tell_origin(m, &step);
        if (strcmp(old->build_hash, new->build_hash) != 0)
            step.origin = mem_printf(m, "%s (compiler, flags or libraries changed too)", step.origin);
        t->steps = mem_grow(m, t->steps, cap, t->nsteps + 1, sizeof *t->steps);
        t->steps[t->nsteps++] = step;
    }
}

/* --- creep ---------------------------------------------------------------------------------------------------------- */

/* Where creep is measured from: a run by number, or a commit and what it has behind it. */
struct origin {
    int64_t run_id;
    const char *label;
    const char **commits; /* NULL-terminated; NULL: run_id counts */
};

static bool listed(const char **commits, const char *hash)
{
    for (; hash && *commits; commits++)
        if (!strcmp(*commits, hash))
            return true;
    return false;
}

static bool belongs(const struct origin *o, const struct point *p)
{
    return o->commits ? listed(o->commits, p->commit.hash) : p->run_id == o->run_id;
}

/* The last point of the series that belongs to it. */
static bool place(const struct series *s, const struct origin *o, size_t *at)
{
    for (size_t i = s->n; i-- > 0;)
        if (belongs(o, &s->points[i])) {
            *at = i;
            return true;
        }
    return false;
}

/* From the strongest claim to the weakest. */
struct origins {
    struct origin all[3];
    size_t n;
};

static int named_origin(struct store *s, struct mem *m, int64_t host_id, const char *since, struct origins *out,
                        struct err *e)
{
    const char *hash = commit_hash(m, since);
    struct origin o = { 0, since, hash ? ancestors(m, hash) : NULL };
    if (!hash && store_find(s, since, host_id, &o.run_id, e))
        return -1;
    out->all[out->n++] = o;
    return 0;
}

static int usual_origins(struct store *s, struct mem *m, int64_t host_id, struct origins *out, struct err *e)
{
    const char *release = last_release(m);
    struct baseline *all;
    size_t n;
    if (release && named_origin(s, m, host_id, release, out, e))
        return -1;
    if (store_baselines(s, m, &all, &n, e))
        return -1;
    for (size_t i = 0; i < n; i++)
        if (all[i].host_id == host_id && !strcmp(all[i].name, STORE_BASELINE) && !all[i].follows)
            out->all[out->n++] = (struct origin){ all[i].run_id, "baseline " STORE_BASELINE, NULL };
    return 0;
}

static size_t count_commits(const struct series *s, size_t from)
{
    size_t n = 0;
    for (size_t i = from + 1; i < s->n; i++) {
        const char *now = s->points[i].commit.hash, *last = s->points[i - 1].commit.hash;
        n += now && (!last || strcmp(now, last) != 0);
    }
    return n;
}

/* An accepted change begins a new level; anything before it no longer counts. */
static const struct acceptance *last_accepted(const struct trace *t, const struct series *s)
{
    return s->n ? accepted_between(t, s->name, s->points[0].started, INFINITY) : NULL;
}

static size_t creep_origin(struct mem *m, const struct series *s, const struct origins *origins, const struct trace *t,
                           const char **since)
{
    size_t at = 0;
    const struct acceptance *a = last_accepted(t, s);
    *since = "the first run shown";
    if (a && place(s, &(struct origin){ a->run_id, NULL, NULL }, &at)) {
        *since = mem_printf(m, "accepted run %lld", (long long)a->run_id);
    } else {
        for (size_t i = 0; i < origins->n; i++)
            if (place(s, &origins->all[i], &at)) {
                *since = origins->all[i].label;
                break;
            }
    }
    return at;
}

/* What one step explains is no creep. */
static void add_creep(struct mem *m, const struct series *s, const struct origins *origins, struct trace *t,
                      size_t *cap, const struct stats_change *steps, size_t nsteps)
{
    const char *since;
    const double *x = medians_of(m, s);
    size_t at = creep_origin(m, s, origins, t, &since);
    struct stats_creep c = stats_creep(m, x, s->n, at);
    if (!c.alarm || !stats_is_gradual(m, x, s->n, at, steps, nsteps))
        return;
    t->creeps = mem_grow(m, t->creeps, cap, t->ncreeps + 1, sizeof *t->creeps);
    t->creeps[t->ncreeps++] = (struct creep){ s->name, since, c.change, count_commits(s, at) };
}

int trace_history(struct store *s, struct mem *m, int64_t host_id, const struct series *series, size_t n,
                  const char *since, struct trace *out, struct err *e)
{
    struct origins origins = { 0 };
    size_t steps_cap = 0, creeps_cap = 0;
    *out = (struct trace){ 0 };
    if (store_accepted(s, m, host_id, &out->accepted, &out->naccepted, e) ||
        (since ? named_origin(s, m, host_id, since, &origins, e) : usual_origins(s, m, host_id, &origins, e)))
        return -1;
    for (size_t i = 0; i < n; i++) {
        size_t nsteps;
        const struct stats_change *steps = stats_changes(m, medians_of(m, &series[i]), series[i].n, NULL, &nsteps);
        add_steps(m, &series[i], steps, nsteps, out, &steps_cap);
        add_creep(m, &series[i], &origins, out, &creeps_cap, steps, nsteps);
    }
    return 0;
}

/* --- in words ------------------------------------------------------------------------------------------------------- */

const char *trace_text(struct mem *m, const struct trace *t)
{
    struct buf b = { 0 };
    for (size_t i = 0; i < t->nsteps; i++) {
        const struct step *s = &t->steps[i];
        buf_printf(&b, "%s: step %+.1f%% (%+.1f%% to %+.1f%%) at run %lld: %s", host_clean_text(m, s->name),
                   100 * s->change, 100 * s->low, 100 * s->high, (long long)s->run_id, s->origin);
        if (s->accepted)
            buf_printf(&b, "; accepted: %s", host_clean_text(m, s->accepted->reason));
        buf_putc(&b, '\n');
    }
    for (size_t i = 0; i < t->ncreeps; i++)
        buf_printf(&b, "%s: creep since %s: %+.1f%% over %zu commit%s\n", host_clean_text(m, t->creeps[i].name),
                   t->creeps[i].since, 100 * t->creeps[i].change, t->creeps[i].commits,
                   t->creeps[i].commits == 1 ? "" : "s");
    if (!t->nsteps && !t->ncreeps)
        buf_puts(&b, "No lasting step and no creep.\n");
    const char *text = mem_dup(m, buf_text(&b));
    buf_free(&b);
    return text;
}
