/* SPDX-License-Identifier: Apache-2.0
 * INT8 matrix times vector: two products of bytes fit 16 bits, then pairs are added to 32. */
#include <arm_neon.h>

#include "libkern/gemv_i8.h"

static inline void sums_i8(int32_t sum[4], const int8_t *q, size_t stride, const int8_t *x, size_t k, const size_t rows)
{
    int32x4_t s[4] = { vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0) };
    size_t j = 0;

    for (; j + 16 <= k; j += 16) {
        int8x16_t v = vld1q_s8(x + j);
        for (size_t r = 0; r < rows; r++) {
            int8x16_t w = vld1q_s8(q + r * stride + j);
            s[r] = vpadalq_s16(s[r], vmlal_high_s8(vmull_s8(vget_low_s8(w), vget_low_s8(v)), w, v));
        }
    }
    for (size_t r = 0; r < rows; r++)
        sum[r] = vaddvq_s32(s[r]);
    for (; j < k; j++)
        for (size_t r = 0; r < rows; r++)
            sum[r] += q[r * stride + j] * x[j];
}

GEMV_I8(neon, neon)
