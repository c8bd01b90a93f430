/* SPDX-License-Identifier: Apache-2.0
 * kernmark run: measures suites, or the benchmarks of a program, stores every result, prints the table. */
#include "harness/base/progress.h"
#include "harness/cli/edges.h"
#include "harness/cli/exec.h"
#include "harness/cli/interrupt.h"
#include "harness/cli/lock.h"
#include "harness/cli/paths.h"
#include "harness/cli/selection.h"
#include "harness/command.h"
#include "harness/format/gbench.h"
#include "reports/print.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct options {
    struct common common;
    struct selection select;
    uint64_t seed;
    const char *exec, *counters;
    const char *benchmark_filter, *out, *out_format, *min_time;
    int64_t repetitions;
    bool list_tests, instructions;
};

#define FIELD(name) offsetof(struct options, name)
static const struct option_row rows[] = {
    { "profile", "NAME", "smoke, quick (default), full, or one that the suite defines", OPTION_TEXT,
      FIELD(select.profile) },
    { "filter", "REGEX", "only benchmarks whose name matches; a leading '-' negates", OPTION_TEXT,
      FIELD(select.filter) },
    { "exec", "PROGRAM", "run the Google Benchmark executable PROGRAM; its own arguments come last, after --",
      OPTION_TEXT, FIELD(exec) },
    { "counters", "LIST", "also count these perf events, separated by commas (libpfm's names where it is installed)",
      OPTION_TEXT, FIELD(counters) },
    { "instructions", NULL, "also count the instructions of one iteration exactly, step by step (slow)", OPTION_FLAG,
      FIELD(instructions) },
    { "seed", "N", "seed of inputs and order (default: a new one, stored with the run)", OPTION_SEED, FIELD(seed) },
    COMMON_DB,
    COMMON_FORMAT,
    { "benchmark_filter", "REGEX", "as --filter", OPTION_TEXT, FIELD(benchmark_filter) },
    { "benchmark_list_tests", NULL, "print the names and run nothing", OPTION_FLAG, FIELD(list_tests) },
    { "benchmark_repetitions", "N", "exactly N rounds, each in a fresh process", OPTION_COUNT, FIELD(repetitions) },
    { "benchmark_min_time", "TIME", "sample each round for 0.5s at least, or 100x iterations", OPTION_TEXT,
      FIELD(min_time) },
    { "benchmark_out", "PATH", "also write the results as Google Benchmark JSON", OPTION_TEXT, FIELD(out) },
    { "benchmark_out_format", "json", "format of that file", OPTION_CHOICE, FIELD(out_format) },
    OPTIONS_END,
};

/* What the observer needs while the run goes on. */
struct session {
    struct store *store;
    struct run *run;
    struct foreign foreign; /* of --exec */
    struct progress progress;
};

static void on_progress(void *ctx, const struct job *job, size_t finished, size_t total, double seconds_left)
{
    struct session *s = ctx;
    progress_show(&s->progress, job->bench.name, finished, total, seconds_left);
}

static int on_finished(void *ctx, struct result *result, struct err *e)
{
    struct session *s = ctx;
    if (store_result(s->store, s->run->id, result, e)) {
        progress_clear(&s->progress);
        return -1;
    }
    return 0;
}

/* What does the same again. */
static const char *command_line(struct mem *m, const struct options *o, const struct words *words,
                                const struct run *run)
{
    const char *c = o->exec ? exec_head(m, o->exec) : words->n ? "kernmark run" : "kernmark run core";
    for (size_t i = 0; !o->exec && i < words->n; i++)
        c = mem_printf(m, "%s %s", c, shell_quote(m, words->all[i]));
    c = mem_printf(m, "%s --profile=%s --seed=%llu", c, run->profile, (unsigned long long)run->seed);
    if (run->filter)
        c = mem_printf(m, "%s --filter=%s", c, shell_quote(m, run->filter));
    if (o->repetitions)
        c = mem_printf(m, "%s --benchmark_repetitions=%lld", c, (long long)o->repetitions);
    if (o->min_time)
        c = mem_printf(m, "%s --benchmark_min_time=%s", c, o->min_time);
    if (o->counters)
        c = mem_printf(m, "%s --counters=%s", c, shell_quote(m, o->counters));
    if (o->instructions)
        c = mem_printf(m, "%s --instructions", c);
    return o->exec ? exec_tail(m, c, words) : c;
}

/* What is measured, and how it was built. */
static int choose(struct mem *m, const struct options *o, const struct words *words, const struct selection *select,
                  struct session *s, struct plan *plan, struct err *e)
{
    struct run *run = s->run;
    if (o->exec && (o->counters || o->instructions))
        return err_set(e, EXIT_USAGE,
                       "--%s counts inside suites; a program of --exec has its own "
                       "--benchmark_perf_counters, to be given after --",
                       o->counters ? "counters" : "instructions");
    if (o->exec)
        return exec_plan(m, o->exec, words, select, &s->foreign, plan, run, e);
    read_build(m, &run->build);
    return select_plan(m, words, select, fact_value(&run->host.facts, "cpu.model"), plan, &run->suites, e);
}

