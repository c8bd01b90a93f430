/* SPDX-License-Identifier: Apache-2.0
 * Who is measured next in a paired run, and when it ends. */
#include "harness/pair/trial.h"

#include "harness/measure/clock.h"
#include "harness/measure/schedule.h"
#include "harness/stats/stats.h"

#include <math.h>
#include <signal.h>

struct books {
    struct mem *m; /* of the trial */
    struct pair_trial *trial;
    const struct pair_options *o;
    const struct pair_edges *edges;
    double began;
    uint64_t generation;
    size_t *goals;   /* rounds that each track shall have */
    size_t *order;   /* of a visit to all */
    size_t finished; /* tracks that need nothing more at present */
};

static double now(const struct books *b)
{
    return b->edges->now ? b->edges->now(b->edges->ctx) : clock_seconds();
}

static bool stopped(const struct books *b)
{
    struct pair_trial *t = b->trial;
    t->interrupted = b->o->interrupted && *b->o->interrupted;
    t->out_of_time = b->o->budget_seconds > 0 && now(b) - b->began > b->o->budget_seconds;
    return t->interrupted || t->out_of_time;
}

void pair_trial_open(struct mem *m, const struct plan *plan, struct pair_trial *out)
{
    *out = (struct pair_trial){ .tracks = mem_array(m, plan->njobs, sizeof *out->tracks) };
    for (size_t i = 0; i < plan->njobs; i++)
        if (!plan->jobs[i].unsupported)
            out->tracks[out->ntracks++] =
                (struct pair_track){ .job = &plan->jobs[i], .floor = NAN, .work = { NAN, NAN } };
}

/* --- rounds -------------------------------------------------------------------------------------------------------- */

static double seconds_left(const struct books *b)
{
    double left = 0, spent = 0, rounds = 0;
    for (size_t i = 0; i < b->trial->ntracks; i++) {
        const struct pair_track *t = &b->trial->tracks[i];
        spent += t->seconds;
        rounds += (double)t->nrounds;
    }
    for (size_t i = 0; i < b->trial->ntracks; i++) {
        const struct pair_track *t = &b->trial->tracks[i];
        double each = t->nrounds ? t->seconds / (double)t->nrounds : rounds > 0 ? spent / rounds : NAN;
        if (b->goals[i] > t->nrounds && t->failure.status == STATUS_OK)
            left += (double)(b->goals[i] - t->nrounds) * each;
    }
    return left;
}

static void visit(struct books *b, struct pair_track *t)
{
    struct pair_order order = { t->job,  b->o->sides,       b->o->seed,     t->nrounds,
                                t->slow, b->o->interrupted, b->trial->asks, b->trial->nasks };
    struct pair_round round;
    double from = now(b);
    if (b->edges->progress)
        b->edges->progress(b->edges->ctx, t->job, b->finished, b->trial->ntracks, seconds_left(b));
    if (b->edges->round)
        b->edges->round(b->edges->ctx, b->m, &order, &t->pace, &round);
    else
        pair_round_run(b->m, &order, &t->pace, &round);
    t->seconds += now(b) - from;
    if (round.status == STATUS_INTERRUPTED)
        return;
    if (round.status != STATUS_OK) {
        t->failure = round;
        return;
    }
    t->cost = round.cost;
    t->rounds = mem_grow(b->m, t->rounds, &t->cap, t->nrounds + 1, sizeof *t->rounds);
    t->rounds[t->nrounds++] = round;
}

/* Rounds of all tracks below their goals, in turns, so that a bad moment is spread over all of them. */
static void reach_goals(struct books *b)
{
    for (bool more = true; more && !stopped(b);) {
        more = false;
        schedule_order(b->o->seed, b->generation++, b->order, b->trial->ntracks);
        for (size_t i = 0; i < b->trial->ntracks && !stopped(b); i++) {
            struct pair_track *t = &b->trial->tracks[b->order[i]];
            if (t->nrounds >= b->goals[b->order[i]] || t->failure.status != STATUS_OK)
                continue;
            visit(b, t);
            more = true;
        }
    }
}

