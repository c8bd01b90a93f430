/* SPDX-License-Identifier: Apache-2.0
 * Bindings that share their work among threads: right with any number of them, and nothing of them stays behind. */
#include "harness/plan/plan.h"
#include "suites/bindings.h"
#include "suites/threads_util.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char suite_text[] =
    "name: s\ntitle: T\nwhy: W\nbenchmarks:\n"
    "  - {operation: gemm, dtype: f32, why: W, threads: [1, 2, 5], parameters: {m: 9, n: 130, k: 33, weights: [plain, "
    "packed]}}\n"
    "  - {operation: fork_join, dtype: pool, why: W, threads: [1, 2, 5], parameters: {wait: [look, sleep]}}\n"
    "  - {operation: gemm, dtype: bf16, why: W, threads: [1, 2, 5], parameters: {m: 9, n: 130, k: 33}}\n"
    "  - {operation: gemm, dtype: f16, why: W, threads: [1, 2, 5], parameters: {m: 9, n: 130, k: 33}}\n"
    "  - {operation: gemv, dtype: f32, why: W, threads: [1, 2, 5], parameters: {m: 600, k: 70}}\n"
    "  - {operation: gemv, dtype: i8, why: W, threads: [1, 2, 5], parameters: {m: 600, k: 170}}\n"
    "  - {operation: gemv, dtype: i4, why: W, threads: [1, 2, 5], parameters: {m: 600, k: 170}}\n"
    "  - {operation: matmul, dtype: q8_0, why: W, threads: [1, 2, 5], parameters: {m: 90, n: 13, k: 96}}\n"
    "  - {operation: matmul, dtype: q4_0, why: W, threads: [1, 2, 5], parameters: {m: 90, n: 9, k: 544}}\n"
    "  - {operation: matmul, dtype: q4_k, why: W, threads: [1, 2, 5], parameters: {m: 40, n: 7, k: 768}}\n"
    "  - {operation: matmul, dtype: i8, why: W, threads: [1, 2, 5], parameters: {m: 90, n: 14, k: 37}}\n"
    "  - {operation: matmul, dtype: i4, why: W, threads: [1, 2, 5], parameters: {m: 90, n: 3, k: 45}}\n"
    "  - {operation: gemv, dtype: q8_0, why: W, threads: [1, 2, 5], parameters: {m: 600, k: 160}}\n"
    "  - {operation: gemv, dtype: q4_0, why: W, threads: [1, 2, 5], parameters: {m: 600, k: 160}}\n"
    "  - {operation: gemv, dtype: q4_k, why: W, threads: [1, 2, 5], parameters: {m: 600, k: 256}}\n"
    "  - {operation: gemv_packed, dtype: q8_0, why: W, threads: [1, 2, 5], parameters: {m: 600, k: 160}}\n"
    "  - {operation: gemv_packed, dtype: q4_0, why: W, threads: [1, 2, 5], parameters: {m: 600, k: 160}}\n"
    "  - {operation: flash, dtype: f16, why: W, threads: [1, 2, 5], parameters: {queries: [1, 70], positions: 600, "
    "heads: 4, kv_heads: 2, dim: 32, window: [0, 300], page: [0, 16]}}\n"
    "  - {operation: flash, dtype: i8, why: W, threads: [1, 2, 5], parameters: {queries: 1, positions: 600, heads: 2, "
    "kv_heads: 1, dim: 32, window: 0, page: 0}}\n"
    "  - {operation: flash, dtype: q4_0, why: W, threads: [1, 2, 5], parameters: {queries: [1, 70], positions: 600, "
    "heads: 4, kv_heads: 2, dim: 32, window: [0, 300], page: [0, 16]}}\n"
    "  - {operation: flash, dtype: tiers, why: W, threads: [1, 2, 5], parameters: {queries: [1, 70], positions: 600, "
    "heads: 4, kv_heads: 2, dim: 32, window: [0, 300], page: 0}}\n";

static struct plan plan_of(struct mem *m, const char *text)
{
    struct suite *suite = mem_alloc(m, sizeof *suite);
    struct plan plan = { NULL, 0 };
    struct err e = { 0 };
    size_t nops;
    const struct km_op *const *ops = km_ops(&nops);
    if (suite_parse(m, "s", text, strlen(text), suite, &e) ||
        plan_add(m, &plan, suite, "smoke", &(struct plan_host){ NULL, 2 }, ops, nops, &e))
        fail_msg("%s", e.text);
    return plan;
}

static struct km_case case_of(const struct job *job)
{
    return (struct km_case){ .params = job->bench.params,
                             .nparams = job->bench.nparams,
                             .variant = job->bench.variant,
                             .data_dir = "suites/data",
                             .seed = 5,
                             .threads = job->bench.threads };
}

static void right_with_any_number(void **state)
{
    (void)state;
    struct mem m = { NULL };
    struct plan plan = plan_of(&m, suite_text);
    cpu_set_t before, after;
    size_t ran = 0;
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    for (size_t i = 0; i < plan.njobs; i++) {
        const struct job *job = &plan.jobs[i];
        struct km_case c = case_of(job);
        if (job->unsupported)
            continue;
        if (job->op->setup(&c) != KM_RIGHT || job->op->verify(&c) != KM_RIGHT)
            fail_msg("%s: %s", job->bench.name, c.message);
        job->op->run(&c, 3);
        job->op->teardown(&c);
        assert_int_equal(sched_getaffinity(0, sizeof after, &after), 0);
        assert_true(CPU_EQUAL(&before, &after));
        ran += job->bench.threads > 1;
    }
    assert_true(ran >= 2 * 2 * 11); /* at least ref and auto of everything */
    mem_free(&m);
}

static void too_many_threads(void **state)
{
    (void)state;
    struct mem m = { NULL };
    struct plan plan = plan_of(&m, "name: s\ntitle: T\nwhy: W\nbenchmarks:\n"
                                   "  - {operation: gemv, dtype: f32, why: W, variants: ref, threads: 2000, "
                                   "parameters: {m: 6, k: 7}}\n");
    struct km_case c = case_of(&plan.jobs[0]);
    assert_int_equal(plan.jobs[0].op->setup(&c), KM_CANNOT);
    assert_string_equal(c.message, "2000 threads could not be started; a pool has at most 1024");
    mem_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_with_any_number),
        cmocka_unit_test(too_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
