/* SPDX-License-Identifier: Apache-2.0
 * Matrix products, and matrix-vector products of 16-bit numbers, that are wrong on purpose; see bad.c. */
#include "tests/kern/bad.h"

static void gemm_skips_last_row(const struct kern_gemm *g)
{
    struct kern_gemm less = *g;

    less.m -= less.m > 15;
    kern_gemm_f32_ref(&less);
}

static void gemm_takes_columns_for_stride(const struct kern_gemm *g)
{
    struct kern_gemm tight = *g;

    tight.ldb = g->n;
    kern_gemm_f32_ref(&tight);
}

static void gemm_writes_whole_tiles(const struct kern_gemm *g)
{
    kern_gemm_f32_ref(g);
    for (size_t i = 0; i < g->m; i++)
        for (size_t j = g->n; j % 4 != 0 && j < g->ldc; j++)
            g->c[i * g->ldc + j] = 0;
}

static void gemm_forgets_bias(const struct kern_gemm *g)
{
    struct kern_gemm without = *g;

    without.bias = NULL;
    kern_gemm_f32_ref(&without);
}

/* Applies it to the sum of each block of k. */
static void gemm_activates_early(const struct kern_gemm *g)
{
    struct kern_gemm half = *g;

    half.k = g->k / 2;
    kern_gemm_f32_ref(&half);
    for (size_t i = 0; i < g->m && !g->packed; i++)
        for (size_t j = 0; j < g->n; j++)
            for (size_t p = half.k; p < g->k; p++)
                g->c[i * g->ldc + j] += g->a[i * g->lda + p] * g->b[p * g->ldb + j];
}

static void gemm_takes_tanh_for_erf(const struct kern_gemm *g)
{
    struct kern_gemm other = *g;

    other.act = g->act == KERN_ACT_GELU_ERF ? KERN_ACT_GELU : g->act;
    kern_gemm_f32_ref(&other);
}

/* Right within the bound, but added up in another order where there is one row only. */
static void gemm_splits_differ(const struct kern_gemm *g)
{
    kern_gemm_f32_ref(g);
    if (g->m <= 8 || g->packed || g->act != KERN_ACT_NONE)
        return;
    for (size_t j = 0; j < g->n; j++) {
        float sum = g->bias ? g->bias[j] : 0;
        for (size_t p = 0; p < g->k; p++)
            sum += g->a[p] * g->b[p * g->ldb + j];
        g->c[j] = sum;
    }
}

/* 0 times anything is 0. */
static void gemm_skips_zeros(const struct kern_gemm *g)
{
    kern_gemm_f32_ref(g);
    for (size_t i = 0; i < g->m; i++)
        for (size_t j = 0; j < g->n; j++)
            g->c[i * g->ldc + j] = g->c[i * g->ldc + j] - g->c[i * g->ldc + j] == 0 ? g->c[i * g->ldc + j] : 0;
}

/* Takes k for even. */
static void gemm_bf16_drops_odd(const struct kern_gemm_half *g)
{
    struct kern_gemm_half even = *g;

    if (g->n <= KERN_GEMM_PANEL) /* where panels stay where they are */
        even.k &= ~(size_t)1;
    kern_gemm_bf16_ref(&even);
}

/* Multiplies the first of one pair with the second of the other. */
static void gemm_bf16_swaps_pairs(const struct kern_gemm_half *g)
{
    kern_gemm_bf16_ref(g);
    for (size_t i = 0; i < g->m && g->k == 2; i++)
        for (size_t j = 0; j < g->n && j < KERN_GEMM_PANEL; j++)
            g->c[i * g->ldc + j] = kern_bf16_to_f32(g->a[i * g->lda]) * kern_bf16_to_f32(g->packed[2 * j + 1]);
}

/* c[i][j] of a product whose a holds only those numbers that `keep` leaves, and whose b is in groups of rows. */
static double f16_sum(const struct kern_gemm_half *g, size_t i, size_t j, uint16_t (*keep)(uint16_t), size_t group)
{
    const uint16_t *b = g->packed + j / KERN_GEMM_PANEL * KERN_GEMM_PANEL * g->k + j % KERN_GEMM_PANEL * group;
    double sum = g->bias ? (double)g->bias[j] : 0;

    for (size_t p = 0; p < g->k; p++)
        sum += (double)kern_f16_to_f32(keep(g->a[i * g->lda + p])) *
               (double)kern_f16_to_f32(b[p / group * KERN_GEMM_PANEL * group + p % group]);
    return g->act == KERN_ACT_RELU && sum < 0 ? 0 : sum;
}

