/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/pairing.h"

#include "harness/base/progress.h"
#include "harness/cli/edges.h"
#include "harness/cli/interrupt.h"
#include "harness/cli/selection.h"
#include "harness/host/host.h"
#include "harness/plan/profile.h"
#include "harness/stats/floor.h"
#include "harness/stats/stats.h"

#include <math.h>
#include <string.h>

static const double default_budget = 600;

/* --- plan ---------------------------------------------------------------------------------------------------------- */

static struct words split(struct mem *m, const char *list)
{
    struct words w = { 0 };
    char *save, *text = mem_dup(m, list);
    w.all = mem_array(m, strlen(list) + 1, sizeof *w.all);
    for (char *word = strtok_r(text, ",", &save); word; word = strtok_r(NULL, ",", &save))
        w.all[w.n++] = word;
    return w;
}

/* The suites by name come from the side's own tree, so that a benchmark that only one of them has is seen. */
static int plan_suites(struct mem *m, const struct side *s, const struct pairing_options *o, struct plan *plan,
                       const char **names, struct err *e)
{
    struct words words = split(m, o->suites ? o->suites : "core");
    struct selection select = { NULL, o->filter };
    struct host host;
    host_read(m, host_edge(), &host);
    for (size_t i = 0; i < words.n; i++)
        if (s->share && !strchr(words.all[i], '/') &&
            side_share(m, s, mem_printf(m, "suites/%s.yaml", words.all[i]), &words.all[i], e))
            return -1;
    return select_plan(m, &words, &select, fact_value(&host.facts, "cpu.model"), plan, names, e);
}

static int plan_program(struct mem *m, const struct side *s, const struct pairing_options *o, struct plan *plan,
                        const char **names, struct err *e)
{
    struct settings settings = profile_base("quick");
    *names = s->program_foreign.name;
    if (foreign_list(m, &s->program_foreign, &settings, plan, e))
        return -1;
    return o->filter ? plan_filter(plan, o->filter, e) : 0;
}

static int plan_side(struct mem *m, const struct side *s, const struct pairing_options *o, struct plan *plan,
                     const char **names, struct err *e)
{
    *plan = (struct plan){ 0 };
    return (s->foreign ? plan_program : plan_suites)(m, s, o, plan, names, e);
}

static const struct job *find_job(const struct plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->njobs; i++)
        if (!strcmp(plan->jobs[i].bench.name, name))
            return &plan->jobs[i];
    return NULL;
}

/* What BASE has and HEAD has not. A base whose suites this program cannot read says nothing of that kind. */
static void find_missing(struct mem *m, struct pairing *p, const struct pairing_options *o)
{
    struct plan base;
    const char *names;
    struct err ignored;
    if (plan_side(m, &p->side[PAIR_BASE], o, &base, &names, &ignored))
        return;
    p->missing.jobs = mem_array(m, base.njobs, sizeof *base.jobs);
    for (size_t i = 0; i < base.njobs; i++)
        if (!base.jobs[i].unsupported && !find_job(&p->plan, base.jobs[i].bench.name))
            p->missing.jobs[p->missing.njobs++] = base.jobs[i];
}

/* --- opening ------------------------------------------------------------------------------------------------------- */

static int find_sides(struct mem *m, const struct pairing_options *o, const struct words *words, struct pairing *p,
                      struct err *e)
{
    size_t named = words->n - words->rest;
    const char *typed[PAIR_SIDES] = { words->all[0], named > 1 ? words->all[1] : "." };
    for (int i = 0; i < PAIR_SIDES; i++)
        if (side_find(m, typed[i], &o->how, words, &p->side[i], e))
            return -1;
    if (p->side[0].foreign != p->side[1].foreign)
        return err_set(e, EXIT_USAGE,
                       "one of '%s' and '%s' is a kernmark and the other is not: they have no benchmark "
                       "in common",
                       typed[0], typed[1]);
    return 0;
}

/* What was asked for, and what the suites want. The instructions of a worker are counted by steps; a foreign program
 * counts its own, or nobody does. */
static int ask_metrics(struct mem *m, const struct pairing_options *o, struct pairing *p, struct err *e)
{
    struct asking all = o->metrics;
    for (size_t i = 0; i < p->plan.njobs && !o->no_suite_metrics; i++)
        if (asking_add_entry(m, &p->plan.jobs[i].entry, &all, e))
            return -1;
    for (size_t i = 0; i < all.n; i++)
        if (!p->side[PAIR_CURRENT].foreign &&
            (!strcmp(all.all[i].name, "instructions") || !strcmp(all.all[i].name, "instructions-stepped")))
            all.all[i].source = METRIC_STEPS;
    p->trial.asks = all.all;
    p->trial.nasks = all.n;
    return 0;
}

