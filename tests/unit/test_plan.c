/* SPDX-License-Identifier: Apache-2.0
 * Suites to jobs: names, order, hashes, targets, what cannot run here, and every way a suite contradicts its binding. */
#include "harness/base/buf.h"
#include "harness/plan/plan.h"
#include "suites/bindings.h"

#include <glob.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])
#define HEAD         "name: s\ntitle: T\nwhy: W\nbenchmarks:\n"
#define FAKE         HEAD "  - operation: fake\n    dtype: f32\n    why: W\n"

/* --- bindings that are never run --------------------------------------------------------------------------------- */

static const char *const *three(void)
{
    static const char *const names[] = { "ref", "auto", "fast", NULL };
    return names;
}

static const char *const *only_ref(void)
{
    static const char *const names[] = { "ref", NULL };
    return names;
}

static const char *const texts[] = { "english", "code", NULL };
static const struct km_param_spec sized[] = {
    { .name = "n", .min = 8, .max = 4096, .multiple = 8, .what = "elements of each vector" },
    { .name = "text", .words = texts, .what = "sample text" },
    KM_THREADS,
    { .name = NULL },
};
static const struct km_param_spec unsized[] = { { .name = NULL } };
static const struct km_param_spec only_threads[] = { KM_THREADS, { .name = NULL } };

static const struct km_op fake_f32 = { .op = "fake", .dtype = "f32", .version = 1, .params = sized, .variants = three };
static const struct km_op fake_q8 = {
    .op = "fake", .dtype = "q8", .version = 3, .params = only_threads, .variants = three
};
static const struct km_op dot_f32 = {
    .op = "dot", .dtype = "f32", .version = 1, .params = unsized, .variants = only_ref
};
static const struct km_op arena = {
    .op = "arena_alloc", .dtype = "u8", .version = 1, .params = unsized, .variants = only_ref
};
static const struct km_op *const ops[] = { &fake_f32, &fake_q8, &dot_f32, &arena };

/* --- helpers ----------------------------------------------------------------------------------------------------- */

static int add_on(struct mem *m, struct plan *plan, const char *text, const char *profile, const char *cpu, int cpus,
                  struct err *e)
{
    struct suite *suite = mem_alloc(m, sizeof *suite);
    return suite_parse(m, "f", text, strlen(text), suite, e) ||
                   plan_add(m, plan, suite, profile, &(struct plan_host){ cpu, cpus }, ops, COUNT(ops), e)
               ? -1
               : 0;
}

static int add(struct mem *m, struct plan *plan, const char *text, const char *profile, const char *cpu, struct err *e)
{
    return add_on(m, plan, text, profile, cpu, 1, e);
}

static struct plan make(struct mem *m, const char *text)
{
    struct plan plan = { NULL, 0 };
    struct err e = { 0 };
    if (add(m, &plan, text, "quick", "Some CPU", &e))
        fail_msg("%s", e.text);
    return plan;
}

/* --- expansion --------------------------------------------------------------------------------------------------- */

static void names_in_order(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "fake/f32/ref/n:8/text:english", "fake/f32/fast/n:8/text:english", "fake/f32/ref/n:8/text:code",
        "fake/f32/fast/n:8/text:code",   "fake/f32/ref/n:16/text:english", "fake/f32/fast/n:16/text:english",
        "fake/f32/ref/n:16/text:code",   "fake/f32/fast/n:16/text:code",   "fake/q8/ref/threads:1",
        "fake/q8/auto/threads:1",        "fake/q8/fast/threads:1",         "fake/q8/ref/threads:2",
        "fake/q8/auto/threads:2",        "fake/q8/fast/threads:2",
    };
    struct mem m = { NULL };
    struct plan plan = make(&m, FAKE "    parameters: {text: [english, code], n: [8, 16]}\n    variants: [ref, fast]\n"
                                     "    component: Fake {text} at {n} {x}\n"
                                     "  - {operation: fake, dtype: q8, why: W, threads: [1, 2]}\n");
    assert_int_equal(plan.njobs, COUNT(expected));
    for (size_t i = 0; i < plan.njobs; i++)
        assert_string_equal(plan.jobs[i].bench.name, expected[i]);
    const struct job *job = &plan.jobs[6];
    assert_string_equal(job->bench.family, "fake/f32/ref");
    assert_string_equal(job->bench.op, "fake");
    assert_string_equal(job->bench.dtype, "f32");
    assert_string_equal(job->bench.variant, "ref");
    assert_int_equal(job->bench.nparams, 2);
    assert_int_equal(job->bench.params[0].number, 16);
    assert_string_equal(job->bench.params[1].word, "code");
    assert_int_equal(job->bench.threads, 1);
    assert_ptr_equal(job->op, &fake_f32);
    assert_string_equal(job->entry.component, "Fake code at 16 {x}");
    assert_string_equal(plan.jobs[8].entry.component, "fake/q8 threads:1");
    assert_string_equal(job->entry.suite, "s");
    assert_null(job->unsupported);
    assert_null(plan.jobs[8].unsupported);
    assert_null(plan.jobs[11].unsupported);
    assert_int_equal(plan.jobs[8].bench.threads, 1);
    assert_int_equal(plan.jobs[11].bench.threads, 2);
    mem_free(&m);
}

