/* SPDX-License-Identifier: Apache-2.0
 * One instance and its repetitions. */
#include "harness/bench/runner.h"

#include <inttypes.h>
#include <math.h>

enum { MEMORY_ITERATIONS = 16 };
static const double DEFAULT_MIN_TIME = 0.5;

/* Of a batch that is one of many: a thousand times what reading the slowest clock takes, the CPU clock. */
static const double SHORT_BATCH = 5e-4;

static double longest_of(const struct km_benchmark *b, const struct bench_flags *f)
{
    return b->min_time > 0 ? b->min_time : isnan(f->min_time) ? DEFAULT_MIN_TIME : f->min_time;
}

static double min_time_of(const struct km_benchmark *b, const struct bench_flags *f)
{
    double seconds = longest_of(b, f);
    if (!(f->target_ci > 0))
        return seconds;
    bool given = b->min_time > 0 || f->min_time_given;
    return given ? seconds / RUNNER_PARTS : fmin(SHORT_BATCH, seconds);
}

int runner_repetitions(const struct instance *in, const struct bench_flags *f)
{
    int n = in->family->repetitions ? in->family->repetitions : f->repetitions;
    return n < 1 || f->dry_run ? 1 : n;
}

struct bench_runner *runner_new(const struct instance *in, const struct bench_options *opt,
                                const struct bench_clock *clock)
{
    const struct km_benchmark *b = in->family;
    const struct bench_flags *f = opt->flags;
    int64_t given = b->iterations ? b->iterations : f->min_iterations;
    struct mem mem = { 0 };
    struct bench_runner *r = mem_alloc(&mem, sizeof *r);
    *r = (struct bench_runner){
        .instance = in,
        .opt = opt,
        .clock = clock,
        .min_time = min_time_of(b, f),
        .longest = longest_of(b, f),
        .warmup_time = f->dry_run               ? 0
                       : b->min_warmup_time > 0 ? b->min_warmup_time
                                                : f->min_warmup_time,
        .deadline = INFINITY,
        .total_deadline = INFINITY,
        .exact = given > 0 || f->dry_run,
        .iterations = f->dry_run || given <= 0 ? 1 : given,
        .repetitions = runner_repetitions(in, f),
    };
    r->outcomes = mem_array(&mem, (size_t)r->repetitions, sizeof *r->outcomes);
    r->mem = mem;
    return r;
}

bool runner_interrupted(const struct bench_runner *r)
{
    return r->opt->interrupted && *r->opt->interrupted;
}

double runner_seconds(const struct bench_runner *r, const struct tally *t)
{
    const double by[] = { t->cpu, t->real, t->manual };
    return by[r->instance->family->decides];
}

static struct batch batch_of(struct bench_runner *r, struct tally *t)
{
    return (struct batch){
        .instance = r->instance,
        .clock = r->clock,
        .iterations = r->iterations,
        .threads = r->instance->threads,
        .data = &r->data,
        .tally = t,
        .mem = &r->mem,
    };
}

void runner_batch(struct bench_runner *r, struct tally *t)
{
    struct batch b = batch_of(r, t);
    b.perf_events = r->opt->flags->perf_counters;
    if (r->opt->flags->v >= 2)
        fprintf(stderr, "-- LOG(2): Running %s for %" PRId64 "\n", r->instance->name, r->iterations);
    batch_run(&b);
    if (r->opt->flags->v >= 2)
        fprintf(stderr, "-- LOG(2): Ran in %g/%g\n", t->cpu, t->real);
}

static int64_t known(int64_t bytes)
{
    return bytes == KM_MEMORY_UNKNOWN ? -1 : bytes;
}

/* A run of its own, so that counting does not slow the measured one; few iterations, so that what is allocated once
 * shows. */
static void measure_memory(struct bench_runner *r, struct outcome *o)
{
    struct tally t = { 0 };
    struct batch b = batch_of(r, &t);
    b.memory = bench_memory_manager();
    b.iterations = r->iterations < MEMORY_ITERATIONS ? r->iterations : MEMORY_ITERATIONS;
    b.threads = 1;
    batch_run(&b);
    const struct km_memory_result *m = &b.memory_result;
    o->has_memory = true;
    o->memory = (struct row_memory){
        .allocs_per_iteration = (double)m->num_allocs / (double)b.iterations,
        .max_bytes_used = m->max_bytes_used,
        .total_allocated_bytes = known(m->total_allocated_bytes),
        .net_heap_growth = known(m->net_heap_growth),
    };
}

static void profile(struct bench_runner *r)
{
    struct tally t = { 0 };
    struct batch b = batch_of(r, &t);
    b.profiler = bench_profiler_manager();
    b.threads = 1;
    batch_run(&b);
}

static void finish_counters(struct bench_runner *r, struct tally *t)
{
    double threads = r->instance->threads;
    struct counter_basis basis = {
        .iterations = (double)t->iterations,
        .seconds = runner_seconds(r, t) / threads,
        .threads = threads,
    };
    counters_finish(&t->counters, &basis);
}

static void skip(struct tally *t, const char *message)
{
    *t = (struct tally){ .skipped = SKIP_MESSAGE, .skip_message = message };
}

void runner_start_clock(struct bench_runner *r)
{
    if (isinf(r->deadline) && r->opt->flags->max_time > 0)
        r->deadline = r->clock->real(r->clock->ctx) + r->opt->flags->max_time;
}

/* False where this repetition is not to be run at all; the tally then says why. */
static bool begin(struct bench_runner *r, struct tally *t)
{
    const struct km_benchmark *b = r->instance->family;
    runner_start_clock(r);
    double now = r->clock->real(r->clock->ctx);
    if (now >= r->total_deadline || now >= r->deadline) {
        skip(t, now >= r->total_deadline ? "not run: the time limit of the whole run is spent"
                                         : "not run: the time limit of the benchmark is spent");
        return false;
    }
    if (!r->begun) {
        r->begun = true;
        struct batch batch = batch_of(r, t);
        batch_call(&batch, b->setup_once);
        r->left_out = t->skipped;
    } else if (r->left_out) {
        skip(t, "not run: its set-up skipped it");
    }
    return !t->skipped;
}

void runner_repeat(struct bench_runner *r)
{
    struct outcome *o = &r->outcomes[r->done];
    if (begin(r, &o->tally)) {
        runner_search(r, &o->tally);
        if (r->opt->flags->target_ci > 0 && !r->exact)
            runner_refine(r, &o->tally);
        if (!o->tally.skipped)
            finish_counters(r, &o->tally);
        if (bench_memory_manager() && !o->tally.skipped)
            measure_memory(r, o);
        if (bench_profiler_manager() && !o->tally.skipped)
            profile(r);
    }
    r->done++;
}

void runner_finish(struct bench_runner *r)
{
    if (!r->begun || r->left_out)
        return;
    struct tally ignored = { 0 };
    struct batch b = batch_of(r, &ignored);
    batch_call(&b, r->instance->family->teardown_once);
    r->begun = false;
}

void runner_free(struct bench_runner *r)
{
    struct mem mem = r->mem; /* the runner itself lives in it */
    mem_free(&mem);
}
