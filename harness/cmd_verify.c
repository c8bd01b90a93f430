/* SPDX-License-Identifier: Apache-2.0
 * kernmark verify: checks every answer, times nothing, stores nothing. */
#include "harness/base/progress.h"
#include "harness/cli/edges.h"
#include "harness/cli/interrupt.h"
#include "harness/cli/paths.h"
#include "harness/cli/selection.h"
#include "harness/command.h"
#include "reports/print.h"

#include <math.h>
#include <stdio.h>

struct options {
    struct common common;
    struct selection select;
    uint64_t seed;
};

static const struct option_row rows[] = {
    { "filter", "REGEX", "only benchmarks whose name matches; a leading '-' negates", OPTION_TEXT,
      offsetof(struct options, select.filter) },
    { "seed", "N", "seed of the inputs (default: a new one, printed)", OPTION_SEED, offsetof(struct options, seed) },
    COMMON_FORMAT,
    OPTIONS_END,
};

static void on_progress(void *ctx, const struct job *job, size_t finished, size_t total, double seconds_left)
{
    progress_show(ctx, job->bench.name, finished, total, seconds_left);
}

static int check_all(struct mem *m, const struct plan *plan, uint64_t seed, struct run *r, struct err *e)
{
    struct runner_options ro = { .seed = seed, .verify_only = true, .min_time = NAN };
    struct runner_edges edges;
    struct progress progress;
    struct observer obs = { &progress, on_progress, NULL };
    if (share_path(m, "suites/data", &ro.data_dir, e))
        return -1;
    ro.interrupted = interrupt_watch();
    runner_edges_init(m, &edges);
    progress_init(&progress);
    int failed = run_plan(m, plan, &ro, &edges, &obs, &r->results, e);
    progress_clear(&progress);
    r->nresults = plan->njobs;
    return failed;
}

static int run(struct mem *m, void *options, const struct words *words, struct err *e)
{
    const struct options *o = options;
    struct run r = { 0 };
    struct plan plan;
    uint64_t seed = o->seed ? o->seed : new_seed();
    host_read(m, host_edge(), &r.host);
    if (select_plan(m, words, &o->select, fact_value(&r.host.facts, "cpu.model"), &plan, &r.suites, e) ||
        check_all(m, &plan, seed, &r, e))
        return -1;
    struct table t = print_failures(m, &r, table_format(&o->common));
    if (t.nrows && print_table(&o->common, &t, e))
        return -1;
    size_t right = 0, unsupported = 0;
    for (size_t i = 0; i < r.nresults; i++) {
        right += r.results[i].status == STATUS_OK;
        unsupported += r.results[i].status == STATUS_UNSUPPORTED;
    }
    fprintf(stderr, "%zu right, %zu wrong or failed, %zu not available here (seed %llu)\n", right,
            r.nresults - right - unsupported, unsupported, (unsigned long long)seed);
    return right + unsupported == r.nresults ? EXIT_PASS : EXIT_BENCH_FAILED;
}

const struct command command_verify = {
    .name = "verify",
    .summary = "check every answer against the double-precision reference, without timing",
    .usage = "verify [SUITE...] [options]",
    .about = "Sets up every benchmark in a process of its own and checks its answer. Nothing is timed or stored. Exit\n"
             "code 4 when an answer is wrong.",
    .example = "  kernmark verify core --filter='dot|gemv'",
    .options = rows,
    .options_size = sizeof(struct options),
    .run = run,
};