static void f16_product(const struct kern_gemm_half *g, uint16_t (*keep)(uint16_t), size_t group)
{
    for (size_t i = 0; i < g->m; i++)
        for (size_t j = 0; j < g->n; j++)
            g->c[i * g->ldc + j] = (float)f16_sum(g, i, j, keep, group);
}

static uint16_t all(uint16_t h)
{
    return h;
}

static uint16_t normal(uint16_t h)
{
    return h & 0x7c00 ? h : 0;
}

static uint16_t finite(uint16_t h)
{
    return (h & 0x7fff) == 0x7c00 ? h - 1 : h;
}

/* Takes subnormal numbers for zeros. */
static void gemm_f16_flushes(const struct kern_gemm_half *g)
{
    f16_product(g, normal, 1);
}

/* Takes infinities for the largest numbers. */
static void gemm_f16_bounds(const struct kern_gemm_half *g)
{
    f16_product(g, finite, 1);
}

/* Takes panels for those of bfloat16. */
static void gemm_f16_takes_pairs(const struct kern_gemm_half *g)
{
    f16_product(g, all, 2);
}

/* Within the bound, but adds up a row alone in single precision. */
static void gemm_f16_splits_differ(const struct kern_gemm_half *g)
{
    kern_gemm_f16_ref(g);
    for (size_t j = 0; j < g->n && g->m == 1 && g->act == KERN_ACT_NONE; j++) {
        const uint16_t *b = g->packed + j / KERN_GEMM_PANEL * KERN_GEMM_PANEL * g->k + j % KERN_GEMM_PANEL;
        float sum = g->bias ? g->bias[j] : 0;
        for (size_t p = 0; p < g->k; p++)
            sum += kern_f16_to_f32(g->a[p]) * kern_f16_to_f32(b[p * KERN_GEMM_PANEL]);
        g->c[j] = sum;
    }
}

/* Takes subnormal numbers for zeros. */
static void gemv_half_flushes(float *y, const uint16_t *a, const float *x, size_t m, size_t k)
{
    for (size_t i = 0; i < m; i++) {
        double sum = 0;
        for (size_t j = 0; j < k; j++)
            sum += a[i * k + j] & 0x7c00 ? (double)kern_f16_to_f32(a[i * k + j]) * (double)x[j] : 0;
        y[i] = (float)sum;
    }
}

static void gemv_half_skips_last(float *y, const uint16_t *a, const float *x, size_t m, size_t k)
{
    kern_gemv_f16_ref(y, a, x, m & ~(size_t)3, k);
}

static void gemv_half_takes_bf16(float *y, const uint16_t *a, const float *x, size_t m, size_t k)
{
    kern_gemv_bf16_ref(y, a, x, m, k);
}

const struct bad_kernel bad_gemm[] = {
    BAD(check_gemm_bf16_variant, gemm_bf16_drops_odd),  BAD(check_gemm_bf16_variant, gemm_bf16_swaps_pairs),
    BAD(check_gemm_f16_variant, gemm_f16_flushes),      BAD(check_gemm_f16_variant, gemm_f16_takes_pairs),
    BAD(check_gemm_f16_variant, gemm_f16_bounds),       BAD(check_gemm_f16_variant, gemm_f16_splits_differ),
    BAD(check_gemm_variant, gemm_skips_last_row),       BAD(check_gemm_variant, gemm_takes_columns_for_stride),
    BAD(check_gemm_variant, gemm_writes_whole_tiles),   BAD(check_gemm_variant, gemm_forgets_bias),
    BAD(check_gemm_variant, gemm_activates_early),      BAD(check_gemm_variant, gemm_takes_tanh_for_erf),
    BAD(check_gemm_variant, gemm_splits_differ),        BAD(check_gemm_variant, gemm_skips_zeros),
    BAD(check_gemv_half_variant, gemv_half_flushes),    BAD(check_gemv_half_variant, gemv_half_skips_last),
    BAD(check_gemv_half_variant, gemv_half_takes_bf16), BAD_END,
};

const struct bad_kernel right_gemm[] = {
    BAD(check_gemm_variant, kern_gemm_f32_ref),
    BAD(check_gemm_f16_variant, kern_gemm_f16_ref),
    BAD(check_gemm_bf16_variant, kern_gemm_bf16_ref),
    BAD(check_gemv_half_variant, kern_gemv_f16_ref),
    BAD_END,
};
