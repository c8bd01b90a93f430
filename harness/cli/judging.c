/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/judging.h"

#include "harness/base/buf.h"
#include "harness/base/filter.h"
#include "harness/cli/ancestry.h"
#include "harness/cli/edges.h"
#include "harness/host/fitness.h"
#include "harness/stats/changepoint.h"

#include <ctype.h>
#include <fnmatch.h>
#include <string.h>

enum { NOISE_RUNS = 20 };

static bool has_suite(const struct run *r, const char *suite)
{
    for (size_t i = 0; i < r->nresults; i++)
        if (!strcmp(r->results[i].entry.suite, suite))
            return true;
    return false;
}

/* What the current run was not asked for is not missing from it: other suites, and names its filter left out. */
static int leave_out_unasked(struct run *base, const struct run *current, struct err *e)
{
    struct name_filter filter;
    size_t kept = 0;
    if (!current->id)
        return 0; /* files were asked for as they are */
    if (filter_init(&filter, current->filter, e))
        return -1;
    for (size_t i = 0; i < base->nresults; i++) {
        const struct result *r = &base->results[i];
        if (filter_keeps(&filter, r->bench.name) && has_suite(current, r->entry.suite))
            base->results[kept++] = *r;
    }
    base->nresults = kept;
    filter_release(&filter);
    return 0;
}

/* Settings that differ explain a change of either direction. */
static void fitness_of_sides(struct mem *m, struct judging *j)
{
    const char *differs = host_state_differs(m, &j->base.after, &j->current.before);
    j->unfit_base = host_state_verdict(m, &j->base.before, &j->base.after);
    j->unfit_current = host_state_verdict(m, &j->current.before, &j->current.after);
    if (differs && !j->unfit_base)
        j->unfit_base = differs;
    if (differs && !j->unfit_current)
        j->unfit_current = differs;
}

/* --- accepted changes ------------------------------------------------------------------------------------------------ */

bool accepted_matches(const struct acceptance *a, const char *name)
{
    return !fnmatch(a->pattern, name, FNM_NOESCAPE);
}

static const struct level *level_of(const struct judging *j, const char *name)
{
    for (size_t i = 0; i < j->nlevels; i++)
        if (!strcmp(j->levels[i].name, name))
            return &j->levels[i];
    return NULL;
}

const struct run *judging_base(const struct judging *j, const char *name)
{
    const struct level *l = level_of(j, name);
    return l ? l->run : &j->base;
}

static const struct result *measured_in(const struct run *run, const struct bench *bench)
{
    for (size_t i = 0; i < run->nresults; i++) {
        const struct result *r = &run->results[i];
        if (r->status == STATUS_OK && !strcmp(r->bench.name, bench->name) && !strcmp(r->bench.hash, bench->hash))
            return r;
    }
    return NULL;
}

/* The accepted run's results take the place of the baseline's. The latest acceptance comes last and counts. */
static void raise_level(struct judging *j, const struct acceptance *a, const struct run *run)
{
    for (size_t i = 0; i < j->base.nresults; i++) {
        struct result *r = &j->base.results[i];
        const struct result *now = accepted_matches(a, r->bench.name) ? measured_in(run, &r->bench) : NULL;
        if (!now)
            continue;
        *r = *now;
        struct level *l = (struct level *)(size_t)level_of(j, r->bench.name);
        if (!l)
            l = &j->levels[j->nlevels++];
        *l = (struct level){ r->bench.name, run, a };
    }
}

/* Is it about a change between the baseline and the current run? */
static bool concerns(const struct acceptance *a, const struct judging *j)
{
    return a->run_started > j->base.started && a->run_started <= j->current.started;
}

static bool is_over(const struct acceptance *a)
{
    return a->expires < wall_clock(); /* NAN never is */
}

static int heed_accepted(struct store *s, struct mem *m, struct judging *j, const struct acceptance *a, size_t n,
                         struct err *e)
{
    j->levels = mem_array(m, j->base.nresults + 1, sizeof *j->levels);
    for (size_t i = 0; i < n; i++) {
        struct run *run = mem_alloc(m, sizeof *run);
        if (!concerns(&a[i], j) || is_over(&a[i]))
            continue;
        if (store_load(s, m, a[i].run_id, run, e))
            return -1;
        raise_level(j, &a[i], run);
    }
    return 0;
}

