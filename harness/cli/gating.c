/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/gating.h"

#include "harness/base/progress.h"
#include "harness/cli/edges.h"
#include "harness/cli/interrupt.h"
#include "harness/cli/lock.h"
#include "harness/cli/neighbour.h"
#include "harness/host/host.h"
#include "harness/measure/clock.h"
#include "harness/stats/floor.h"

#include <math.h>
#include <string.h>

/* --- progress: gates take about as long as each other ---------------------------------------------------------------- */

struct watch {
    struct progress progress;
    size_t done, total;
    double began;
};

static void on_gate(void *ctx, size_t done, size_t total)
{
    struct watch *w = ctx;
    w->done = done;
    w->total = total;
}

static void on_round(void *ctx, const struct job *job, size_t settled, size_t total, double left)
{
    struct watch *w = ctx;
    (void)settled, (void)total;
    double each = w->done ? (clock_seconds() - w->began) / (double)w->done : left;
    progress_show(&w->progress, job->bench.name, w->done, w->total, each * (double)(w->total - w->done));
}

/* --- running --------------------------------------------------------------------------------------------------------- */

static int run_locked(struct mem *m, const struct gates_options *go, bool noisy, struct gates *out, struct err *e)
{
    struct watch w = { .began = clock_seconds() };
    pid_t neighbour = 0;
    if (noisy && neighbour_start(&neighbour, e))
        return -1;
    progress_init(&w.progress);
    gates_run(m, go, &(struct pair_edges){ .ctx = &w, .progress = on_round },
              &(struct gates_observer){ .ctx = &w, .gate = on_gate }, out);
    progress_clear(&w.progress);
    neighbour_stop(neighbour);
    return 0;
}

int gating_plan(struct mem *m, const struct gating_options *o, struct pairing *p, struct err *e)
{
    static const char *self[] = { ".", "." };
    return pairing_open(m, &o->pair, &(struct words){ self, 2, 0 }, p, e);
}

int gating_run(struct mem *m, const struct gating_options *o, struct pairing *p, struct gates *out, struct err *e)
{
    if (gating_plan(m, o, p, e))
        return -1;
    struct gates_options go = { .plan = &p->plan,
                                .pair = p->options,
                                .effects = o->effects,
                                .neffects = o->neffects,
                                .gates = o->gates,
                                .plants = o->plants };
    int lock = lock_host(e);
    if (lock < 0)
        return -1;
    go.pair.interrupted = interrupt_watch();
    int rc = run_locked(m, &go, o->neighbour, out, e);
    unlock_host(lock);
    pairing_close(p);
    return rc;
}

/* --- the store ------------------------------------------------------------------------------------------------------- */

/* That of every benchmark; NAN where they differ. */
static double threshold_of(const struct pairing *p)
{
    double asked = p->options.policy.rule.threshold, first = p->plan.njobs ? p->plan.jobs[0].entry.threshold : NAN;
    if (!isnan(asked))
        return asked;
    for (size_t i = 1; i < p->plan.njobs; i++)
        if (p->plan.jobs[i].entry.threshold != first)
            return NAN;
    return first;
}

int gating_store(struct store *s, const struct gating_options *o, const struct pairing *p, struct gates *g, bool curve,
                 struct err *e)
{
    for (size_t i = 0; i < g->nlines; i++) {
        struct calibration *c = &g->lines[i];
        c->measured = p->started;
        c->version = build_version();
        c->suites = p->suites;
        c->filter = o->pair.filter;
        c->seed = p->options.seed;
        c->neighbour = o->neighbour;
        c->threshold = threshold_of(p);
    }
    if (curve && g->nlines && store_calibration(s, &p->host, g->lines, g->nlines, e))
        return -1;
    return o->neighbour ? 0 : store_noise_points(s, &p->host, g->noise, g->nnoise, e);
}

static size_t sessions_of(const struct noise_point *points, size_t n, const struct bench *b)
{
    size_t sessions = 0;
    for (size_t i = 0; i < n; i++)
        sessions += !strcmp(points[i].bench.name, b->name) && !strcmp(points[i].bench.hash, b->hash);
    return sessions;
}

int gating_floors(struct mem *m, struct store *s, const struct pairing *p, struct floor_line **out, size_t *n,
                  struct err *e)
{
    struct noise_point *points;
    int64_t host;
    size_t npoints;
    if (store_host_id(s, p->host.fingerprint, &host, e)) {
        if (e->kind != EXIT_USAGE)
            return -1;
        host = -1; /* nothing is known of this host yet */
    }
    if (store_load_noise_points(s, m, host, FLOOR_KEPT, &points, &npoints, e))
        return -1;
    struct floors floors = floors_of(m, points, npoints);
    *out = mem_array(m, p->trial.ntracks, sizeof **out);
    for (*n = 0; *n < p->trial.ntracks; (*n)++) {
        const struct job *job = p->trial.tracks[*n].job;
        double asked = p->options.policy.rule.threshold;
        struct floor_line *line = &(*out)[*n];
        *line = (struct floor_line){ .name = job->bench.name,
                                     .threshold = isnan(asked) ? job->entry.threshold : asked,
                                     .sessions = sessions_of(points, npoints, &job->bench) };
        line->floor = floor_of(m, &floors, &job->bench, &line->own);
    }
    return 0;
}
