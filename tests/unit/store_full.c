/* SPDX-License-Identifier: Apache-2.0
 * A run and results in which every field has a value of its own. */
#include "tests/unit/store_full.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

static struct fact facts[] = {
    { "cpu.model", "CPU", "Model " HOSTILE, NULL },
    { "memory.speed", "Memory speed", NULL, "needs root" },
    { "cpu.model", NULL, "", NULL },
};

static struct km_param params[] = {
    { "m", NULL, INT64_MIN },
    { "text", "english", 0 },
    { HOSTILE, HOSTILE, INT64_MAX },
};

static struct metric metrics[] = {
    { .name = "instructions", .unit = "", .value = 12.5, .rounds = (double[]){ 12, 13 }, .nrounds = 2 },
    { .name = "energy", .unit = "J", .value = NAN, .why = "not available: no powercap" },
    { .name = "zero" },
    { .name = "energy", .unit = "J", .value = 3 },
};

static double samples[] = { 1e-9, 2.0 / 3, 0, INFINITY, 5e-324 };
static struct round rounds[] = { { 0, 2, 1, 0.25, 1e-7 }, { 2, 3, UINT64_MAX, 1e9, NAN } };

const char *const full_real_columns[FULL_REALS] = {
    "min",
    "max",
    "mean",
    "median",
    "stddev",
    "mad",
    "cv",
    "p5",
    "p25",
    "p75",
    "p95",
    "p99",
    "ci_low",
    "ci_high",
    "ci_level",
    "sample_ci_low",
    "sample_ci_high",
    "ops_per_second",
    "bytes_per_second",
    "flops_per_second",
    "items_per_second",
    "trend_slope",
};

double full_real(int i)
{
    return 1.0 / 3 + i;
}

static void set_reals(struct summary *s, double first)
{
    double *const reals[FULL_REALS] = {
        &s->min,
        &s->max,
        &s->mean,
        &s->median,
        &s->stddev,
        &s->mad,
        &s->cv,
        &s->p5,
        &s->p25,
        &s->p75,
        &s->p95,
        &s->p99,
        &s->ci_low,
        &s->ci_high,
        &s->ci_level,
        &s->sample_ci_low,
        &s->sample_ci_high,
        &s->ops_per_second,
        &s->bytes_per_second,
        &s->flops_per_second,
        &s->items_per_second,
        &s->trend_slope,
    };
    for (int i = 0; i < FULL_REALS; i++)
        *reals[i] = first + i;
}

/* Every number gets a value of its own, so that no two columns can be swapped. */
static void fill_summary(struct summary *s)
{
    memset(s, 0, sizeof *s);
    set_reals(s, full_real(0));
    s->iterations = UINT64_MAX - 5;
    s->samples = 5;
    s->rounds = 2;
    s->mild_outliers = 11;
    s->severe_outliers = 12;
    s->rule_outliers = true;
    s->trend = true;
}

struct result full_result(void)
{
    struct result r = {
        .position = 7,
        .bench = { "gemv/f32/avx512/m:384 " HOSTILE, "gemv/f32/avx512", "gemv", "f32", "avx512", params, 3, 64,
                   "definition " HOSTILE, "0123456789abcdef" },
        .entry = { "core", "Dense", "Mat-vec 384×384", "Because " HOSTILE, "per 100 characters", 100, 1.5e-6,
                   "critical", 0.1, "ops_per_second,instructions=1%" },
        .cost = { 1.5, 2.5, 3.5, "element" },
        .message = HOSTILE,
        .signal = 11,
        .mode = MODE_PER_CALL,
        .stop = STOP_BUDGET,
        .samples = samples,
        .nsamples = 5,
        .rounds = rounds,
        .nrounds = 2,
        .metrics = metrics,
        .nmetrics = 4,
        .sampling_seconds = 0.125,
        .wall_seconds = 0.75,
    };
    fill_summary(&r.summary);
    return r;
}

struct result empty_result(void)
{
    struct result r = { .position = 8, .bench = { .name = "empty", .hash = "ff" }, .status = STATUS_UNSUPPORTED };
    memset(&r.summary, 0, sizeof r.summary);
    set_reals(&r.summary, NAN);
    r.entry = (struct entry){ .unit_items = NAN, .target = NAN, .threshold = NAN };
    r.cost = (struct km_cost){ NAN, NAN, NAN, NULL };
    r.sampling_seconds = r.wall_seconds = NAN;
    return r;
}

struct run full_run(void)
{
    return (struct run){
        .uuid = "0123456789abcdef0123456789abcdef",
        .started = 1700000000.125,
        .finished = NAN,
        .suites = "core,decode",
        .profile = "quick",
        .filter = "-^a|b'$(x)'",
        .command = "kernmark run " HOSTILE,
        .version = "0.1.0",
        .seed = UINT64_MAX,
        .host = { .fingerprint = "feedfacefeedface", .name = "box", .facts = { facts, 3 } },
        .build = { .hash = "beefbeefbeefbeef", .facts = { facts + 1, 2 } },
        .commit = { "c0ffee", "p1 p2", "main", "2024-01-02T03:04:05+06:00", "Subject " HOSTILE, true, NULL },
        .before = { facts, 2 },
        .after = { facts, 1 },
    };
}

void same_text(const char *a, const char *b)
{
    if (a && b)
        assert_string_equal(a, b);
    else
        assert_ptr_equal(a, b);
}

/* To the bit: 0 is not -0. */
void same_real(double a, double b)
{
    if (!isnan(a) || !isnan(b))
        assert_memory_equal(&a, &b, sizeof a);
}

