/* SPDX-License-Identifier: Apache-2.0
 * The bindings of quantised operations in every variant of this CPU at awkward sizes; and where a kernel is replaced by
 * one that is wrong in a way that would leave its numbers plausible, verify says so. */
#include "tests/unit/bindings_help.h"

#include <kern/kern.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MATMUL(m, n, k) { BH_N("m", m), BH_N("n", n), BH_N("k", k) }, 3
#define MATRIX(m, k)    { BH_N("m", m), BH_N("k", k) }, 2
static const struct bh_size awkward[] = {
    { "matmul/q8_0", MATMUL(1, 1, 32) },     { "matmul/q8_0", MATMUL(33, 13, 96) },
    { "matmul/q4_0", MATMUL(17, 9, 544) },   { "matmul/q4_k", MATMUL(5, 7, 768) },
    { "matmul/i8", MATMUL(19, 5, 1) },       { "matmul/i8", MATMUL(3, 14, 37) },
    { "matmul/i4", MATMUL(40, 3, 45) },      { "gemv/q8_0", MATRIX(1, 32) },
    { "gemv_packed/q4_0", MATRIX(17, 96) },  { "gemv/q4_k", MATRIX(3, 512) },
    { "gemv_packed/q4_k", MATRIX(37, 768) }, { "gemv/i8", MATRIX(5, 7) },
    { "quantize/i8", MATRIX(3, 1) },         { "quantize/i4", MATRIX(3, 1) },
    { "dequant/i4", MATRIX(5, 33) },         { "gemv/i4", MATRIX(5, 7) },
    { "gemv/i4", MATRIX(9, 161) },           { "dot/i8", { BH_N("n", 7) }, 1 },
    { "dot/i4", { BH_N("n", 100) }, 1 },
};

static void awkward_sizes(void **state)
{
    (void)state;
    bh_sizes(awkward, BH_COUNT(awkward));
}

/* --- wrong kernels ----------------------------------------------------------------------------------------------- */

/* Of quantised operations: those that a small slip would leave plausible. */
static void dequant_q8_next_scale(float *y, const struct kern_q8_0 *x, size_t nblocks)
{
    kern_dequant_q8_0_ref(y, x, nblocks);
    struct kern_q8_0 mixed = x[nblocks - 1];
    mixed.d = x[0].d; /* the last block with the first one's scale */
    kern_dequant_q8_0_ref(y + (nblocks - 1) * 32, &mixed, 1);
}

static void dequant_q4_k_no_minimum(float *y, const struct kern_q4_k *x, size_t nblocks)
{
    for (size_t i = 0; i < nblocks; i++) {
        struct kern_q4_k bare = x[i];
        bare.dmin = 0;
        kern_dequant_q4_k_ref(y + i * KERN_Q4_K_BLOCK, &bare, 1);
    }
}

static void quantize_q8_truncates(struct kern_q8_0 *y, const float *x, size_t nblocks)
{
    kern_quantize_q8_0_ref(y, x, nblocks);
    for (size_t i = 0; i < nblocks * 32; i++)
        y[i / 32].qs[i % 32] = (int8_t)(y[i / 32].qs[i % 32] / 2 * 2);
}

static void quantize_q4_low_half(struct kern_q4_0 *y, const float *x, size_t nblocks)
{
    kern_quantize_q4_0_ref(y, x, nblocks);
    for (size_t i = 0; i < nblocks * 16; i++)
        y[i / 16].qs[i % 16] = (uint8_t)((y[i / 16].qs[i % 16] & 15) * 17);
}

static void quantize_q8_k_one_scale(struct kern_q8_k *y, const float *x, size_t nblocks)
{
    kern_quantize_q8_k_ref(y, x, nblocks);
    for (size_t i = 1; i < nblocks; i++)
        y[i].d = y[0].d;
}

