/* SPDX-License-Identifier: Apache-2.0
 * Runs a plan: visits the unfinished jobs in random order, generation after generation, and keeps the books. */
#include "harness/measure/runner.h"

#include "harness/measure/clock.h"
#include "harness/measure/schedule.h"
#include "harness/measure/turn.h"
#include "harness/stats/metric.h"
#include "harness/stats/summary.h"

#include <math.h>
#include <signal.h>
#include <string.h>

static const double LEVEL = 0.95;             /* of the interval that precision means */
static const double FAKE_TURN_SECONDS = 1e-3; /* what a process costs under a fake clock */

/* One job and how far it is. */
struct track {
    const struct job *job;
    struct result *result;
    struct limits limits;
    struct standing at;
    struct pace pace;
    size_t cap_samples, cap_rounds;
    bool final;
};

struct run_books {
    struct mem *m;
    const struct runner_options *o;
    const struct runner_edges *edges;
    const struct observer *obs;
    struct track *tracks;
    size_t ntracks, finished;
    double began, fake_now;
    double turns_wall;
    size_t turns;
};

static double now(const struct run_books *b)
{
    if (b->edges->fake_clock)
        return b->fake_now;
    return b->edges->now ? b->edges->now(b->edges->ctx) : clock_seconds();
}

static bool interrupted(const struct run_books *b)
{
    return b->o->interrupted && *b->o->interrupted;
}

/* --- results ----------------------------------------------------------------------------------------------------- */

static void open_result(struct track *t, struct result *r)
{
    const struct job *j = t->job;
    *r = (struct result){ .bench = j->bench,
                          .entry = j->entry,
                          .mode = j->settings.mode,
                          .status = STATUS_INTERRUPTED, /* until it is something else */
                          .message = "interrupted before it had any sample" };
    t->result = r;
}

static void add_samples(struct run_books *b, struct track *t, const struct turn *turn, double started)
{
    struct result *r = t->result;
    r->samples = mem_grow(b->m, r->samples, &t->cap_samples, r->nsamples + turn->nsamples, sizeof *r->samples);
    r->rounds = mem_grow(b->m, r->rounds, &t->cap_rounds, r->nrounds + 1, sizeof *r->rounds);
    memcpy(r->samples + r->nsamples, turn->samples, turn->nsamples * sizeof *r->samples);
    r->rounds[r->nrounds++] = (struct round){ .first = r->nsamples,
                                              .count = turn->nsamples,
                                              .iterations = t->pace.iterations,
                                              .started = started,
                                              .cpu_seconds = turn->cpu };
    r->nsamples += turn->nsamples;
    r->sampling_seconds += turn->sampling;
}

/* Where the metric of that name is, which mostly is in the same place in every turn; it is added if nowhere. */
static size_t metric_like(struct run_books *b, struct track *t, const struct metric *like, size_t guess)
{
    struct result *r = t->result;
    size_t n = r->nmetrics, i = guess < n && !strcmp(r->metrics[guess].name, like->name) ? guess : 0;
    while (i < n && strcmp(r->metrics[i].name, like->name) != 0)
        i++;
    if (i < n)
        return i;
    struct metric *grown = mem_array(b->m, n + 1, sizeof *grown);
    for (size_t k = 0; k < n; k++)
        grown[k] = r->metrics[k];
    grown[n] = (struct metric){ .name = like->name, .unit = like->unit, .value = NAN, .why = like->why };
    r->metrics = grown;
    return r->nmetrics++;
}

/* The values of the turns, and their mean. A value missing in some turns is the mean of the others. */
static void add_metrics(struct run_books *b, struct track *t, const struct turn *turn)
{
    struct result *r = t->result;
    bool first = !r->metrics;
    if (first) {
        r->metrics = turn->metrics;
        r->nmetrics = turn->nmetrics;
    }
    for (size_t k = 0; k < turn->nmetrics; k++) {
        const struct metric *more = &turn->metrics[k];
        size_t i = first ? k : metric_like(b, t, more, k);
        metric_add(b->m, &r->metrics[i], more->value);
    }
}

static int finish(struct run_books *b, struct track *t, struct err *e)
{
    t->final = true;
    b->finished++;
    summarize(t->result);
    return b->obs && b->obs->finished ? b->obs->finished(b->obs->ctx, t->result, e) : 0;
}

static int finish_failed(struct run_books *b, struct track *t, const struct turn *turn, struct err *e)
{
    struct result *r = t->result;
    r->status = turn->status;
    r->message = turn->message;
    r->signal = turn->signal;
    r->stop = r->status == STATUS_UNSUPPORTED ? STOP_NONE : STOP_FAILURE;
    if (r->status == STATUS_WRONG) /* a wrong answer has no time, not even an earlier one */
        r->nsamples = r->nrounds = 0;
    return finish(b, t, e);
}

