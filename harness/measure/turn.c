/* SPDX-License-Identifier: Apache-2.0
 * One turn. */
#include "harness/measure/turn.h"

#include "harness/measure/clock.h"
#include "harness/measure/seed.h"
#include "harness/measure/turn_step.h"

#include <math.h>
#include <string.h>

enum { RESOLUTIONS = 1000, ROUND_SAMPLES_MAX = 10000000 };

static const double DEFAULT_TIMEOUT = 60;

/* What one turn works on. */
struct work {
    struct mem *m;
    const struct turn_order *order;
    struct session session;
    struct wire_ready ready;
    struct pace *pace;
    struct turn *out;
    size_t cap, cap_metrics;
    uint64_t cpu, faults, switches; /* over all samples */
};

static uint64_t to_ns(double seconds)
{
    if (!(seconds > 0))
        return 0;
    return seconds < (double)WIRE_TIME_MAX * 1e-9 ? (uint64_t)ceil(seconds * 1e9) : WIRE_TIME_MAX;
}

static const struct settings *settings(const struct work *w)
{
    return &w->order->job->settings;
}

static bool per_call(const struct work *w)
{
    return settings(w)->mode == MODE_PER_CALL;
}

/* The inputs depend on what is computed and not on how, so that all variants, and every run, see the same ones. */
static uint64_t input_seed(const struct bench *b)
{
    uint64_t seed = seed_mix(seed_of_text(b->op), seed_of_text(b->dtype));
    for (size_t i = 0; i < b->nparams; i++) {
        const struct km_param *p = &b->params[i];
        seed = seed_mix(seed, seed_of_text(p->name));
        seed = seed_mix(seed, p->word ? seed_of_text(p->word) : (uint64_t)p->number);
    }
    return seed;
}

int turn_set_up(struct session *s, const struct turn_order *order, struct wire_ready *ready)
{
    const struct bench *b = &order->job->bench;
    struct wire_job job = { .op = b->op,
                            .dtype = b->dtype,
                            .variant = b->variant,
                            .name = b->name,
                            .data_dir = order->options->data_dir,
                            .fake = order->edges->fake_clock,
                            .counters = order->options->counters,
                            .seed = input_seed(b),
                            .run_seed = order->options->seed,
                            .round = order->round,
                            .threads = (uint64_t)b->threads,
                            .params = b->params,
                            .nparams = b->nparams };
    return session_job(s, &job, ready);
}

static int set_up(struct work *w)
{
    if (turn_set_up(&w->session, w->order, &w->ready))
        return -1;
    w->out->cost = w->ready.cost;
    w->out->cost.item = w->ready.cost.items > 0 ? mem_dup(w->m, w->ready.cost.item) : NULL;
    return session_verify(&w->session);
}

/* --- pace -------------------------------------------------------------------------------------------------------- */

static int calibrate(struct work *w)
{
    const struct runner_options *o = w->order->options;
    const struct settings *s = settings(w);
    uint64_t floor = w->ready.resolution > w->ready.clock_cost ? w->ready.resolution : w->ready.clock_cost;
    double least = fmax(s->sample_seconds > 0 ? s->sample_seconds : 0, (double)floor * RESOLUTIONS * 1e-9);
    if (o->min_time > 0)
        least = fmax(least, o->min_time / (s->samples > 1 ? s->samples : 1));
    uint64_t iterations, lasted;
    if (session_calibrate(&w->session, to_ns(least), &iterations, &lasted))
        return -1;
    *w->pace = (struct pace){ iterations, schedule_batches(s, w->order->limits, (double)lasted * 1e-9) };
    return 0;
}

static int find_pace(struct work *w)
{
    int calls = settings(w)->calls;
    if (w->pace->iterations)
        return 0;
    if (!w->order->options->fixed_iterations && !per_call(w))
        return calibrate(w);
    if (w->order->options->fixed_iterations)
        *w->pace = (struct pace){ w->order->options->fixed_iterations, 1 };
    else
        *w->pace = (struct pace){ 1, calls > 1 ? (uint64_t)calls : 1 };
    return 0;
}

static int warm_up(struct work *w)
{
    const struct settings *s = settings(w);
    if (!per_call(w))
        return session_warmup(&w->session, to_ns(s->warmup_seconds), 0, w->pace->iterations);
    return session_warmup(&w->session, 0, s->warmup_calls > 0 ? (uint64_t)s->warmup_calls : 0, 1);
}

/* --- samples ----------------------------------------------------------------------------------------------------- */

static int take(struct work *w, uint64_t count)
{
    struct turn *out = w->out;
    struct mem scratch = { 0 };
    struct wire_samples got = { .ns = mem_array(&scratch, (size_t)count, sizeof *got.ns), .count = count };
    int rc = session_sample(&w->session, w->pace->iterations, &got);
    for (size_t i = 0; !rc && i < count; i++) {
        out->samples = mem_grow(w->m, out->samples, &w->cap, out->nsamples + 1, sizeof *out->samples);
        out->samples[out->nsamples++] = (double)got.ns[i] * 1e-9 / (double)w->pace->iterations;
        out->sampling += (double)got.ns[i] * 1e-9;
    }
    if (!rc) {
        w->cpu += got.cpu;
        w->faults += got.faults;
        w->switches += got.switches;
    }
    mem_free(&scratch);
    return rc;
}