static void tell_level(struct mem *m, const struct judging *j, const struct level *l, struct verdict *v)
{
    if (l->run->id == j->current.id && v->decision != DECISION_FAILED)
        v->decision = DECISION_EQUIVALENT; /* a run cannot be slower than itself, however noisy it was */
    v->reason = mem_printf(m, "%s; against the level of run %lld, accepted%s%s: %s", v->reason, (long long)l->run->id,
                           l->accepted->author ? " by " : "", l->accepted->author ? l->accepted->author : "",
                           l->accepted->reason);
}

static void tell_accepted(struct mem *m, struct judging *j, const struct acceptance *a, size_t n)
{
    for (size_t i = 0; i < j->n; i++) {
        struct verdict *v = &j->verdicts[i];
        const struct level *l = level_of(j, v->cmp.name);
        if (l)
            tell_level(m, j, l, v);
        for (size_t k = 0; k < n && v->decision != DECISION_EQUIVALENT; k++)
            if (is_over(&a[k]) && concerns(&a[k], j) && accepted_matches(&a[k], v->cmp.name))
                v->reason =
                    mem_printf(m, "%s; acceptance %lld (%s) has expired", v->reason, (long long)a[k].id, a[k].reason);
    }
}

/* Noise is scatter about a level. Where the accepted change is too young to be seen among the runs, the scatter over the
 * suite has to do. */
static void take_levels_out(struct mem *m, const struct judging *j, struct history_noise *noise, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t steps;
        noise[i].medians = stats_unstepped(m, noise[i].medians, noise[i].n, &steps);
        if (!steps && level_of(j, noise[i].name))
            noise[i].n = 0;
    }
}

/* --- judging --------------------------------------------------------------------------------------------------------- */

int judge_runs(struct store *s, struct mem *m, struct judging *j, struct err *e)
{
    struct acceptance *accepted = NULL;
    size_t naccepted = 0;
    struct history_noise *noise = NULL;
    size_t nnoise = 0;
    if (leave_out_unasked(&j->base, &j->current, e))
        return -1;
    for (size_t i = 0; i < j->current.nresults; i++)
        if (asking_add_entry(m, &j->current.results[i].entry, &j->metrics, e))
            return -1;
    if (s &&
        store_noise(s, m, j->current.host.id, j->current.build.hash, j->current.id, NOISE_RUNS, &noise, &nnoise, e))
        return -1;
    if (s && j->accept &&
        (store_accepted(s, m, j->current.host.id, &accepted, &naccepted, e) ||
         heed_accepted(s, m, j, accepted, naccepted, e)))
        return -1;
    take_levels_out(m, j, noise, nnoise);
    fitness_of_sides(m, j);
    struct policy policy = policy_default;
    policy.unfit_base = j->unfit_base;
    policy.unfit_current = j->unfit_current;
    policy.threshold = j->threshold;
    policy.strict = j->strict;
    policy.asks = j->metrics.all;
    policy.nasks = j->metrics.n;
    j->verdicts = judge(m, &j->base, &j->current, noise, nnoise, &policy, &j->n);
    tell_accepted(m, j, accepted, naccepted);
    return 0;
}

int baseline_find(struct store *s, struct mem *m, const char *name, int64_t host_id, bool *found, struct run *out,
                  struct err *e)
{
    struct baseline *all;
    size_t n;
    *found = false;
    if (store_baselines(s, m, &all, &n, e))
        return -1;
    for (size_t i = 0; i < n && !*found; i++)
        if (all[i].host_id == host_id && !strcmp(all[i].name, name)) {
            *found = true;
            if (store_load(s, m, all[i].run_id, out, e))
                return -1;
        }
    return 0;
}

/* "default/core,decode" in the letters that a baseline's name may have. */
static const char *own_name(struct mem *m, const char *suites)
{
    enum { SUITES_KEPT = 48 };
    char *name = mem_printf(m, STORE_BASELINE "/%.*s", SUITES_KEPT, suites ? suites : "");
    for (char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("._/+-", *p))
            *p = '+';
    return name;
}

static bool shares_suite(const struct run *a, const struct run *b)
{
    for (size_t i = 0; i < a->nresults; i++)
        if (has_suite(b, a->results[i].entry.suite))
            return true;
    return false;
}

