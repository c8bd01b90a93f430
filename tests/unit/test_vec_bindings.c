/* SPDX-License-Identifier: Apache-2.0
 * The bindings of the operations over vectors: every benchmark of their suites sets up, verifies and runs in every
 * variant of this CPU, and a wrong kernel in its place is caught. */
#include "tests/unit/bindings_help.h"

#include <kern/kern.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void suites_in_every_variant(void **state)
{
    static const char *const files[] = { "suites/norms.yaml", "suites/softmax.yaml", "suites/rope.yaml",
                                         "suites/sampling.yaml", "suites/lora.yaml" };
    (void)state;
    for (size_t f = 0; f < BH_COUNT(files); f++)
        bh_suite(files[f], "smoke", 2 * 4, true);
}

/* --- wrong kernels ----------------------------------------------------------------------------------------------- */

static void rmsnorm_no_weight(float *y, const float *x, const float *w, size_t n, float eps)
{
    kern_rmsnorm_f32_ref(y, x, w, n, eps);
    y[n / 2] /= w[n / 2];
}

static void rmsnorm_add_keeps(float *y, float *r, const float *x, const float *w, size_t n, float eps)
{
    for (size_t i = 0; i < n; i++)
        y[i] = r[i] + x[i];
    kern_rmsnorm_f32_ref(y, y, w, n, eps);
}

static void layernorm_add_late(float *y, float *r, const float *x, const float *w, const float *b, size_t n, float eps)
{
    kern_layernorm_f32_ref(y, r, w, b, n, eps);
    for (size_t i = 0; i < n; i++)
        r[i] += x[i];
}

static void nothing(float *y, const float *x, size_t n)
{
    (void)y, (void)x, (void)n;
}

static void copies(float *y, const float *x, size_t n)
{
    memcpy(y, x, n * sizeof *y);
}

static void swiglu_swapped(float *y, const float *gate, const float *up, size_t n)
{
    kern_swiglu_f32_ref(y, up, gate, n);
}

static void rope_one_late(float *x, const float *freq, size_t pos, const struct kern_rope *r)
{
    kern_rope_f32_ref(x, freq, pos + 1, r);
}

static void rope_apply_other_layout(float *x, const float *table, const struct kern_rope *r)
{
    struct kern_rope other = *r;
    other.layout = r->layout == KERN_ROPE_PAIRS ? KERN_ROPE_HALVES : KERN_ROPE_PAIRS;
    kern_rope_apply_f32_ref(x, table, &other);
}

static void rope_table_short(float *table, const float *freq, size_t pos, size_t count, size_t dim)
{
    kern_rope_table_f32_ref(table, freq, pos, count - 1, dim);
}

static void axpy_plain(float *y, float a, const float *x, size_t n)
{
    kern_axpy_f32_ref(y, a * 0 + 1, x, n);
}

static size_t argmax_zero(const float *x, size_t n)
{
    return kern_argmax_f32_ref(x, n) + 1;
}

static size_t topk_unordered(float *values, uint32_t *index, const float *x, size_t n, size_t k)
{
    size_t found = kern_topk_f32_ref(values, index, x, n, k);
    uint32_t first = index[0];
    index[0] = index[1];
    index[1] = first;
    return found;
}

static size_t topp_next(const float *p, size_t n, float top_p, float random, void *work)
{
    return kern_topp_f32_ref(p, n, top_p, random, work) + 1;
}

static void lora_twice(float *y, const float *x, const struct kern_lora *l)
{
    kern_lora_f32_ref(y, x, l);
    kern_lora_f32_ref(y, x, l);
}

static void lora_grad_half(float *da, float *db, const float *x, const float *dy, const struct kern_lora *l)
{
    float spare[512];
    memcpy(spare, db, l->rank * l->m * sizeof *db);
    kern_lora_grad_f32_ref(da, spare, x, dy, l);
}

static void lora_update_keeps(float *w, float *g, float rate, size_t n)
{
    for (size_t i = 0; i < n; i++)
        w[i] -= rate * g[i];
}

#define ONE  { BH_N("n", 384) }, 1
#define ROPE { BH_N("dim", 64), BH_N("tokens", 3), BH_N("heads", 2), { "layout", "pairs", 0 } }, 4
#define LORA { BH_N("m", 96), BH_N("k", 80), BH_N("rank", 2) }, 3
static const struct bh_wrong wrong[] = {
    { "rmsnorm", ONE, (bu_function *)rmsnorm_no_weight, "y[192]" },
    { "rmsnorm_add", ONE, (bu_function *)rmsnorm_add_keeps, "the residual" },
    { "layernorm_add", ONE, (bu_function *)layernorm_add_late, "y[" },
    { "exp", ONE, (bu_function *)nothing, "y[0] is nan" },
    { "exp", ONE, (bu_function *)copies, "y[0]" },
    { "silu", ONE, (bu_function *)copies, "y[0]" },
    { "gelu", ONE, (bu_function *)copies, "y[0]" },
    { "gelu_erf", ONE, (bu_function *)kern_gelu_f32_ref, "y[0]" },
    { "swiglu", ONE, (bu_function *)swiglu_swapped, "y[0]" },
    { "softmax", ONE, (bu_function *)kern_exp_f32_ref, "y[0]" },
    { "rope", ROPE, (bu_function *)rope_one_late, "x[0]" },
    { "rope_apply", ROPE, (bu_function *)rope_apply_other_layout, "x[0]" },
    { "rope_table", { BH_N("dim", 64), BH_N("tokens", 3) }, 2, (bu_function *)rope_table_short, "table[128] is nan" },
    { "axpy", ONE, (bu_function *)axpy_plain, "y[0]" },
    { "argmax", ONE, (bu_function *)argmax_zero, "is not the largest" },
    { "topk", { BH_N("n", 384), BH_N("k", 5) }, 2, (bu_function *)topk_unordered, "place 0" },
    { "topp", { BH_N("n", 384), BH_N("percent", 90) }, 2, (bu_function *)topp_next, "the reference draws" },
    { "lora", LORA, (bu_function *)lora_twice, "y[0]" },
    { "lora_grad", LORA, (bu_function *)lora_grad_half, "dB[0][0]" },
    { "lora_update", LORA, (bu_function *)lora_update_keeps, "a gradient after its use" },
};

static void wrong_kernels_are_caught(void **state)
{
    (void)state;
    bh_wrong_kernels(wrong, BH_COUNT(wrong));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suites_in_every_variant),
        cmocka_unit_test(wrong_kernels_are_caught),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