/* --- turns ------------------------------------------------------------------------------------------------------- */

static double seconds_left(const struct run_books *b)
{
    double mean = b->turns ? b->turns_wall / (double)b->turns : NAN, left = 0;
    for (size_t i = 0; i < b->ntracks; i++)
        if (!b->tracks[i].final)
            left += schedule_left(&b->tracks[i].limits, &b->tracks[i].at, mean);
    return left;
}

static void tell_progress(const struct run_books *b, const struct track *t)
{
    if (b->obs && b->obs->progress)
        b->obs->progress(b->obs->ctx, t->job, b->finished, b->ntracks, seconds_left(b));
}

static void count_time(struct run_books *b, struct track *t, const struct turn *turn, double from)
{
    b->fake_now += turn->clock_seconds + FAKE_TURN_SECONDS;
    double wall = now(b) - from - (b->edges->fake_clock ? 0 : turn->aside);
    t->result->wall_seconds += wall;
    t->at.wall += wall;
    t->at.rounds++;
    b->turns_wall += wall;
    b->turns++;
}

/* One turn of one job, and what follows from it. */
static int visit(struct run_books *b, struct track *t, struct err *e)
{
    struct turn turn = { 0 };
    struct turn_order order = { t->job, b->o, b->edges, &t->limits, t->at.rounds };
    struct result *r = t->result;
    tell_progress(b, t);
    double from = now(b);
    (b->edges->turn ? b->edges->turn : turn_run)(b->m, &order, &t->pace, &turn);
    if (turn.status == STATUS_INTERRUPTED)
        return 0;
    count_time(b, t, &turn, from);
    r->cost = turn.cost;
    if (turn.status != STATUS_OK)
        return finish_failed(b, t, &turn, e);
    r->status = STATUS_OK;
    r->message = NULL;
    if (turn.nsamples) {
        add_samples(b, t, &turn, from - b->began);
        add_metrics(b, t, &turn);
    }
    t->at.precision = relative_precision(r->samples, r->rounds, r->nrounds, LEVEL);
    r->stop = schedule_stop(&t->limits, &t->at);
    return r->stop ? finish(b, t, e) : 0;
}

static int visit_all(struct run_books *b, size_t *order, uint64_t generation, struct err *e)
{
    schedule_order(b->o->seed, generation, order, b->ntracks);
    for (size_t i = 0; i < b->ntracks && !interrupted(b); i++)
        if (!b->tracks[order[i]].final && visit(b, &b->tracks[order[i]], e))
            return -1;
    return 0;
}

static int finish_interrupted(struct run_books *b, struct err *e)
{
    for (size_t i = 0; i < b->ntracks; i++) {
        struct track *t = &b->tracks[i];
        if (t->final)
            continue;
        t->result->stop = STOP_INTERRUPT;
        if (finish(b, t, e))
            return -1;
    }
    return 0;
}

static int finish_unsupported(struct run_books *b, struct err *e)
{
    for (size_t i = 0; i < b->ntracks; i++) {
        struct track *t = &b->tracks[i];
        if (!t->job->unsupported)
            continue;
        t->result->status = STATUS_UNSUPPORTED;
        t->result->message = t->job->unsupported;
        if (finish(b, t, e))
            return -1;
    }
    return 0;
}

static int run_all(struct run_books *b, struct err *e)
{
    size_t *order = mem_array(b->m, b->ntracks, sizeof *order);
    if (finish_unsupported(b, e))
        return -1;
    for (uint64_t generation = 0; b->finished < b->ntracks && !interrupted(b); generation++)
        if (visit_all(b, order, generation, e))
            return -1;
    return finish_interrupted(b, e);
}

int run_plan(struct mem *m, const struct plan *plan, const struct runner_options *o, const struct runner_edges *edges,
             const struct observer *obs, struct result **results, struct err *e)
{
    struct run_books b = { .m = m, .o = o, .edges = edges, .obs = obs, .ntracks = plan->njobs };
    b.tracks = mem_array(m, plan->njobs, sizeof *b.tracks);
    *results = mem_array(m, plan->njobs, sizeof **results);
    for (size_t i = 0; i < plan->njobs; i++) {
        b.tracks[i] = (struct track){ .job = &plan->jobs[i], .at.precision = INFINITY };
        b.tracks[i].limits = schedule_limits(&plan->jobs[i].settings, o);
        open_result(&b.tracks[i], &(*results)[i]);
        (*results)[i].position = (int)i;
    }
    b.began = now(&b);
    struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGPIPE, &ignore, &before);
    int rc = run_all(&b, e);
    sigaction(SIGPIPE, &before, NULL);
    return rc;
}