int baseline_for(struct store *s, struct mem *m, const struct run *current, const char **name, bool *found,
                 struct run *out, struct err *e)
{
    if (*name)
        return baseline_find(s, m, *name, current->host.id, found, out, e);
    const char *own = own_name(m, current->suites);
    *name = own;
    if (baseline_find(s, m, own, current->host.id, found, out, e) || *found)
        return *found ? 0 : -1;
    *name = STORE_BASELINE;
    if (baseline_find(s, m, *name, current->host.id, found, out, e))
        return -1;
    if (*found && !shares_suite(current, out)) {
        *found = false;
        *name = own;
    }
    return 0;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

/* The run of the nearest ancestor. A dirty run's own commit is its nearest; a clean one is not judged against itself. */
static int nearest_run(struct store *s, struct mem *m, const struct run *current, int64_t *id, struct err *e)
{
    struct run *fit;
    size_t n;
    *id = 0;
    if (store_fit_runs(s, m, current->host.id, &fit, &n, e))
        return -1;
    const char **line = ancestors(m, current->commit.hash);
    for (size_t k = current->commit.dirty ? 0 : 1; line[0] && line[k] && !*id; k++)
        for (size_t i = 0; i < n && !*id; i++)
            if (!strcmp(fit[i].commit.hash, line[k]) && fit[i].id != current->id &&
                same_text(fit[i].suites, current->suites) && same_text(fit[i].profile, current->profile))
                *id = fit[i].id;
    return 0;
}

int baseline_choose(struct store *s, struct mem *m, struct judging *j, const char **name, bool *found, struct err *e)
{
    bool typed = *name != NULL;
    int64_t id;
    if (baseline_for(s, m, &j->current, name, found, &j->base, e))
        return -1;
    if (typed || !*found || kinship(m, j->base.commit.hash, j->current.commit.hash) != KIN_NONE)
        return 0;
    const char *not_ancestor = mem_printf(m, "Baseline '%s' (run %lld, commit %.10s) is no ancestor of commit %.10s",
                                          *name, (long long)j->base.id, j->base.commit.hash, j->current.commit.hash);
    if (nearest_run(s, m, &j->current, &id, e))
        return -1;
    if (!id) {
        j->note = mem_printf(m, "%s, but no ancestor was measured on this host", not_ancestor);
        return 0;
    }
    if (store_load(s, m, id, &j->base, e))
        return -1;
    j->note = mem_printf(m, "%s: the nearest one measured here is run %lld, commit %.10s", not_ancestor, (long long)id,
                         j->base.commit.hash);
    return 0;
}

static int follows(struct store *s, struct mem *m, const char *name, int64_t host_id, bool *yes, struct err *e)
{
    struct baseline *all;
    size_t n;
    *yes = false;
    if (store_baselines(s, m, &all, &n, e))
        return -1;
    for (size_t i = 0; i < n; i++)
        *yes |= all[i].host_id == host_id && !strcmp(all[i].name, name) && all[i].follows;
    return 0;
}

int baseline_advance(struct store *s, struct mem *m, const char *name, const struct run *current, bool *moved,
                     struct err *e)
{
    if (follows(s, m, name, current->host.id, moved, e))
        return -1;
    *moved = *moved && !current->filter && !current->commit.dirty;
    return *moved ? store_baseline_follow(s, name, current->id, NULL, e) : 0;
}

static const char *describe(struct mem *m, const struct run *r)
{
    if (!r->id)
        return r->suites ? r->suites : "a file";
    if (!r->commit.hash)
        return mem_printf(m, "run %lld", (long long)r->id);
    return mem_printf(m, "run %lld at commit %.10s%s", (long long)r->id, r->commit.hash,
                      r->commit.dirty ? " (with local changes)" : "");
}

const char *verdict_sentence(struct mem *m, const struct judging *j)
{
    static const char *const outcome[] = {
        [EXIT_PASS] = "PASS",           [EXIT_REGRESSION] = "REGRESSION",   [EXIT_INCONCLUSIVE] = "INCONCLUSIVE",
        [EXIT_BENCH_FAILED] = "FAILED", [EXIT_ENVIRONMENT] = "ENVIRONMENT",
    };
    size_t count[DECISION_NEW + 1] = { 0 };
    for (size_t i = 0; i < j->n; i++)
        count[j->verdicts[i].decision]++;
    struct buf b = { 0 };
    buf_printf(&b, "%s:", outcome[verdict_exit(j->verdicts, j->n)]);
    const char *separator = " ";
    for (int d = 0; d <= DECISION_NEW; d++)
        if (count[d]) {
            buf_printf(&b, "%s%zu ", separator, count[d]);
            for (const char *p = decision_name((enum decision)d); *p; p++)
                buf_putc(&b, (char)tolower((unsigned char)*p));
            separator = ", ";
        }
    buf_printf(&b, "%s against %s", j->n ? "" : " nothing to compare", describe(m, &j->base));
    const char *text = mem_dup(m, buf_text(&b));
    buf_free(&b);
    return text;
}
