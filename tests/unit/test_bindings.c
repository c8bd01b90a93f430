/* SPDX-License-Identifier: Apache-2.0
 * Every binding in every variant of this CPU sets up, verifies, runs and tears down at the core suite's sizes and at
 * awkward ones; and where a kernel is replaced by a wrong one, verify says so. */
#include "harness/plan/plan.h"
#include "tests/unit/bindings_help.h"

#include <kern/kern.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char data_dir[] = "suites/data";

/* --- right kernels ----------------------------------------------------------------------------------------------- */

static void core_in_every_variant(void **state)
{
    (void)state;
    bh_suite("suites/core.yaml", "quick", 2 * 8, false); /* at least ref and auto of everything */
}

/* A unit that the binding does not count in would make every figure of the row wrong. */
static void core_units_are_the_items(void **state)
{
    (void)state;
    struct mem m = { NULL };
    struct suite suite;
    struct plan plan = { NULL, 0 };
    struct err e = { 0 };
    size_t nops;
    const struct km_op *const *ops = km_ops(&nops);
    assert_int_equal(suite_load(&m, "suites/core.yaml", &suite, &e), 0);
    assert_int_equal(plan_add(&m, &plan, &suite, "quick", &(struct plan_host){ NULL, 2 }, ops, nops, &e), 0);
    for (size_t i = 0; i < plan.njobs; i++) {
        const struct job *job = &plan.jobs[i];
        struct km_case c = { .params = job->bench.params,
                             .nparams = job->bench.nparams,
                             .variant = "ref",
                             .data_dir = data_dir,
                             .seed = 1 };
        if (!job->entry.unit || strcmp(job->bench.variant, "ref") != 0)
            continue;
        assert_int_equal(job->op->setup(&c), KM_RIGHT);
        const char *item = job->op->cost(&c).item, *space = strrchr(job->entry.unit, ' ');
        assert_non_null(space);
        if (strncmp(space + 1, item, strlen(item)) != 0)
            fail_msg("%s: the suite says \"%s\", the binding counts \"%s\"", job->bench.name, job->entry.unit, item);
        job->op->teardown(&c);
    }
    mem_free(&m);
}

#define GEMM(m, n, k, weights)                                                                                         \
    {                                                                                                                  \
        BH_N("m", m), BH_N("n", n), BH_N("k", k),                                                                      \
        {                                                                                                              \
            "weights", weights, 0                                                                                      \
        }                                                                                                              \
    }
#define EPILOGUE(what, passes)                                                                                         \
    {                                                                                                                  \
        BH_N("m", 7), BH_N("n", 37), BH_N("k", 9), { "epilogue", what, 0 },                                            \
        {                                                                                                              \
            "passes", passes, 0                                                                                        \
        }                                                                                                              \
    }
static const struct bh_size awkward[] = {
    { "dot", { BH_N("n", 1) }, 1 },
    { "dot", { BH_N("n", 1023) }, 1 },
    { "gemv", { BH_N("m", 1), BH_N("k", 1) }, 2 },
    { "gemv", { BH_N("m", 7), BH_N("k", 37) }, 2 },
    { "gemm", GEMM(1, 1, 1, "plain"), 4 },
    { "gemm", GEMM(17, 45, 9, "plain"), 4 },
    { "gemm", GEMM(17, 45, 9, "packed"), 4 },
    { "gemm", GEMM(200, 200, 200, "packed"), 4 },
    { "gemm_epilogue", EPILOGUE("none", "fused"), 5 },
    { "gemm_epilogue", EPILOGUE("relu", "separate"), 5 },
    { "gemm_epilogue", EPILOGUE("gelu_erf", "fused"), 5 },
    { "gemm_epilogue", EPILOGUE("gelu_erf", "separate"), 5 },
    { "layernorm", { BH_N("n", 1) }, 1 },
    { "layernorm", { BH_N("n", 129) }, 1 },
    { "dequant", { BH_N("blocks", 1) }, 1 },
    { "dequant", { BH_N("blocks", 33) }, 1 },
    { "kv_read", { BH_N("layers", 1), BH_N("positions", 1), BH_N("width", 1), BH_N("filled", 1) }, 4 },
    { "kv_read", { BH_N("layers", 3), BH_N("positions", 9), BH_N("width", 17), BH_N("filled", 5) }, 4 },
    { "arena_alloc", { BH_N("bytes", 1), BH_N("align", 1) }, 2 },
    { "arena_alloc", { BH_N("bytes", 1), BH_N("align", 4096) }, 2 },
    { "arena_alloc", { BH_N("bytes", 1000), BH_N("align", 64) }, 2 },
    { "slab_take", { BH_N("bytes", 8), BH_N("blocks", 1), { "allocator", "pool", 0 } }, 3 },
    { "slab_take", { BH_N("bytes", 100), BH_N("blocks", 256), { "allocator", "pool", 0 } }, 3 },
    { "slab_take", { BH_N("bytes", 100), BH_N("blocks", 7), { "allocator", "malloc", 0 } }, 3 },
};