int pairing_open(struct mem *m, const struct pairing_options *o, const struct words *words, struct pairing *out,
                 struct err *e)
{
    *out = (struct pairing){ .filter = o->filter, .started = wall_clock() };
    host_read(m, host_edge(), &out->host);
    if (asking_directed(m, &o->metrics, e) || find_sides(m, o, words, out, e) ||
        plan_side(m, &out->side[PAIR_CURRENT], o, &out->plan, &out->suites, e))
        return -1;
    if (!out->plan.njobs)
        return err_set(e, EXIT_USAGE, "no benchmark matches '%s'", o->filter ? o->filter : "");
    find_missing(m, out, o);
    for (int i = 0; i < PAIR_SIDES; i++)
        if (side_open(m, &out->side[i], &out->runs[i], e))
            return -1;
    if (base_clock())
        out->runs[PAIR_BASE].edges.fake_clock = base_clock();
    out->identical = !base_clock() && *out->side[0].code && !strcmp(out->side[0].code, out->side[1].code);
    out->options = (struct pair_options){ .sides = out->runs,
                                          .policy = pair_policy_default,
                                          .seed = o->seed ? o->seed : new_seed(),
                                          .budget_seconds = o->budget > 0 ? (double)o->budget : default_budget };
    out->options.policy.rule.threshold = o->threshold > 0 ? o->threshold : NAN;
    out->options.policy.rule.strict = o->strict;
    pair_trial_open(m, &out->plan, &out->trial);
    for (size_t i = 0; i < out->trial.ntracks; i++)
        out->trial.tracks[i].identical = out->identical;
    return ask_metrics(m, o, out, e);
}

/* --- running ------------------------------------------------------------------------------------------------------- */

static void show(void *ctx, const struct job *job, size_t settled, size_t total, double seconds_left)
{
    progress_show(ctx, job->bench.name, settled, total, seconds_left);
}

/* A side of the trial as a run, as far as tables need one. */
static void as_run(struct mem *m, const struct pairing *p, int side, struct run *out)
{
    out->suites = p->side[side].label;
    out->commit = p->side[side].commit;
    out->results = mem_array(m, p->trial.ntracks, sizeof *out->results);
    for (size_t i = 0; i < p->trial.ntracks; i++)
        out->results[out->nresults++] = (struct result){ .position = (int)i,
                                                         .bench = p->trial.tracks[i].job->bench,
                                                         .entry = p->trial.tracks[i].job->entry,
                                                         .cost = p->trial.tracks[i].cost };
}

static void judge_trial(struct mem *m, struct pairing *p)
{
    struct judging *j = &p->judging;
    const struct verdict *v = pair_trial_judge(m, &p->trial, &p->options.policy, &p->ntracks, &p->tracks);
    *j = (struct judging){ .threshold = p->options.policy.rule.threshold, .strict = p->options.policy.rule.strict };
    as_run(m, p, PAIR_BASE, &j->base);
    as_run(m, p, PAIR_CURRENT, &j->current);
    j->verdicts = mem_array(m, p->ntracks + p->missing.njobs, sizeof *j->verdicts);
    for (size_t i = 0; i < p->ntracks; i++)
        j->verdicts[j->n++] = v[i];
    for (size_t i = 0; i < p->missing.njobs; i++)
        j->verdicts[j->n++] = verdict_bare(p->missing.jobs[i].bench.name, p->missing.jobs[i].entry.threshold,
                                           DECISION_MISSING, "the baseline has it, the candidate does not");
}

void pairing_run(struct mem *m, struct pairing *p)
{
    struct progress progress;
    p->options.interrupted = interrupt_watch();
    progress_init(&progress);
    pair_trial_run(m, &p->trial, &p->options, &(struct pair_edges){ .ctx = &progress, .progress = show });
    progress_clear(&progress);
    judge_trial(m, p);
}

void pairing_close(struct pairing *p)
{
    for (int i = 0; i < PAIR_SIDES; i++)
        side_close(&p->side[i]);
}

/* --- the store ----------------------------------------------------------------------------------------------------- */