/* "host" is doubled up to the CPUs that there are, which are always among them; what is listed is not made twice. */
static void threads_of_the_host(void **state)
{
    (void)state;
    static const struct {
        int cpus;
        const char *threads;
        int want[8];
    } rows[] = {
        { 0, "host", { 1 } },
        { 1, "host", { 1 } },
        { 2, "host", { 1, 2 } },
        { 6, "host", { 1, 2, 4, 6 } },
        { 8, "[host]", { 1, 2, 4, 8 } },
        { 2, "[1, 2, 4, host]", { 1, 2, 4 } },
        { 16, "[3, 4, host]", { 3, 4, 1, 2, 8, 16 } },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct mem m = { NULL };
        struct plan plan = { NULL, 0 };
        struct err e = { 0 };
        const char *text = mem_printf(&m, HEAD "  - {operation: fake, dtype: q8, why: W, variants: ref, threads: %s}\n",
                                      rows[i].threads);
        if (add_on(&m, &plan, text, "quick", NULL, rows[i].cpus, &e))
            fail_msg("%s", e.text);
        for (size_t k = 0; k < plan.njobs; k++) {
            assert_int_equal(plan.jobs[k].bench.threads, rows[i].want[k]);
            assert_string_equal(plan.jobs[k].bench.name, mem_printf(&m, "fake/q8/ref/threads:%d", rows[i].want[k]));
        }
        assert_int_equal(rows[i].want[plan.njobs], 0);
        mem_free(&m);
    }
}

static void components_tell_sizes_apart(void **state)
{
    (void)state;
    struct mem m = { NULL };
    struct plan plan = make(&m, FAKE "    parameters: {text: [english, code], n: 8}\n    variants: ref\n"
                                     "    component: '{n}{n} wide'\n");
    assert_int_equal(plan.njobs, 2);
    assert_string_equal(plan.jobs[0].entry.component, "88 wide text:english");
    assert_string_equal(plan.jobs[1].entry.component, "88 wide text:code");
    mem_free(&m);
}

static void what_cannot_run_here(void **state)
{
    (void)state;
    struct mem m = { NULL };
    struct plan plan = make(&m, HEAD "  - {operation: dot, dtype: f32, why: W, variants: [ref, avx512, neon]}\n"
                                     "  - {operation: arena_alloc, dtype: u8, why: W, variants: [ref, avx2]}\n"
                                     "  - {operation: fake, dtype: q8, why: W, variants: [fast, neon]}\n");
    assert_int_equal(plan.njobs, 7);
    assert_null(plan.jobs[0].unsupported);
    assert_string_equal(plan.jobs[1].unsupported, "this CPU has no AVX-512");
    assert_string_equal(plan.jobs[2].unsupported, "this CPU has no NEON");
    assert_string_equal(plan.jobs[4].unsupported, "no such variant: arena_alloc/u8 is written for ref, auto only");
    assert_null(plan.jobs[5].unsupported);
    assert_string_equal(plan.jobs[6].unsupported, "no such variant: fake/q8 is written for ref, auto, fast only");
    mem_free(&m);
}