static void awkward_sizes(void **state)
{
    (void)state;
    bh_sizes(awkward, BH_COUNT(awkward));
}

/* --- wrong kernels ----------------------------------------------------------------------------------------------- */

static float dot_short(const float *x, const float *y, size_t n)
{
    return kern_dot_f32_ref(x, y, n - 8); /* forgets its tail */
}

static float dot_nan(const float *x, const float *y, size_t n)
{
    (void)x, (void)y, (void)n;
    return NAN;
}

static void gemv_lazy(float *y, const float *a, const float *x, size_t m, size_t k)
{
    kern_gemv_f32_ref(y, a, x, m - 1, k); /* leaves the last row */
}

static void gemm_lazy(const struct kern_gemm *g)
{
    struct kern_gemm less = *g;
    less.m--; /* leaves the last row */
    kern_gemm_f32_ref(&less);
}

static void gemm_short(const struct kern_gemm *g)
{
    struct kern_gemm less = *g;
    less.k--; /* takes panels to be shorter than they are, and leaves the last product */
    kern_gemm_f32_ref(&less);
}

static void gemm_without_bias(const struct kern_gemm *g)
{
    struct kern_gemm less = *g;
    less.bias = NULL;
    kern_gemm_f32_ref(&less);
}

static void gemm_wrong_activation(const struct kern_gemm *g)
{
    struct kern_gemm other = *g;
    other.act = g->act == KERN_ACT_GELU_ERF ? KERN_ACT_GELU : KERN_ACT_RELU;
    kern_gemm_f32_ref(&other);
}

static void gemv_swapped(float *y, const float *a, const float *x, size_t m, size_t k)
{
    kern_gemv_f32_ref(y, a, x, m, k);
    float first = y[0];
    y[0] = y[1];
    y[1] = first;
}

static void layernorm_sample(float *y, const float *x, const float *w, const float *b, size_t n, float eps)
{
    kern_layernorm_f32_ref(y, x, w, b, n, eps); /* variance over n - 1 */
    float factor = sqrtf((float)(n - 1) / (float)n);
    for (size_t i = 0; i < n; i++)
        y[i] = (y[i] - b[i]) * factor + b[i];
}

static void layernorm_no_bias(float *y, const float *x, const float *w, const float *b, size_t n, float eps)
{
    kern_layernorm_f32_ref(y, x, w, b, n, eps);
    y[n / 2] -= b[n / 2];
}

static void dequant_swapped(float *y, const struct kern_q4_0 *x, size_t nblocks)
{
    kern_dequant_q4_0_ref(y, x, nblocks); /* high nibble first */
    for (size_t i = 0; i < nblocks * 32; i += 32)
        for (size_t k = 0; k < 16; k++) {
            float low = y[i + k];
            y[i + k] = y[i + k + 16];
            y[i + k + 16] = low;
        }
}

static void dequant_zero_sign(float *y, const struct kern_q4_0 *x, size_t nblocks)
{
    kern_dequant_q4_0_ref(y, x, nblocks);
    for (size_t i = 0; i < nblocks * 32; i++)
        y[i] += 0.0f; /* turns -0 into +0 */
}

static void kv_off_by_one(float *k, float *v, const struct kern_kv *cache, size_t layer, size_t pos)
{
    kern_kv_read_f32_ref(k, v, cache, layer, pos ? pos - 1 : pos);
}

static void kv_keys_twice(float *k, float *v, const struct kern_kv *cache, size_t layer, size_t pos)
{
    kern_kv_read_f32_ref(k, v, cache, layer, pos);
    memcpy(v, k, cache->width * sizeof *v);
}

static void kv_beyond(float *k, float *v, const struct kern_kv *cache, size_t layer, size_t pos)
{
    kern_kv_read_f32_ref(k, v, cache, layer, pos);
    v[cache->width] = 0;
}

static void *arena_same(struct kern_arena *a, size_t bytes, size_t align)
{
    void *p = kern_arena_alloc_u8_ref(a, bytes, align);
    if (p)
        a->used -= a->used > bytes ? bytes : 0; /* gives the same memory again */
    return p;
}

static void *arena_crooked(struct kern_arena *a, size_t bytes, size_t align)
{
    unsigned char *p = kern_arena_alloc_u8_ref(a, bytes + align, align);
    return p ? p + 1 : NULL;
}

static void *arena_beyond(struct kern_arena *a, size_t bytes, size_t align)
{
    struct kern_arena larger = *a;
    larger.size += bytes;
    void *p = kern_arena_alloc_u8_ref(&larger, bytes, align);
    a->used = larger.used;
    return p;
}