int pairing_learn(struct mem *m, struct store *s, struct pairing *p, struct err *e)
{
    struct noise_point *points;
    size_t n;
    if (store_host_id(s, p->host.fingerprint, &p->host.id, e))
        return e->kind == EXIT_USAGE ? 0 : -1; /* no run of this machine was stored yet */
    if (store_load_noise_points(s, m, p->host.id, FLOOR_KEPT, &points, &n, e))
        return -1;
    struct floors floors = floors_of(m, points, n);
    for (size_t i = 0; i < p->trial.ntracks; i++)
        p->trial.tracks[i].floor = floor_of(m, &floors, &p->trial.tracks[i].job->bench, NULL);
    return 0;
}

static const struct pair_value *value_of(const struct pairing *p, const struct pair_round *round, const char *metric)
{
    for (size_t i = 0; metric && i < p->trial.nasks && round->values; i++)
        if (p->trial.asks[i].source != METRIC_STEPS && !strcmp(p->trial.asks[i].name, metric))
            return &round->values[i];
    return NULL;
}

/* The rounds of a metric that has some. */
static void metric_rounds(const struct pairing *p, const struct pair_track *t, struct paired_result *r)
{
    bool any = false;
    for (size_t i = 0; i < t->nrounds; i++) {
        const struct pair_value *v = value_of(p, &t->rounds[i], r->verdict.metric);
        any |= v != NULL;
        if (v)
            r->rounds[i] = (struct paired_values){ v->d, v->side[PAIR_BASE], v->side[PAIR_CURRENT] };
    }
    if (!any)
        r->nrounds = r->screening = 0;
}

static struct paired_result as_result(struct mem *m, const struct pairing *p, const struct pair_track *t,
                                      const struct verdict *v)
{
    struct paired_result r = { .bench = t->job->bench,
                               .verdict = *v,
                               .rounds = mem_array(m, t->nrounds, sizeof *r.rounds),
                               .nrounds = t->nrounds,
                               .screening = t->nscreen };
    for (size_t i = 0; i < t->nrounds; i++)
        r.rounds[i] = (struct paired_values){ t->rounds[i].d, t->rounds[i].side[PAIR_BASE].median,
                                              t->rounds[i].side[PAIR_CURRENT].median };
    if (v->metric)
        metric_rounds(p, t, &r);
    return r;
}

static struct paired_side as_side(const struct side *s)
{
    return (struct paired_side){ s->label, s->commit, *s->code ? s->code : NULL };
}

static struct noise_point noise_of(struct mem *m, const struct pair_track *t, double change)
{
    size_t kept;
    double *d = mem_array(m, t->nrounds, sizeof *d);
    for (size_t i = 0; i < t->nrounds; i++)
        d[i] = t->rounds[i].d;
    d = stats_sorted(m, d, t->nrounds, &kept);
    return (struct noise_point){ t->job->bench, change, stats_median_error(m, d, kept), t->nrounds };
}

static int store_noise_of(struct mem *m, struct store *s, const struct pairing *p, struct err *e)
{
    struct noise_point *points = mem_array(m, p->trial.ntracks, sizeof *points);
    size_t n = 0;
    for (size_t i = 0; i < p->trial.ntracks; i++) {
        double change = log(p->judging.verdicts[i].cmp.ratio);
        if (isfinite(change))
            points[n++] = noise_of(m, &p->trial.tracks[i], change);
    }
    return store_noise_points(s, &p->host, points, n, e);
}

int pairing_store(struct mem *m, struct store *s, struct pairing *p, struct err *e)
{
    const struct judging *j = &p->judging;
    struct paired_run run = { .uuid = new_uuid(m, p->options.seed),
                              .started = p->started,
                              .finished = wall_clock(),
                              .state = p->trial.interrupted ? RUN_INTERRUPTED : RUN_COMPLETE,
                              .base = as_side(&p->side[PAIR_BASE]),
                              .current = as_side(&p->side[PAIR_CURRENT]),
                              .suites = p->suites,
                              .filter = p->filter,
                              .command = p->command,
                              .version = build_version(),
                              .seed = p->options.seed,
                              .host = p->host,
                              .results = mem_array(m, j->n, sizeof *run.results) };
    for (size_t i = 0; i < p->ntracks; i++)
        run.results[run.nresults++] = as_result(m, p, &p->trial.tracks[p->tracks[i]], &j->verdicts[i]);
    for (size_t i = 0; i < p->missing.njobs; i++)
        run.results[run.nresults++] =
            (struct paired_result){ .bench = p->missing.jobs[i].bench, .verdict = j->verdicts[p->ntracks + i] };
    if (store_trial(s, &run, e))
        return -1;
    return p->identical ? store_noise_of(m, s, p, e) : 0;
}