static int prepare(struct mem *m, const struct options *o, const struct words *words, struct session *s,
                   struct plan *plan, struct err *e)
{
    struct run *run = s->run;
    struct selection select = o->select;
    if (o->benchmark_filter)
        select.filter = o->benchmark_filter;
    double seconds;
    uint64_t iterations;
    if (parse_min_time(o->min_time, &seconds, &iterations, e)) /* before anything is measured */
        return -1;
    host_read(m, host_edge(), &run->host);
    if (choose(m, o, words, &select, s, plan, e))
        return -1;
    commit_read(m, ".", &run->commit);
    run->profile = select.profile ? select.profile : "quick";
    run->seed = o->seed ? o->seed : new_seed();
    run->uuid = new_uuid(m, run->seed);
    run->version = build_version();
    run->started = wall_clock();
    run->finished = NAN;
    run->filter = select.filter;
    run->command = command_line(m, o, words, run);
    return 0;
}

static int measure(struct mem *m, const struct options *o, const struct plan *plan, struct session *s, struct err *e)
{
    struct runner_options ro = { .seed = s->run->seed,
                                 .repetitions = (int)o->repetitions,
                                 .counters = o->counters,
                                 .steps_max = o->instructions ? RUNNER_STEPS_MAX : 0 };
    struct runner_edges edges;
    struct observer obs = { s, on_progress, on_finished };
    if (parse_min_time(o->min_time, &ro.min_time, &ro.fixed_iterations, e))
        return -1;
    if (o->exec ? foreign_open(m, &s->foreign, e) : share_path(m, "suites/data", &ro.data_dir, e))
        return -1;
    ro.interrupted = interrupt_watch();
    runner_edges_init(m, &edges);
    if (o->exec) {
        edges.turn = foreign_turn;
        edges.ctx = &s->foreign;
    }
    host_state(m, host_edge(), &s->run->before);
    if (store_begin(s->store, s->run, e))
        return -1;
    progress_init(&s->progress);
    int failed = run_plan(m, plan, &ro, &edges, &obs, &s->run->results, e);
    progress_clear(&s->progress);
    if (failed)
        return -1;
    s->run->nresults = plan->njobs;
    s->run->finished = wall_clock();
    s->run->state = *ro.interrupted ? RUN_INTERRUPTED : RUN_COMPLETE;
    host_state(m, host_edge_after(), &s->run->after);
    return store_finish(s->store, s->run, e);
}

static int write_json(const char *path, const struct run *run, struct err *e)
{
    FILE *f = fopen(path, "w");
    if (!f)
        return err_set(e, EXIT_USAGE, "--benchmark_out=%s: %s", path, strerror(errno));
    int failed = gbench_write(f, run, e);
    if (fclose(f) && !failed)
        failed = err_set(e, EXIT_USAGE, "%s", strerror(errno));
    return failed ? err_wrap(e, "--benchmark_out=%s", path) : 0;
}

static int outcome(const struct run *run)
{
    size_t bad = 0;
    for (size_t i = 0; i < run->nresults; i++)
        bad += run->results[i].status != STATUS_OK && run->results[i].status != STATUS_UNSUPPORTED;
    if (run->state == RUN_INTERRUPTED)
        fprintf(stderr, "kernmark: interrupted; everything finished so far is stored as run %lld\n",
                (long long)run->id);
    else if (bad)
        fprintf(stderr, "kernmark: %zu of %zu benchmarks failed: see the notes in the table\n", bad, run->nresults);
    return bad || run->state == RUN_INTERRUPTED ? EXIT_BENCH_FAILED : EXIT_PASS;
}

static int measure_and_print(struct mem *m, const struct options *o, const struct plan *plan, struct session *s,
                             struct err *e)
{
    int lock = lock_host(e);
    if (lock < 0 || measure(m, o, plan, s, e))
        return -1;
    unlock_host(lock);
    struct table t = print_results(m, s->run, table_format(&o->common));
    if (print_table(&o->common, &t, e))
        return -1;
    if (o->out && write_json(o->out, s->run, e))
        return -1;
    return outcome(s->run);
}

static int run(struct mem *m, void *options, const struct words *words, struct err *e)
{
    const struct options *o = options;
    struct run *r = mem_alloc(m, sizeof *r);
    struct session s = { .run = r };
    struct plan plan;
    if (prepare(m, o, words, &s, &plan, e))
        return -1;
    if (o->list_tests) {
        for (size_t i = 0; i < plan.njobs; i++)
            if (!plan.jobs[i].unsupported)
                puts(plan.jobs[i].bench.name);
        return EXIT_PASS;
    }
    if (open_store(&o->common, STORE_WRITE, &s.store, e))
        return -1;
    int code = measure_and_print(m, o, &plan, &s, e);
    foreign_close(&s.foreign);
    store_close(&s.store);
    return code;
}

const struct command command_run = {
    .name = "run",
    .summary = "run suites or a program's benchmarks, store every result, print the table",
    .usage = "run [SUITE...] [options] | run --exec=PROGRAM [options] [-- ARGUMENTS]",
    .about =
        "Runs the suites named (default: core) in child processes, verified before timed, stores every sample, and\n"
        "prints a table. A SUITE is the name of a shipped one or a path to a .yaml file. Ctrl-C keeps what was\n"
        "measured. Exit code 4 when a benchmark failed.\n"
        "With --exec, runs the benchmarks of any executable that uses Google Benchmark, or has its flags and JSON, "
        "each in\n"
        "processes of its own, by their real time.",
    .example = "  kernmark run core --profile=smoke\n"
               "  kernmark run core --filter='^gemv/' --benchmark_out=gemv.json\n"
               "  kernmark run --exec=build/vector_bench --filter=Sort -- --input=big.txt",
    .options = rows,
    .options_size = sizeof(struct options),
    .run = run,
};