static void targets_by_cpu(void **state)
{
    (void)state;
    static const char text[] = HEAD "  - operation: fake\n    dtype: q8\n    why: W\n    variants: ref\n    target:\n"
                                    "      - {cpu: Cortex-A5, value: 1us}\n      - {cpu: EPYC, value: 2us}\n";
    static const struct {
        const char *cpu;
        double target;
    } rows[] = { { "ARM Cortex-A53", 1e-6 }, { "amd epyc 9655", 2e-6 }, { "Xeon", NAN }, { NULL, NAN }, { "", NAN } };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct mem m = { NULL };
        struct plan plan = { NULL, 0 }, any = { NULL, 0 };
        struct err e = { 0 };
        char *with_default = mem_printf(&m, "%s      - {value: 3us}\n", text);
        assert_int_equal(add(&m, &plan, text, "quick", rows[i].cpu, &e), 0);
        assert_int_equal(add(&m, &any, with_default, "quick", rows[i].cpu, &e), 0);
        double got = plan.jobs[0].entry.target;
        assert_true(isnan(rows[i].target) ? isnan(got) : got == rows[i].target);
        assert_true(any.jobs[0].entry.target == (isnan(rows[i].target) ? 3e-6 : rows[i].target));
        mem_free(&m);
    }
}

static void hash_covers_what_is_measured(void **state)
{
    (void)state;
    struct mem m = { NULL };
    struct plan plan = make(&m, FAKE "    parameters: {text: code, n: [8, 16]}\n    variants: [ref, fast]\n");
    /* python3: h=0xcbf29ce484222325; for c in DEFINITION: h=(h^c)*0x100000001b3 % 2**64; print('%016x' % h) */
    assert_string_equal(plan.jobs[0].bench.definition,
                        "operation=fake dtype=f32 variant=ref version=1 n:8 text:code threads=1 mode=batch");
    assert_string_equal(plan.jobs[0].bench.hash, "dba3b13bff4d5e66");
    for (size_t i = 0; i < plan.njobs; i++)
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(plan.jobs[i].bench.hash, plan.jobs[k].bench.hash);

    /* Settings, targets and words for people change nothing; the mode does. */
    struct plan same = make(&m, "name: t\ntitle: U\nwhy: V\nthreshold: 1%\nprofiles: {quick: {budget: 9s}}\n"
                                "benchmarks:\n  - {operation: fake, dtype: f32, why: V, component: C, target: 1us,\n"
                                "     parameters: {n: 8, text: code}, variants: ref}\n");
    assert_string_equal(same.jobs[0].bench.hash, plan.jobs[0].bench.hash);
    struct plan per_call = make(&m, FAKE "    parameters: {text: code, n: 8}\n    variants: ref\n    mode: per_call\n");
    assert_string_equal(per_call.jobs[0].bench.name, plan.jobs[0].bench.name);
    assert_string_not_equal(per_call.jobs[0].bench.hash, plan.jobs[0].bench.hash);
    assert_int_equal(per_call.jobs[0].settings.mode, MODE_PER_CALL);
    struct plan version = make(&m, HEAD "  - {operation: fake, dtype: q8, why: W, variants: ref}\n");
    assert_non_null(strstr(version.jobs[0].bench.definition, "version=3"));
    mem_free(&m);
}

static void profiles_reach_the_jobs(void **state)
{
    (void)state;
    static const char text[] = "name: s\ntitle: T\nwhy: W\nprofiles: {reference: {mode: per_call, calls: 7}}\n"
                               "benchmarks:\n  - {operation: fake, dtype: q8, why: W, variants: ref}\n"
                               "  - {operation: fake, dtype: q8, why: W, variants: auto, mode: batch}\n";
    struct mem m = { NULL };
    struct plan plan = { NULL, 0 };
    struct err e = { 0 };
    assert_int_equal(add(&m, &plan, text, "reference", NULL, &e), 0);
    assert_int_equal(plan.jobs[0].settings.mode, MODE_PER_CALL);
    assert_int_equal(plan.jobs[0].settings.calls, 7);
    assert_int_equal(plan.jobs[1].settings.mode, MODE_BATCH);
    assert_int_equal(add(&m, &plan, text, "no such", NULL, &e), -1);
    assert_int_equal(e.kind, EXIT_USAGE);
    assert_int_equal(plan.njobs, 2);
    mem_free(&m);
}

/* --- what is refused --------------------------------------------------------------------------------------------- */

struct bad {
    const char *what, *text, *message;
};