void same_facts(const struct facts *a, const struct facts *b)
{
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++) {
        same_text(a->all[i].key, b->all[i].key);
        same_text(a->all[i].title, b->all[i].title);
        same_text(a->all[i].value, b->all[i].value);
        same_text(a->all[i].why, b->all[i].why);
    }
}

static void same_bench(const struct bench *a, const struct bench *b)
{
    const char *const pairs[][2] = { { a->name, b->name },       { a->family, b->family },
                                     { a->op, b->op },           { a->dtype, b->dtype },
                                     { a->variant, b->variant }, { a->definition, b->definition },
                                     { a->hash, b->hash } };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        same_text(pairs[i][0], pairs[i][1]);
    assert_int_equal(a->threads, b->threads);
    assert_int_equal(a->nparams, b->nparams);
    for (size_t i = 0; i < a->nparams; i++) {
        same_text(a->params[i].name, b->params[i].name);
        same_text(a->params[i].word, b->params[i].word);
        assert_true(a->params[i].number == b->params[i].number);
    }
}

static void same_entry(const struct entry *a, const struct entry *b)
{
    const char *const pairs[][2] = { { a->suite, b->suite },         { a->section, b->section },
                                     { a->component, b->component }, { a->why, b->why },
                                     { a->unit, b->unit },           { a->priority, b->priority },
                                     { a->metrics, b->metrics } };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        same_text(pairs[i][0], pairs[i][1]);
    same_real(a->unit_items, b->unit_items);
    same_real(a->target, b->target);
    same_real(a->threshold, b->threshold);
}

static void same_rounds(const struct result *a, const struct result *b)
{
    assert_int_equal(a->nrounds, b->nrounds);
    for (size_t i = 0; i < a->nrounds; i++) {
        assert_int_equal(a->rounds[i].first, b->rounds[i].first);
        assert_int_equal(a->rounds[i].count, b->rounds[i].count);
        assert_true(a->rounds[i].iterations == b->rounds[i].iterations);
        same_real(a->rounds[i].started, b->rounds[i].started);
        same_real(a->rounds[i].cpu_seconds, b->rounds[i].cpu_seconds);
    }
}

static void same_metrics(const struct result *a, const struct result *b)
{
    assert_int_equal(a->nmetrics, b->nmetrics);
    for (size_t i = 0; i < a->nmetrics; i++) {
        same_text(a->metrics[i].name, b->metrics[i].name);
        same_text(a->metrics[i].unit, b->metrics[i].unit);
        same_text(a->metrics[i].why, b->metrics[i].why);
        same_real(a->metrics[i].value, b->metrics[i].value);
        assert_int_equal(a->metrics[i].nrounds, b->metrics[i].nrounds);
        for (size_t k = 0; k < a->metrics[i].nrounds; k++)
            same_real(a->metrics[i].rounds[k], b->metrics[i].rounds[k]);
    }
}

void same_result(const struct result *a, const struct result *b)
{
    assert_int_equal(a->position, b->position);
    same_bench(&a->bench, &b->bench);
    same_entry(&a->entry, &b->entry);
    same_real(a->cost.flops, b->cost.flops);
    same_real(a->cost.bytes, b->cost.bytes);
    same_real(a->cost.items, b->cost.items);
    same_text(a->cost.item, b->cost.item);
    assert_int_equal(a->status, b->status);
    same_text(a->message, b->message);
    assert_int_equal(a->signal, b->signal);
    assert_int_equal(a->mode, b->mode);
    assert_int_equal(a->stop, b->stop);
    assert_int_equal(a->nsamples, b->nsamples);
    if (a->nsamples)
        assert_memory_equal(a->samples, b->samples, a->nsamples * sizeof *a->samples);
    same_rounds(a, b);
    /* The whole struct, padding included (both are zeroed): a field that nobody stores cannot hide. */
    assert_memory_equal(&a->summary, &b->summary, sizeof a->summary);
    same_metrics(a, b);
    same_real(a->sampling_seconds, b->sampling_seconds);
    same_real(a->wall_seconds, b->wall_seconds);
    assert_true(a->id == b->id && a->id > 0);
}

static void same_commit(const struct commit *a, const struct commit *b)
{
    const char *const pairs[][2] = { { a->hash, b->hash }, { a->parents, b->parents }, { a->branch, b->branch },
                                     { a->date, b->date }, { a->subject, b->subject }, { a->why, b->why } };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        same_text(pairs[i][0], pairs[i][1]);
    assert_int_equal(a->dirty, b->dirty);
}

void same_run(const struct run *a, const struct run *b)
{
    const char *const pairs[][2] = { { a->uuid, b->uuid },
                                     { a->suites, b->suites },
                                     { a->profile, b->profile },
                                     { a->filter, b->filter },
                                     { a->command, b->command },
                                     { a->version, b->version },
                                     { a->host.fingerprint, b->host.fingerprint },
                                     { a->host.name, b->host.name },
                                     { a->build.hash, b->build.hash } };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        same_text(pairs[i][0], pairs[i][1]);
    same_real(a->started, b->started);
    same_real(a->finished, b->finished);
    assert_true(a->seed == b->seed && a->id == b->id && a->host.id == b->host.id && a->build.id == b->build.id);
    assert_int_equal(a->state, b->state);
    same_facts(&a->host.facts, &b->host.facts);
    same_facts(&a->build.facts, &b->build.facts);
    same_facts(&a->before, &b->before);
    same_facts(&a->after, &b->after);
    same_commit(&a->commit, &b->commit);
}