/* Samples still wanted: the pace's number, then as many as the least time of a round seems to need. */
static uint64_t wanted(const struct work *w)
{
    const struct runner_options *o = w->order->options;
    const struct turn *out = w->out;
    double want = 0;
    if (out->nsamples < w->pace->samples)
        want = (double)w->pace->samples - (double)out->nsamples;
    else if (!o->fixed_iterations && o->min_time > out->sampling && out->sampling > 0 &&
             out->nsamples < ROUND_SAMPLES_MAX)
        want = ceil((o->min_time - out->sampling) / (out->sampling / (double)out->nsamples));
    return want < WIRE_SAMPLES_MAX ? (uint64_t)want : WIRE_SAMPLES_MAX;
}

static int sample(struct work *w)
{
    int rc = 0;
    for (uint64_t n; !rc && (n = wanted(w)) > 0;)
        rc = take(w, n);
    w->out->cpu = (double)w->cpu * 1e-9 / ((double)w->out->nsamples * (double)w->pace->iterations);
    return rc;
}

/* --- metrics ----------------------------------------------------------------------------------------------------- */

static void add_metric(struct work *w, const struct metric *row)
{
    struct turn *out = w->out;
    for (size_t i = 0; i < out->nmetrics; i++)
        if (!strcmp(out->metrics[i].name, row->name)) /* an event by name that is always measured */
            return;
    out->metrics = mem_grow(w->m, out->metrics, &w->cap_metrics, out->nmetrics + 1, sizeof *out->metrics);
    out->metrics[out->nmetrics++] = (struct metric){ .name = mem_dup(w->m, row->name),
                                                     .unit = mem_dup(w->m, row->unit),
                                                     .value = row->value,
                                                     .why = mem_dup(w->m, row->why) };
}

void turn_usage(uint64_t faults, uint64_t switches, double iterations, struct metric rows[TURN_USAGE])
{
    rows[0] = (struct metric){ .name = "page-faults", .unit = "faults", .value = (double)faults / iterations };
    rows[1] = (struct metric){ .name = "context-switches", .unit = "switches", .value = (double)switches / iterations };
}

static int count(struct work *w)
{
    struct metric rows[WIRE_METRICS_MAX] = {
        { .name = "clock-resolution", .unit = "s", .value = (double)w->ready.resolution * 1e-9 },
        { .name = "clock-cost", .unit = "s", .value = (double)w->ready.clock_cost * 1e-9 },
    };
    turn_usage(w->faults, w->switches, (double)w->out->nsamples * (double)w->pace->iterations, &rows[2]);
    for (size_t i = 0; i < 2 + TURN_USAGE; i++)
        add_metric(w, &rows[i]);
    size_t n = 0;
    if (session_counters(&w->session, per_call(w) ? w->pace->samples : w->pace->iterations, rows, &n))
        return -1;
    for (size_t i = 0; i < n; i++)
        add_metric(w, &rows[i]);
    return 0;
}

/* --- the turn ---------------------------------------------------------------------------------------------------- */

static int measure(struct work *w)
{
    if (set_up(w))
        return -1;
    if (!w->order->options->verify_only && (find_pace(w) || warm_up(w) || sample(w) || count(w)))
        return -1;
    uint64_t took;
    if (session_quit(&w->session, &took))
        return -1;
    w->out->clock_seconds = (double)took * 1e-9;
    return 0;
}

static void step(struct work *w)
{
    double from = clock_seconds();
    struct metric row;
    turn_step(w->m, w->order, &row);
    add_metric(w, &row);
    w->out->aside = clock_seconds() - from;
}

void turn_run(struct mem *m, const struct turn_order *order, struct pace *pace, struct turn *out)
{
    const struct settings *s = &order->job->settings;
    struct work w = { .m = m, .order = order, .pace = pace, .out = out };
    double patience = s->timeout_seconds > 0 ? s->timeout_seconds : DEFAULT_TIMEOUT;
    if (order->options->min_time > 0) /* asked for beyond what the timeout was written for */
        patience += 2 * order->options->min_time;
    *out = (struct turn){ .status = STATUS_OK, .cpu = NAN };
    struct session_limits limits = { .memory = s->memory_bytes,
                                     .patience = patience,
                                     .interrupted = order->options->interrupted,
                                     .pin = order->options->pin };
    if (session_start(&w.session, order->edges->worker, &limits, false) || measure(&w)) {
        out->status = w.session.status;
        out->signal = w.session.signal;
        out->message = mem_dup(m, w.session.message);
        out->nsamples = 0; /* of a turn that failed nothing counts */
    }
    session_end(&w.session);
    if (out->status == STATUS_OK && order->options->steps_max && !order->options->verify_only && !order->round)
        step(&w);
}
