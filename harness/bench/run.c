/* SPDX-License-Identifier: Apache-2.0
 * All instances and repetitions, in order or shuffled; rows as each instance is done. */
#include "harness/bench/run.h"

#include "harness/bench/affinity.h"
#include "harness/bench/baseline.h"
#include "harness/bench/rows.h"
#include "harness/bench/watch.h"
#include "harness/stats/rng.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { REPETITIONS_MOST = 10000000 };

struct run {
    const struct bench_options *opt;
    const struct instance_list *list;
    struct bench_totals *totals;
    struct bench_clock clock;
    struct mem mem;
    struct bench_runner **runners;   /* of each instance, while it has work */
    struct complexity *complexities; /* by family_index */
    size_t *order;                   /* instances, once per repetition */
    size_t norder, order_cap;
    double total_deadline;
    struct baseline baseline;
};

/* --- rows ------------------------------------------------------------------------------------------------------------- */

static void count(struct run *run, const struct bench_runner *r)
{
    for (int i = 0; i < r->done; i++) {
        run->totals->rows++;
        run->totals->failed += r->outcomes[i].tally.skipped == SKIP_ERROR;
        run->totals->skipped += r->outcomes[i].tally.skipped == SKIP_MESSAGE;
    }
}

static void add_complexity(struct run *run, struct mem *m, struct row_list *rows, const struct bench_runner *r)
{
    struct complexity *c = &run->complexities[r->instance->family_index];
    if (r->instance->family->complexity == BIG_O_NONE)
        return;
    for (int i = 0; i < r->done; i++)
        complexity_add(&run->mem, c, r, &r->outcomes[i].tally);
    c->runs_left -= (size_t)r->repetitions;
    if (!c->runs_left)
        complexity_rows(m, rows, c, bench_rows_default_unit(run->opt->flags));
}

static int report(struct run *run, struct bench_runner *r, struct err *e)
{
    const struct km_benchmark *b = r->instance->family;
    const struct bench_flags *f = run->opt->flags;
    struct mem m = { 0 };
    struct row_list rows = { 0 };
    baseline_compare(&run->mem, &run->baseline, r);
    count(run, r);
    bench_rows_iterations(&m, &rows, r);
    bench_rows_aggregates(&m, &rows, r);
    add_complexity(run, &m, &rows, r);
    struct bench_report out = {
        .rows = rows.v,
        .n = rows.n,
        .file_aggregates_only = b->aggregates_set ? b->file_aggregates_only : f->aggregates_only,
        .display_aggregates_only =
            b->aggregates_set ? b->display_aggregates_only : f->aggregates_only || f->display_aggregates_only,
    };
    errno = 0;
    int rc = rows.n ? run->opt->report(run->opt->ctx, &out) : 0;
    mem_free(&m);
    return rc ? err_set(e, EXIT_STORE, "cannot write the results: %s", strerror(errno ? errno : EIO)) : 0;
}

/* --- order ------------------------------------------------------------------------------------------------------------ */

/* Runners hold what their repetitions came to, so they exist from the first to the last of those only. */
static struct bench_runner *runner_at(struct run *run, size_t i)
{
    if (!run->runners[i]) {
        run->runners[i] = runner_new(&run->list->v[i], run->opt, &run->clock);
        run->runners[i]->total_deadline = run->total_deadline;
    }
    return run->runners[i];
}

static int drop_runner(struct run *run, size_t i, struct err *e)
{
    struct bench_runner *r = run->runners[i];
    run->runners[i] = NULL;
    runner_finish(r);
    int rc = report(run, r, e);
    runner_free(r);
    return rc;
}

/* Of a name that is nobody's, no row would tell. */
static int find_baseline(struct run *run, struct err *e)
{
    baseline_init(&run->baseline, run->opt->flags->baseline);
    for (size_t i = 0; run->baseline.name && i < run->list->n; i++)
        if (baseline_is(&run->baseline, &run->list->v[i]))
            return 0;
    return run->baseline.name ? err_set(e, EXIT_USAGE, "no chosen benchmark has the name of the baseline, '%.200s'",
                                        run->baseline.name)
                              : 0;
}

