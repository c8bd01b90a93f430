/* SPDX-License-Identifier: Apache-2.0
 * Dequantisations of Q4_0 that are wrong on purpose; see bad.c. */
#include "tests/kern/bad.h"

static kern_dequant_q4_0_fn q4_swapped_nibbles, q4_interleaved, q4_wrong_zero, q4_flushes_subnormals, q4_loses_sign,
    q4_writes_after, q4_writes_before, q4_skips_odd_block;

static void q4_swapped_nibbles(float *y, const struct kern_q4_0 *x, size_t nblocks)
{
    for (size_t i = 0; i < nblocks; i++) {
        struct kern_q4_0 b = x[i];
        for (size_t j = 0; j < 16; j++)
            b.qs[j] = (uint8_t)(b.qs[j] << 4 | b.qs[j] >> 4);
        kern_dequant_q4_0_ref(y + 32 * i, &b, 1);
    }
}

/* Both weights of a byte side by side. */
static void q4_interleaved(float *y, const struct kern_q4_0 *x, size_t nblocks)
{
    for (size_t i = 0; i < 32 * nblocks; i++) {
        int byte = x[i / 32].qs[i % 32 / 2];
        y[i] = kern_f16_to_f32(x[i / 32].d) * (float)((i % 2 ? byte >> 4 : byte & 15) - 8);
    }
}

static void q4_wrong_zero(float *y, const struct kern_q4_0 *x, size_t nblocks)
{
    kern_dequant_q4_0_ref(y, x, nblocks);
    for (size_t i = 0; i < 32 * nblocks; i++)
        y[i] += kern_f16_to_f32(x[i / 32].d) * 0.5f;
}

static void q4_flushes_subnormals(float *y, const struct kern_q4_0 *x, size_t nblocks)
{
    for (size_t i = 0; i < nblocks; i++) {
        struct kern_q4_0 b = x[i];
        if ((b.d & 0x7c00) == 0)
            b.d &= 0x8000;
        kern_dequant_q4_0_ref(y + 32 * i, &b, 1);
    }
}

/* q * d - 8 * d is +0 where (q - 8) * d is -0. */
static void q4_loses_sign(float *y, const struct kern_q4_0 *x, size_t nblocks)
{
    kern_dequant_q4_0_ref(y, x, nblocks);
    for (size_t i = 0; i < 32 * nblocks; i++)
        y[i] += 0.0f;
}

static void q4_writes_after(float *y, const struct kern_q4_0 *x, size_t nblocks)
{
    kern_dequant_q4_0_ref(y, x, nblocks);
    y[32 * nblocks] = 0;
}

static void q4_writes_before(float *y, const struct kern_q4_0 *x, size_t nblocks)
{
    kern_dequant_q4_0_ref(y, x, nblocks);
    y[-1] = 0;
}

static void q4_skips_odd_block(float *y, const struct kern_q4_0 *x, size_t nblocks)
{
    kern_dequant_q4_0_ref(y, x, nblocks & ~(size_t)1);
}

const struct bad_kernel bad_dequant[] = {
    BAD(check_dequant_variant, q4_swapped_nibbles),
    BAD(check_dequant_variant, q4_interleaved),
    BAD(check_dequant_variant, q4_wrong_zero),
    BAD(check_dequant_variant, q4_flushes_subnormals),
    BAD(check_dequant_variant, q4_loses_sign),
    BAD(check_dequant_variant, q4_writes_after),
    BAD(check_dequant_variant, q4_writes_before),
    BAD(check_dequant_variant, q4_skips_odd_block),
    BAD_END,
};

const struct bad_kernel right_dequant[] = {
    BAD(check_dequant_variant, kern_dequant_q4_0_ref),
    BAD_END,
};