static const struct bad bad[] = {
    { "unknown operation", HEAD "  - operation: fke\n    dtype: f32\n    why: W\n",
      "f:5:16: unknown operation 'fke'; did you mean 'fake'? Known: fake, dot, arena_alloc" },
    { "unknown dtype", HEAD "  - operation: fake\n    dtype: f16\n    why: W\n",
      "f:6:12: operation 'fake' has no dtype 'f16'; known: f32, q8" },
    { "unknown parameter", FAKE "    parameters: {n: 8, txt: code}\n",
      "f:8:24: fake/f32 has no parameter 'txt'; did you mean 'text'? Known: n, text" },
    { "missing parameter", FAKE "    parameters: {n: 8}\n",
      "f:5:5: fake/f32 lacks the parameter 'text' (sample text)" },
    { "missing parameters", FAKE, "f:5:5: fake/f32 lacks the parameter 'n' (elements of each vector)" },
    { "size of zero", FAKE "    parameters: {n: 0, text: code}\n",
      "f:8:21: n: 0 is impossible; elements of each vector: from 8 to 4096" },
    { "negative size", FAKE "    parameters: {n: -8, text: code}\n",
      "f:8:21: n: -8 is impossible; elements of each vector: from 8 to 4096" },
    { "size too large", FAKE "    parameters: {n: [8, 8192], text: code}\n",
      "f:8:25: n: 8192 is impossible; elements of each vector: from 8 to 4096" },
    { "size that is no multiple", FAKE "    parameters: {n: 12, text: code}\n",
      "f:8:21: n: 12 is impossible; elements of each vector: a multiple of 8" },
    { "word for a number", FAKE "    parameters: {n: many, text: code}\n",
      "f:8:21: n: expected a number (elements of each vector), got 'many'" },
    { "quoted number", FAKE "    parameters: {n: '8', text: code}\n",
      "f:8:21: n: expected a number (elements of each vector), got '8'" },
    { "number for a word", FAKE "    parameters: {n: 8, text: 5}\n",
      "f:8:30: text: '5' is no sample text; known: english, code" },
    { "unknown word", FAKE "    parameters: {n: 8, text: coed}\n",
      "f:8:30: text: 'coed' is no sample text; did you mean 'code'? Known: english, code" },
    { "unknown variant", FAKE "    parameters: {n: 8, text: code}\n    variants: [ref, axv2]\n",
      "f:9:21: unknown variant 'axv2'; did you mean 'avx2'? Known: ref, auto, neon, avx2, avx512, avx512vnni, "
      "avx512bf16, avx512amx" },
    { "threads that it cannot", HEAD "  - {operation: dot, dtype: f32, why: W, threads: [1, 2]}\n",
      "f:5:55: threads: dot/f32 runs on one thread" },
    { "threads of the host that it cannot", HEAD "  - {operation: dot, dtype: f32, why: W, threads: host}\n",
      "f:5:51: threads: dot/f32 runs on one thread" },
    { "threads listed twice", HEAD "  - {operation: fake, dtype: q8, why: W, variants: ref, threads: [2, 2]}\n",
      "f:5:5: benchmark name 'fake/q8/ref/threads:2' is already made by this benchmark (a value is listed twice)" },
    { "threads as a parameter", FAKE "    parameters: {n: 8, text: code, threads: 2}\n",
      "f:8:36: fake/f32 has no parameter 'threads'; known: n, text" },
    { "value listed twice", FAKE "    parameters: {n: [8, 8], text: code}\n    variants: ref\n",
      "f:5:5: benchmark name 'fake/f32/ref/n:8/text:code' is already made by this benchmark (a value is listed "
      "twice)" },
    { "benchmark written twice",
      HEAD "  - {operation: dot, dtype: f32, why: W}\n  - {operation: dot, dtype: f32, why: V}\n",
      "f:6:5: benchmark name 'dot/f32/ref' is already made at 5:5" },
};

static void bad_suites(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct mem m = { NULL };
        struct plan plan = { NULL, 0 };
        struct err e = { 0 };
        if (add(&m, &plan, bad[i].text, "quick", NULL, &e) == 0)
            fail_msg("%s: accepted", bad[i].what);
        assert_string_equal(e.text, bad[i].message);
        assert_int_equal(e.kind, EXIT_USAGE);
        assert_int_equal(plan.njobs, 0);
        mem_free(&m);
    }
}