/* Every repetition is kept until its instance is done. */
static int check_amount(const struct run *run, struct err *e)
{
    uint64_t all = 0;
    for (size_t i = 0; i < run->list->n; i++)
        all += (uint64_t)runner_repetitions(&run->list->v[i], run->opt->flags);
    return all <= REPETITIONS_MOST ? 0
                                   : err_set(e, EXIT_USAGE, "%llu repetitions in all are more than %d",
                                             (unsigned long long)all, REPETITIONS_MOST);
}

/* One entry per repetition, in order. */
static void schedule(struct run *run)
{
    size_t most = 0;
    for (size_t i = 0; i < run->list->n; i++) {
        const struct instance *in = &run->list->v[i];
        size_t repetitions = (size_t)runner_repetitions(in, run->opt->flags);
        run->order = mem_grow(&run->mem, run->order, &run->order_cap, run->norder + repetitions, sizeof *run->order);
        for (size_t k = 0; k < repetitions; k++)
            run->order[run->norder++] = i;
        most = (size_t)in->family_index > most ? (size_t)in->family_index : most;
    }
    run->complexities = mem_array(&run->mem, most + 1, sizeof *run->complexities);
    for (size_t i = 0; i < run->norder; i++)
        run->complexities[run->list->v[run->order[i]].family_index].runs_left++;
}

/* Fisher and Yates. */
static void shuffle(struct run *run)
{
    struct rng rng;
    rng_seed(&rng, run->opt->seed);
    for (size_t i = run->norder; i > 1; i--) {
        size_t j = (size_t)rng_below(&rng, i), kept = run->order[i - 1];
        run->order[i - 1] = run->order[j];
        run->order[j] = kept;
    }
}

/* A benchmark in our own process is watched by a timer too, because nothing else ends one that hangs. */
static void repeat_here(const struct run *run, struct bench_runner *r)
{
    static const double grace = 1; /* one that looks at the clock ends by itself, soon after its limit */
    runner_start_clock(r);
    double until = fmin(r->deadline, r->total_deadline), limit = run->opt->flags->max_time;
    double left = until - r->clock->real(r->clock->ctx);
    watch_begin(r->instance->name, fmax(left, 0) + grace, r->deadline <= r->total_deadline ? limit : 0);
    runner_repeat(r);
    watch_end();
}

static int repeat(struct run *run, size_t at, struct err *e)
{
    size_t i = run->order[at];
    struct bench_runner *r = runner_at(run, i);
    if (run->opt->begin)
        run->opt->begin(run->opt->ctx, r->instance, at, run->norder);
    if (run->opt->flags->isolate)
        runner_repeat_isolated(r);
    else
        repeat_here(run, r);
    return r->done == r->repetitions ? drop_runner(run, i, e) : 0;
}

static bool is_interrupted(const struct run *run)
{
    return run->opt->interrupted && *run->opt->interrupted;
}

static int run_all(struct run *run, struct err *e)
{
    int rc = 0;
    struct err later = { 0 }; /* of an error only the first counts */
    for (size_t at = 0; at < run->norder && !rc && !is_interrupted(run); at++)
        rc = repeat(run, at, e);
    run->totals->interrupted = is_interrupted(run);
    for (size_t i = 0; i < run->list->n; i++) /* cut short: what there is */
        if (run->runners[i] && drop_runner(run, i, rc ? &later : e))
            rc = -1;
    return rc;
}

int bench_run(const struct bench_options *opt, const struct instance_list *list, struct bench_totals *totals,
              struct err *e)
{
    struct run run = { .opt = opt, .list = list, .totals = totals, .total_deadline = INFINITY };
    *totals = (struct bench_totals){ 0 };
    if (find_baseline(&run, e) || check_amount(&run, e) ||
        (opt->flags->cpus && *opt->flags->cpus && affinity_pin(opt->flags->cpus, e)))
        return -1;
    bench_clock_system(&run.clock);
    if (opt->clock)
        run.clock = *opt->clock;
    if (opt->flags->total_time > 0)
        run.total_deadline = run.clock.real(run.clock.ctx) + opt->flags->total_time;
    run.runners = mem_array(&run.mem, list->n + 1, sizeof(void *));
    schedule(&run);
    if (opt->flags->random_interleaving)
        shuffle(&run);
    int rc = run_all(&run, e);
    mem_free(&run.mem);
    return rc;
}