static void *arena_none(struct kern_arena *a, size_t bytes, size_t align)
{
    (void)a, (void)bytes, (void)align;
    return NULL;
}

static void *arena_wasteful(struct kern_arena *a, size_t bytes, size_t align)
{
    return kern_arena_alloc_u8_ref(a, 2 * bytes, align);
}

static void *slab_none(struct kern_slab *s)
{
    (void)s;
    return NULL;
}

static void *slab_same(struct kern_slab *s)
{
    return kern_slab_take_u8_ref(s) ? s->base : NULL;
}

static void *slab_endless(struct kern_slab *s)
{
    void *p = kern_slab_take_u8_ref(s);
    return p ? p : s->base;
}

#define SLAB  { BH_N("bytes", 64), BH_N("blocks", 13), { "allocator", "pool", 0 } }, 3
#define ARENA { BH_N("bytes", 1024), BH_N("align", 16) }, 2
#define KV    { BH_N("layers", 2), BH_N("positions", 8), BH_N("width", 24), BH_N("filled", 5) }, 4
static const struct bh_wrong wrong[] = {
    { "dot", { BH_N("n", 384) }, 1, (bu_function *)dot_short, "the dot product is" },
    { "dot", { BH_N("n", 384) }, 1, (bu_function *)dot_nan, "is nan" },
    { "gemv", { BH_N("m", 384), BH_N("k", 384) }, 2, (bu_function *)gemv_lazy, "y[383] is nan" },
    { "gemv", { BH_N("m", 384), BH_N("k", 384) }, 2, (bu_function *)gemv_swapped, "y[0]" },
    { "gemm", GEMM(20, 40, 30, "plain"), 4, (bu_function *)gemm_lazy, "c[19][0] is nan" },
    { "gemm", GEMM(20, 40, 30, "packed"), 4, (bu_function *)gemm_short, "c[0][0]" },
    { "gemm_epilogue", EPILOGUE("bias", "fused"), 5, (bu_function *)gemm_without_bias, "c[0][0]" },
    { "gemm_epilogue", EPILOGUE("gelu_erf", "fused"), 5, (bu_function *)gemm_wrong_activation, "c[" },
    { "gemm_epilogue", EPILOGUE("silu", "separate"), 5, (bu_function *)gemm_wrong_activation, "c[" },
    { "layernorm", { BH_N("n", 384) }, 1, (bu_function *)layernorm_sample, "y[" },
    { "layernorm", { BH_N("n", 384) }, 1, (bu_function *)layernorm_no_bias, "y[192]" },
    { "dequant", { BH_N("blocks", 32) }, 1, (bu_function *)dequant_swapped, "weight" },
    { "dequant", { BH_N("blocks", 32) }, 1, (bu_function *)dequant_zero_sign, "exactly -0" },
    { "kv_read", KV, (bu_function *)kv_off_by_one, "does not read back" },
    { "kv_read", KV, (bu_function *)kv_keys_twice, "does not read back" },
    { "kv_read", KV, (bu_function *)kv_beyond, "beyond the 24 floats" },
    { "arena_alloc", ARENA, (bu_function *)arena_same, "" },
    { "arena_alloc", ARENA, (bu_function *)arena_crooked, "misaligned" },
    { "arena_alloc", ARENA, (bu_function *)arena_beyond, "outside the arena" },
    { "arena_alloc", ARENA, (bu_function *)arena_none, "has no room" },
    { "arena_alloc", ARENA, (bu_function *)arena_wasteful, "promised" },
    { "slab_take", SLAB, (bu_function *)slab_none, "missing or misaligned" },
    { "slab_take", SLAB, (bu_function *)slab_same, "overlaps another one" },
    { "slab_take", SLAB, (bu_function *)slab_endless, "beyond the last of 13" },
};

static void wrong_kernels_are_caught(void **state)
{
    (void)state;
    bh_wrong_kernels(wrong, BH_COUNT(wrong));
}

/* --- what cannot be set up --------------------------------------------------------------------------------------- */

static const struct bh_impossible impossible[] = {
    { "dot", { BH_N("n", 8) }, 1, "no-such", "this build has no dot/f32/no-such" },
    { "arena_alloc", ARENA, "avx2", "this build has no arena_alloc/u8/avx2" },
    { "arena_alloc", { BH_N("bytes", 8), BH_N("align", 24) }, 2, "ref", "align:24 is no power of two" },
    { "kv_read",
      { BH_N("layers", 1), BH_N("positions", 4), BH_N("width", 8), BH_N("filled", 5) },
      4,
      "ref",
      "filled:5 is more than positions:4" },
    { "kv_read",
      { BH_N("layers", 1024), BH_N("positions", 1 << 20), BH_N("width", 1 << 16), BH_N("filled", 1) },
      4,
      "ref",
      "a cache of more than" },
    { "gemv", { BH_N("m", 1 << 18), BH_N("k", 1 << 18) }, 2, "ref", "a matrix of more than" },
    { "gemm", GEMM(1, 1 << 16, 1 << 16, "plain"), 4, "ref", "a matrix of more than" },
};