static void too_many(void **state)
{
    (void)state;
    struct mem m = { NULL };
    struct plan plan = { NULL, 0 };
    struct err e = { 0 };
    struct buf text = { 0 };
    buf_puts(&text, FAKE "    parameters: {n: {from: 8, to: 4096, step: 8}, text: [english, code]}\n    threads: [1");
    for (int i = 2; i <= 34; i++)
        buf_printf(&text, ", %d", i);
    size_t fits = text.len;
    buf_puts(&text, "]\n"); /* 512 sizes, 2 texts, 34 threads, 3 variants: 104,448 */
    assert_int_equal(add(&m, &plan, buf_text(&text), "quick", NULL, &e), -1);
    assert_string_equal(e.text, "f:5:5: the suite expands to more than 100000 benchmarks");
    text.len = fits;
    buf_puts(&text, "]\n    variants: [ref, fast]\n"); /* 69,632 */
    assert_int_equal(add(&m, &plan, buf_text(&text), "quick", NULL, &e), 0);
    assert_int_equal(plan.njobs, 512 * 2 * 34 * 2);
    buf_free(&text);
    mem_free(&m);
}

static void two_suites(void **state)
{
    (void)state;
    struct mem m = { NULL };
    struct err e = { 0 };
    struct plan plan = make(&m, HEAD "  - {operation: fake, dtype: q8, why: W, variants: [ref, auto]}\n");
    const char *first = plan.jobs[0].bench.name;
    assert_int_equal(add(&m, &plan, HEAD "  - {operation: dot, dtype: f32, why: W}\n", "quick", NULL, &e), 0);
    assert_int_equal(plan.njobs, 3);
    assert_ptr_equal(plan.jobs[0].bench.name, first);
    assert_string_equal(plan.jobs[2].bench.name, "dot/f32/ref");
    /* Shared ones are measured once; the same name with another meaning is a mistake. */
    assert_int_equal(add(&m, &plan,
                         HEAD "  - {operation: fake, dtype: q8, why: X, variants: [auto]}\n"
                              "  - {operation: dot, dtype: f32, why: W, variants: [auto, ref]}\n",
                         "quick", NULL, &e),
                     0);
    assert_int_equal(plan.njobs, 4);
    assert_string_equal(plan.jobs[3].bench.name, "dot/f32/auto");
    assert_string_equal(plan.jobs[1].entry.why, "W");
    assert_int_equal(
        add(&m, &plan, HEAD "  - {operation: fake, dtype: q8, why: W, mode: per_call}\n", "quick", NULL, &e), -1);
    assert_string_equal(e.text, "f:5:5: benchmark name 'fake/q8/auto' is already made in another suite");
    assert_int_equal(plan.njobs, 4);
    mem_free(&m);
}

/* --- the filter -------------------------------------------------------------------------------------------------- */

static void filters(void **state)
{
    (void)state;
    static const struct {
        const char *regex;
        size_t kept;
    } rows[] = {
        { "", 7 },           { "all", 7 },          { ".", 7 },    { "fake/q8", 3 }, { "^q8", 0 },
        { "q8|n:8", 5 },     { "-q8", 4 },          { "-", 0 },    { "ref$", 1 },    { "n:(8|16)/", 4 },
        { "n:[0-9]{2}", 2 }, { "-(auto|fast)", 3 }, { "-all", 7 }, { "'; DROP", 0 }, { "$(reboot)", 0 },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct mem m = { NULL };
        struct err e = { 0 };
        struct plan plan = make(&m, FAKE "    parameters: {text: code, n: [8, 16]}\n    variants: [ref, fast]\n"
                                         "  - {operation: fake, dtype: q8, why: W}\n");
        assert_int_equal(plan_filter(&plan, rows[i].regex, &e), 0);
        if (plan.njobs != rows[i].kept)
            fail_msg("filter %s kept %zu, expected %zu", rows[i].regex, plan.njobs, rows[i].kept);
        mem_free(&m);
    }
}

static void filters_that_are_none(void **state)
{
    (void)state;
    static const char *const rows[] = { "(", "[a", "a{2", "-(", "\\" };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct mem m = { NULL };
        struct err e = { 0 };
        struct plan plan = make(&m, HEAD "  - {operation: fake, dtype: q8, why: W}\n");
        char start[64];
        snprintf(start, sizeof start, "filter '%s' is no regular expression: ", rows[i]);
        assert_int_equal(plan_filter(&plan, rows[i], &e), -1);
        assert_int_equal(strncmp(e.text, start, strlen(start)), 0);
        assert_true(strlen(e.text) > strlen(start));
        assert_int_equal(e.kind, EXIT_USAGE);
        assert_int_equal(plan.njobs, 3);
        mem_free(&m);
    }
}

/* --- the core suite ---------------------------------------------------------------------------------------------- */