/* What is to be done next; false: nothing. */
static bool set_goals(struct books *b, bool *confirming)
{
    struct mem scratch = { 0 };
    struct pair_series *s;
    size_t *which, n = pair_trial_series(&scratch, b->trial, &s, &which), wanted = 0;
    enum pair_next *next = mem_array(&scratch, n, sizeof *next);
    pair_next(&scratch, s, n, &b->o->policy, next);
    for (size_t i = 0; i < b->trial->ntracks; i++)
        b->goals[i] = 0;
    for (size_t i = 0; i < n; i++) {
        struct pair_track *t = &b->trial->tracks[which[i]];
        *confirming = *confirming || next[i] == PAIR_CONFIRM;
        size_t goal = next[i] == PAIR_MORE      ? (size_t)pair_goal(&s[i], &b->o->policy)
                      : next[i] == PAIR_CONFIRM ? t->nscreen + pair_fresh(&s[i], &b->o->policy)
                                                : 0;
        wanted += goal && !b->goals[which[i]]; /* a track counts once, whatever of it is open */
        b->goals[which[i]] = goal > b->goals[which[i]] ? goal : b->goals[which[i]];
    }
    b->finished = b->trial->ntracks - wanted;
    mem_free(&scratch);
    return wanted > 0;
}

static bool asked_for_steps(const struct pair_trial *trial, const struct pair_track *t)
{
    for (size_t i = 0; i < trial->nasks; i++)
        if (trial->asks[i].source == METRIC_STEPS && metric_concerns(&trial->asks[i], &t->job->entry))
            return true;
    return false;
}

/* Whoever was measured again is suspected of having changed: has its work? */
static void ask_witness(struct books *b, bool confirming)
{
    for (size_t i = 0; i < b->trial->ntracks && !stopped(b); i++) {
        struct pair_track *t = &b->trial->tracks[i];
        struct pair_order order = {
            .job = t->job, .sides = b->o->sides, .seed = b->o->seed, .interrupted = b->o->interrupted
        };
        bool suspect = confirming && t->nrounds > t->nscreen;
        if (!(suspect || asked_for_steps(b->trial, t)) || t->failure.status != STATUS_OK)
            continue;
        if (b->edges->witness)
            b->edges->witness(b->edges->ctx, &order, t->work);
        else
            pair_witness(&order, t->work);
    }
}

static void run_all(struct books *b)
{
    bool confirming = false;
    while (!confirming && set_goals(b, &confirming) && !stopped(b)) {
        reach_goals(b);
        for (size_t i = 0; !confirming && i < b->trial->ntracks; i++)
            b->trial->tracks[i].nscreen = b->trial->tracks[i].nrounds;
    }
    ask_witness(b, confirming);
}

void pair_trial_run(struct mem *m, struct pair_trial *trial, const struct pair_options *o,
                    const struct pair_edges *edges)
{
    static const struct pair_edges real = { 0 };
    struct books b = { .m = m, .trial = trial, .o = o, .edges = edges ? edges : &real };
    struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
    b.goals = mem_array(m, trial->ntracks, sizeof *b.goals);
    b.order = mem_array(m, trial->ntracks, sizeof *b.order);
    b.began = now(&b);
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGPIPE, &ignore, &before);
    run_all(&b);
    sigaction(SIGPIPE, &before, NULL);
    trial->seconds = now(&b) - b.began;
}

/* --- verdicts ------------------------------------------------------------------------------------------------------ */

static const char *const side_words[] = { "the baseline", "the candidate" };

static struct verdict failure_verdict(struct mem *m, const struct pair_track *t)
{
    const struct pair_round *f = &t->failure;
    return verdict_bare(t->job->bench.name, t->job->entry.threshold,
                        f->failed == PAIR_CURRENT ? DECISION_FAILED : DECISION_NEW,
                        mem_printf(m, "%s has no time: %s", side_words[f->failed],
                                   f->message ? f->message : "it failed without a word"));
}