static float dot_q8_short(const struct kern_q8_0 *x, const struct kern_q8_0 *y, size_t nblocks)
{
    return kern_dot_q8_0_ref(x, y, nblocks - 1);
}

static float dot_q4_high_first(const struct kern_q4_0 *x, const struct kern_q8_0 *y, size_t nblocks)
{
    double sum = 0;
    for (size_t b = 0; b < nblocks; b++) {
        struct kern_q4_0 turned = x[b];
        for (int i = 0; i < 16; i++)
            turned.qs[i] = (uint8_t)(turned.qs[i] << 4 | turned.qs[i] >> 4);
        sum += kern_dot_q4_0_ref(&turned, &y[b], 1);
    }
    return (float)sum;
}

static float dot_q4_k_short(const struct kern_q4_k *x, const struct kern_q8_k *y, size_t nblocks)
{
    return kern_dot_q4_k_ref(x, y, nblocks - 1);
}

#define GEMV_LAZY(op, type, block)                                                                                     \
    static void op##_##type##_lazy(float *y, const struct kern_##block *a, const float *x, size_t m, size_t k,         \
                                   void *work)                                                                         \
    {                                                                                                                  \
        kern_##op##_##type##_ref(y, a, x, m - 1, k, work); /* leaves the last row */                                   \
    }
GEMV_LAZY(gemv, q8_0, q8_0)
GEMV_LAZY(gemv, q4_0, q4_0)
GEMV_LAZY(gemv, q4_k, q4_k)
GEMV_LAZY(gemv_packed, q8_0, q8_0x16)
GEMV_LAZY(gemv_packed, q4_0, q4_0x16)
GEMV_LAZY(gemv_packed, q4_k, q4_kx16)

static void quantize_i8_one_scale(int8_t *q, float *d, const float *x, size_t m, size_t k)
{
    kern_quantize_i8_ref(q, d, x, m, k);
    d[m - 1] = d[0];
}

static void dequant_i8_one_scale(float *y, const int8_t *q, const float *d, size_t m, size_t k)
{
    float same[64];
    for (size_t i = 0; i < m; i++)
        same[i] = d[0];
    kern_dequant_i8_ref(y, q, same, m, k);
}

static void gemv_i8_lazy(float *y, const int8_t *q, const float *d, const float *x, size_t m, size_t k, void *work)
{
    kern_gemv_i8_ref(y, q, d, x, m - 1, k, work);
}

/* The low nibbles of a byte for the high ones. */
static void quantize_i4_swapped(uint8_t *q, float *d, const float *x, size_t m, size_t k)
{
    kern_quantize_i4_ref(q, d, x, m, k);
    for (size_t i = 0; i < m * kern_i4_row(k); i++)
        q[i] = (uint8_t)(q[i] << 4 | q[i] >> 4);
}

static void dequant_i4_one_scale(float *y, const uint8_t *q, const float *d, size_t m, size_t k)
{
    float same[64];
    for (size_t i = 0; i < m; i++)
        same[i] = d[0];
    kern_dequant_i4_ref(y, q, same, m, k);
}

static float dot_i8_short(const int8_t *q, const int8_t *x, float d, size_t k)
{
    return kern_dot_i8_ref(q, x, d, k - 1);
}

static float dot_i4_short(const uint8_t *q, const int8_t *x, float d, size_t k)
{
    return kern_dot_i4_ref(q, x, d, k - 1);
}

static void gemv_i4_lazy(float *y, const uint8_t *q, const float *d, const float *x, size_t m, size_t k, void *work)
{
    kern_gemv_i4_ref(y, q, d, x, m - 1, k, work);
}