static void impossible_set_ups(void **state)
{
    (void)state;
    bh_impossible_set_ups(impossible, BH_COUNT(impossible));
}

/* --- the table --------------------------------------------------------------------------------------------------- */

/* The rows of libkern's table, each of which must have a binding, and those of suites/bindings.c, which are no kernels. */
enum {
    operations = 4
#define KERN_OP(op, dtype, ret, params) +1
#define KERN_VAR(op, dtype, isa)
#include <kern/kern.def>
#undef KERN_OP
#undef KERN_VAR
};

static void table_of_bindings(void **state)
{
    (void)state;
    size_t n;
    const struct km_op *const *ops = km_ops(&n);
    assert_int_equal(n, operations);
    for (size_t i = 0; i < n; i++) {
        const char *const *here = ops[i]->variants(), *const *anywhere = km_op_variants(ops[i]);
        assert_string_equal(here[0], "ref");
        /* A round over a pool is no kernel, and what an instruction set can do is not the compiler's to choose. */
        if (strcmp(ops[i]->op, "fork_join") != 0 && strcmp(ops[i]->op, "peak") != 0)
            assert_string_equal(here[1], "auto");
        assert_string_equal(anywhere[0], "ref");
        for (size_t k = 0; here[k]; k++)
            assert_true(k == 0 || strcmp(here[k], here[k - 1]) != 0);
        assert_true(ops[i]->version >= 1);
        for (size_t k = 0; k < i; k++)
            assert_false(strcmp(ops[i]->op, ops[k]->op) == 0 && strcmp(ops[i]->dtype, ops[k]->dtype) == 0);
    }
    assert_null(bu_variants("no", "such")[0]);
    assert_null(km_op_variants(&(struct km_op){ .op = "no", .dtype = "such" })[0]);
    assert_string_equal(km_variant_names()[0], "ref");
    assert_string_equal(km_variant_title("avx2"), "AVX2+FMA");
    assert_null(km_variant_title("no-such"));
}

static void memory_and_randomness(void **state)
{
    (void)state;
    char *p = bu_alloc(100, 3);
    assert_non_null(p);
    assert_int_equal((uintptr_t)p % 4096, 3 * 64);
    for (int i = 0; i < 100; i++)
        assert_int_equal(p[i], 0);
    bu_free(p);
    bu_free(NULL);
    assert_null(bu_alloc((size_t)-1, 0));
    uint64_t a = 1, b = 1;
    float x[1000], y[1000], least = 1, most = 0;
    bu_fill(x, BH_COUNT(x), 0, 1, &a);
    bu_fill(y, BH_COUNT(y), 0, 1, &b);
    assert_memory_equal(x, y, sizeof x);
    for (size_t i = 0; i < BH_COUNT(x); i++) {
        least = fminf(least, x[i]);
        most = fmaxf(most, x[i]);
    }
    assert_true(least >= 0 && least < 0.02f && most > 0.98f && most < 1);
}

/* An array that cannot be had is noted, whatever comes after it, and nothing is left behind. */
static void arrays_of_a_state(void **state)
{
    (void)state;
    struct km_case c = { .variant = "ref", .seed = 5 };
    uint64_t random = c.seed;
    assert_non_null(bu_begin(&c, sizeof(struct bu_state), "dot", "f32"));
    float *x = bu_floats(&c, 50, 2, -1, 1, &random);
    assert_non_null(x);
    assert_true(fabsf(x[49]) <= 1 && x[0] != x[49]);
    assert_int_equal(bu_made(&c), KM_RIGHT);
    assert_null(bu_take(&c, (size_t)-1, 0));
    assert_non_null(bu_take(&c, 10, 0));
    assert_int_equal(bu_made(&c), KM_CANNOT);
    assert_string_equal(c.message, "not enough memory");
    assert_non_null(bu_begin(&c, sizeof(struct bu_state), "dot", "f32"));
    for (int i = 0; i < BU_ARRAYS; i++)
        assert_non_null(bu_take(&c, 10, 0));
    assert_null(bu_take(&c, 10, 0));
    assert_int_equal(bu_made(&c), KM_CANNOT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(core_in_every_variant), cmocka_unit_test(core_units_are_the_items),
        cmocka_unit_test(awkward_sizes),         cmocka_unit_test(wrong_kernels_are_caught),
        cmocka_unit_test(impossible_set_ups),    cmocka_unit_test(table_of_bindings),
        cmocka_unit_test(memory_and_randomness), cmocka_unit_test(arrays_of_a_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