/* Does any benchmark report it? */
static bool is_known(const struct pair_trial *trial, size_t ask)
{
    for (size_t i = 0; i < trial->ntracks; i++)
        if (pair_track_reports(&trial->tracks[i], trial, ask) != REPORTS_NEITHER)
            return true;
    return false;
}

/* What the benchmark itself said of it. */
static const char *reason_told(const struct pair_track *t, size_t ask)
{
    for (size_t i = 0; i < t->nrounds; i++)
        if (t->rounds[i].values && t->rounds[i].values[ask].why)
            return t->rounds[i].values[ask].why;
    return NULL;
}

static const char *why_silent(struct mem *m, const struct pair_track *t, const struct metric_ask *asked, size_t ask)
{
    const char *told = reason_told(t, ask);
    if (asked->source == METRIC_STEPS)
        return "instructions could not be counted: a foreign program, threads, more than 200000 of them in an "
               "iteration, no time left, or no permission to trace";
    return told ? mem_printf(m, "no benchmark reports this metric; as an event: %s", told)
                : "no benchmark reports this metric: is the name right?";
}

/* The verdict on a metric that cannot be compared; false: it can, or there is nothing to say. */
static bool silent_verdict(struct mem *m, const struct pair_trial *trial, size_t track, size_t ask, struct verdict *out)
{
    const struct pair_track *t = &trial->tracks[track];
    const struct metric_ask *a = &trial->asks[ask];
    enum pair_reports who = pair_track_reports(t, trial, ask);
    if (t->failure.status != STATUS_OK || who == REPORTS_BOTH || !metric_concerns(a, &t->job->entry) ||
        (who == REPORTS_NEITHER && is_known(trial, ask)))
        return false;
    enum decision d = who == REPORTS_BASE      ? DECISION_MISSING
                      : who == REPORTS_CURRENT ? DECISION_NEW
                                               : DECISION_INCONCLUSIVE;
    const char *why = who == REPORTS_BASE      ? "the baseline reports it, the candidate does not"
                      : who == REPORTS_CURRENT ? "the candidate reports it, the baseline does not"
                                               : why_silent(m, t, a, ask);
    *out = verdict_bare(t->job->bench.name, isnan(a->threshold) ? t->job->entry.threshold : a->threshold, d,
                        mem_printf(m, "%s: %s", a->name, why));
    pair_about(a, out);
    return true;
}

struct verdict *pair_trial_judge(struct mem *m, const struct pair_trial *trial, const struct pair_policy *policy,
                                 size_t *n, size_t **which)
{
    struct pair_series *s;
    size_t *of, judged_n = pair_trial_series(m, trial, &s, &of), most = trial->ntracks * (1 + trial->nasks);
    const struct verdict *judged = pair_verdicts(m, s, judged_n, policy);
    struct verdict *v = mem_array(m, most, sizeof *v);
    *which = mem_array(m, most, sizeof **which);
    for (*n = 0; *n < trial->ntracks; (*n)++) {
        (*which)[*n] = *n;
        if (trial->tracks[*n].failure.status != STATUS_OK)
            v[*n] = failure_verdict(m, &trial->tracks[*n]);
    }
    for (size_t i = 0; i < judged_n; i++) {
        size_t at = s[i].metric ? (*n)++ : of[i];
        v[at] = judged[i];
        (*which)[at] = of[i];
    }
    for (size_t k = 0; k < trial->nasks; k++)
        for (size_t i = 0; i < trial->ntracks; i++)
            if (silent_verdict(m, trial, i, k, &v[*n]))
                (*which)[(*n)++] = i;
    return v;
}

struct verdict *pair_trial_verdicts(struct mem *m, const struct pair_trial *trial, const struct pair_policy *policy)
{
    size_t n, *which;
    return pair_trial_judge(m, trial, policy, &n, &which);
}