/* The table of reference 002: target in seconds per unit on any CPU, and on its two Cortexes (0: not given). */
static const struct {
    const char *op, *unit, *priority;
    double target, a53, a72;
} reference[] = {
    { "bpe_encode", "per 100 characters", "medium", 10e-6, 8e-6, 4e-6 },
    { "dequant", "per block", "high", 2e-6, 1.5e-6, 0.7e-6 },
    { "dot", NULL, "high", 1e-6, 0.8e-6, 0.4e-6 },
    { "gemv", NULL, "critical", 500e-6, 450e-6, 225e-6 },
    { "layernorm", NULL, "medium", 10e-6, 0, 0 },
    { "kv_read", "per read", "high", 1e-6, 0, 0 },
    { "arena_alloc", "per allocation", "low", 1e-6, 0, 0 },
};

static void check_core_job(const struct job *job, int column)
{
    size_t i = 0;
    while (i < COUNT(reference) && strcmp(reference[i].op, job->bench.op) != 0)
        i++;
    assert_true(i < COUNT(reference));
    double given[] = { reference[i].target, reference[i].a53, reference[i].a72 };
    double target = given[column] > 0 ? given[column] : given[0];
    assert_true(fabs(job->entry.target / target - 1) < 1e-12);
    assert_string_equal(job->entry.priority, reference[i].priority);
    if (reference[i].unit)
        assert_string_equal(job->entry.unit, reference[i].unit);
    else
        assert_null(job->entry.unit);
    assert_true(job->entry.threshold == 0.10);
    assert_non_null(job->entry.why);
    assert_non_null(job->entry.section);
}

static void core_suite(void **state)
{
    (void)state;
    static const char *const cpus[] = { "Some CPU", "Cortex-A53", "Cortex-A72" };
    size_t nops, seen_unsupported = 0;
    const struct km_op *const *all = km_ops(&nops);
    for (int column = 0; column < 3; column++) {
        struct mem m = { NULL };
        struct suite suite;
        struct plan plan = { NULL, 0 };
        struct err e = { 0 };
        if (suite_load(&m, "suites/core.yaml", &suite, &e) ||
            plan_add(&m, &plan, &suite, "reference", &(struct plan_host){ cpus[column], 0 }, all, nops, &e))
            fail_msg("%s", e.text);
        assert_int_equal(plan.njobs, 8 * 5); /* seven components, one of them with two texts, in five variants */
        for (size_t i = 0; i < plan.njobs; i++) {
            check_core_job(&plan.jobs[i], column);
            seen_unsupported += plan.jobs[i].unsupported != NULL;
        }
        assert_int_equal(plan.jobs[0].settings.mode, MODE_PER_CALL);
        assert_int_equal(plan.jobs[0].settings.warmup_calls, 100);
        assert_int_equal(plan.jobs[0].settings.calls, 1000);
        mem_free(&m);
    }
    assert_true(seen_unsupported > 0); /* no CPU has both NEON and AVX2 */
}

/* Also what no other test measures must name operations, parameters and data that exist. */
static void every_shipped_suite(void **state)
{
    (void)state;
    size_t nops;
    const struct km_op *const *all = km_ops(&nops);
    glob_t found;
    assert_int_equal(glob("suites/*.yaml", 0, NULL, &found), 0);
    assert_true(found.gl_pathc > 10);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct mem m = { NULL };
        struct suite suite;
        struct plan plan = { NULL, 0 };
        struct err e = { 0 };
        if (suite_load(&m, found.gl_pathv[i], &suite, &e) ||
            plan_add(&m, &plan, &suite, "quick", &(struct plan_host){ "Some CPU", 0 }, all, nops, &e))
            fail_msg("%s", e.text);
        assert_true(plan.njobs > 0);
        mem_free(&m);
    }
    globfree(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_in_order),
        cmocka_unit_test(threads_of_the_host),
        cmocka_unit_test(components_tell_sizes_apart),
        cmocka_unit_test(what_cannot_run_here),
        cmocka_unit_test(targets_by_cpu),
        cmocka_unit_test(hash_covers_what_is_measured),
        cmocka_unit_test(profiles_reach_the_jobs),
        cmocka_unit_test(bad_suites),
        cmocka_unit_test(too_many),
        cmocka_unit_test(two_suites),
        cmocka_unit_test(filters),
        cmocka_unit_test(filters_that_are_none),
        cmocka_unit_test(core_suite),
        cmocka_unit_test(every_shipped_suite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
