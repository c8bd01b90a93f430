/* SPDX-License-Identifier: Apache-2.0
 * INT4 matrix times vector: four products of 15 * 127 fit 16 bits. */
#include <arm_neon.h>

#include "libkern/gemv_i8.h"

/* Adds 32 products of each row. */
static inline void add_i4(int32x4_t s[4], const uint8_t *q, size_t stride, const int8_t x[32], const size_t rows)
{
    int8x16_t v0 = vld1q_s8(x), v1 = vld1q_s8(x + 16);

    for (size_t r = 0; r < rows; r++) {
        uint8x16_t w = vld1q_u8(q + r * stride);
        int8x16_t low = vreinterpretq_s8_u8(vandq_u8(w, vdupq_n_u8(15)));
        int8x16_t high = vreinterpretq_s8_u8(vshrq_n_u8(w, 4));
        int16x8_t pairs = vmlal_high_s8(vmull_s8(vget_low_s8(low), vget_low_s8(v0)), low, v0);
        pairs = vmlal_high_s8(vmlal_s8(pairs, vget_low_s8(high), vget_low_s8(v1)), high, v1);
        s[r] = vpadalq_s16(s[r], pairs);
    }
}

static inline void sums_i4(int32_t sum[4], const uint8_t *q, size_t stride, const int8_t *x, size_t k,
                           const size_t rows)
{
    int32x4_t s[4] = { vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0) };
    size_t j = 0;

    for (; j + 32 <= k; j += 32)
        add_i4(s, q + j / 2, stride, x + j, rows);
    if (j < k) {
        int8_t rest[32] = { 0 };
        memcpy(rest, x + j, k - j);
        add_i4(s, q + j / 2, stride, rest, rows);
    }
    for (size_t r = 0; r < rows; r++)
        sum[r] = vaddvq_s32(s[r]);
}

GEMV_I4(neon, neon)