#define MATMUL_WRONG(type)                                                                                             \
    static void matmul_##type##_lazy(const struct kern_matmul *g)                                                      \
    {                                                                                                                  \
        struct kern_matmul less = *g;                                                                                  \
        less.n--; /* leaves the last column */                                                                         \
        kern_matmul_##type##_ref(&less);                                                                               \
    }                                                                                                                  \
    static void matmul_##type##_shifted(const struct kern_matmul *g)                                                   \
    {                                                                                                                  \
        struct kern_matmul other = *g;                                                                                 \
        kern_matmul_##type##_ref(g);                                                                                   \
        other.n--; /* the answers of the column before */                                                              \
        other.y += other.ldy;                                                                                          \
        kern_matmul_##type##_ref(&other);                                                                              \
    }
MATMUL_WRONG(q8_0)
MATMUL_WRONG(q4_0)
MATMUL_WRONG(q4_k)
MATMUL_WRONG(i8)
MATMUL_WRONG(i4)

#define MATMUL_ROWS(type)                                                                                              \
    { "matmul/" #type, MATMUL(20, 3, 256), (bu_function *)matmul_##type##_lazy, "y[2][0] is nan" },                    \
        { "matmul/" #type, MATMUL(20, 3, 256), (bu_function *)matmul_##type##_shifted, "y[1][0]" },
static const struct bh_wrong wrong[] = {
    { "dequant/q8_0", { BH_N("blocks", 3) }, 1, (bu_function *)dequant_q8_next_scale, "value" },
    { "dequant/q4_k", { BH_N("blocks", 2) }, 1, (bu_function *)dequant_q4_k_no_minimum, "a value" },
    { "quantize/q8_0", { BH_N("blocks", 2) }, 1, (bu_function *)quantize_q8_truncates, "a value" },
    { "quantize/q4_0", { BH_N("blocks", 2) }, 1, (bu_function *)quantize_q4_low_half, "a value" },
    { "quantize/q8_k", { BH_N("blocks", 2) }, 1, (bu_function *)quantize_q8_k_one_scale, "a value" },
    { "dot/q8_0", { BH_N("n", 384) }, 1, (bu_function *)dot_q8_short, "product" },
    { "dot/q4_0", { BH_N("n", 384) }, 1, (bu_function *)dot_q4_high_first, "product" },
    { "dot/q4_k", { BH_N("n", 512) }, 1, (bu_function *)dot_q4_k_short, "product" },
    { "gemv/q8_0", MATRIX(20, 64), (bu_function *)gemv_q8_0_lazy, "nan" },
    { "gemv/q4_0", MATRIX(20, 64), (bu_function *)gemv_q4_0_lazy, "nan" },
    { "gemv/q4_k", MATRIX(20, 512), (bu_function *)gemv_q4_k_lazy, "nan" },
    { "gemv_packed/q8_0", MATRIX(20, 64), (bu_function *)gemv_packed_q8_0_lazy, "nan" },
    { "gemv_packed/q4_0", MATRIX(20, 64), (bu_function *)gemv_packed_q4_0_lazy, "nan" },
    { "gemv_packed/q4_k", MATRIX(20, 512), (bu_function *)gemv_packed_q4_k_lazy, "nan" },
    { "quantize/i8", MATRIX(20, 33), (bu_function *)quantize_i8_one_scale, "a value" },
    { "dequant/i8", MATRIX(20, 33), (bu_function *)dequant_i8_one_scale, "a value" },
    { "gemv/i8", MATRIX(20, 33), (bu_function *)gemv_i8_lazy, "nan" },
    { "quantize/i4", MATRIX(20, 33), (bu_function *)quantize_i4_swapped, "a value" },
    { "dequant/i4", MATRIX(20, 33), (bu_function *)dequant_i4_one_scale, "a value" },
    { "dot/i8", { BH_N("n", 384) }, 1, (bu_function *)dot_i8_short, "a product" },
    { "dot/i4", { BH_N("n", 384) }, 1, (bu_function *)dot_i4_short, "a product" },
    { "gemv/i4", MATRIX(20, 33), (bu_function *)gemv_i4_lazy, "nan" },
    MATMUL_ROWS(q8_0) MATMUL_ROWS(q4_0) MATMUL_ROWS(q4_k) MATMUL_ROWS(i8) MATMUL_ROWS(i4)
};

static void wrong_kernels_are_caught(void **state)
{
    (void)state;
    bh_wrong_kernels(wrong, BH_COUNT(wrong));
}

static const struct bh_impossible impossible[] = {
    { "matmul/q4_0", MATMUL(1 << 16, 1, 1 << 16), "ref", "a matrix of more than" },
    { "matmul/q4_k", MATMUL(1, 1, 256), "no-such", "this build has no matmul/q4_k/no-such" },
    { "gemv/q8_0", MATRIX(1 << 18, 1 << 18), "ref", "a matrix of more than" },
    { "gemv/i8", MATRIX(1 << 18, 1 << 17), "ref", "a matrix of more than" },
};

static void impossible_set_ups(void **state)
{
    (void)state;
    bh_impossible_set_ups(impossible, BH_COUNT(impossible));
}

/* What each format loses, between bounds that the width of its steps predicts: nobody loses nothing, and more bits lose
 * less. Weights of deviation s in steps of d add an error of deviation d / sqrt(12) per weight; outputs have 4. */
static void losses_are_stated(void **state)
{
    (void)state;
    static const struct {
        const char *op;
        struct km_param params[4];
        size_t nparams;
        double least, most; /* of the rmse */
    } all[] = {
        { "gemv/q8_0", MATRIX(4, 64), 0.01, 0.05 },        { "gemv/q4_0", MATRIX(4, 64), 0.1, 0.6 },
        { "gemv_packed/q8_0", MATRIX(4, 64), 0.01, 0.05 }, { "gemv_packed/q4_0", MATRIX(4, 64), 0.1, 0.6 },
        { "gemv/q4_k", MATRIX(4, 256), 0.1, 0.5 },         { "gemv_packed/q4_k", MATRIX(4, 256), 0.1, 0.5 },
        { "gemv/i8", MATRIX(4, 64), 0.01, 0.06 },          { "gemv/i4", MATRIX(4, 64), 0.2, 0.9 },
        { "matmul/q8_0", MATMUL(4, 2, 64), 0.01, 0.05 },   { "matmul/q4_0", MATMUL(4, 2, 64), 0.1, 0.6 },
        { "matmul/q4_k", MATMUL(4, 2, 256), 0.1, 0.5 },    { "matmul/i8", MATMUL(4, 2, 64), 0.01, 0.06 },
        { "matmul/i4", MATMUL(4, 2, 64), 0.2, 0.9 },
    };
    for (size_t i = 0; i < BH_COUNT(all); i++) {
        const struct km_op *op = bh_find(all[i].op);
        struct km_case c = {
            .params = all[i].params, .nparams = all[i].nparams, .variant = "ref", .data_dir = "suites/data", .seed = 3
        };
        assert_int_equal(op->setup(&c), KM_RIGHT);
        assert_int_equal(op->verify(&c), KM_RIGHT);
        assert_int_equal(c.nvalues, 4);
        assert_string_equal(c.values[0].name, "rmse");
        double rmse = c.values[0].value, most = c.values[1].value, cosine = c.values[2].value, kl = c.values[3].value;
        if (!(rmse > all[i].least && rmse < all[i].most && most > rmse && most < 6 * rmse))
            fail_msg("%s: rmse %g, largest %g", all[i].op, rmse, most);
        /* 1 - cosine is half the relative square of the error; the divergence half the variance of logits' errors. */
        if (!(fabs((1 - cosine) / (rmse * rmse / 32) - 1) < 0.3 && kl > 0 && kl < 2 * rmse * rmse))
            fail_msg("%s: rmse %g, cosine %g, divergence %g", all[i].op, rmse, cosine, kl);
        op->teardown(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(awkward_sizes),
        cmocka_unit_test(losses_are_stated),
        cmocka_unit_test(wrong_kernels_are_caught),
        cmocka_unit_test(impossible_set_ups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
