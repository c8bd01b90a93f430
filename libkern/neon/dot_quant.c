/* SPDX-License-Identifier: Apache-2.0
 * Dot products of Q8_0 and Q4_0 with Q8_0: two products of bytes fit 16 bits, then pairs are widened. */
#include <arm_neon.h>

#include <kern/kern.h>

#include "libkern/half.h"

/* Four sums of the products of 32 bytes. */
static inline int32x4_t products(int8x16_t x0, int8x16_t x1, const int8_t *y)
{
    int8x16_t y0 = vld1q_s8(y), y1 = vld1q_s8(y + 16);
    int16x8_t a = vmlal_high_s8(vmull_s8(vget_low_s8(x0), vget_low_s8(y0)), x0, y0);
    int16x8_t b = vmlal_high_s8(vmull_s8(vget_low_s8(x1), vget_low_s8(y1)), x1, y1);
    return vpadalq_s16(vpaddlq_s16(a), b);
}

static inline int32x4_t q8_0(const struct kern_q8_0 *x, const struct kern_q8_0 *y)
{
    return products(vld1q_s8(x->qs), vld1q_s8(x->qs + 16), y->qs);
}

static inline int32x4_t q4_0(const struct kern_q4_0 *x, const struct kern_q8_0 *y)
{
    uint8x16_t q = vld1q_u8(x->qs);
    int8x16_t eight = vdupq_n_s8(8), low = vreinterpretq_s8_u8(vandq_u8(q, vdupq_n_u8(15)));
    return products(vsubq_s8(low, eight), vsubq_s8(vreinterpretq_s8_u8(vshrq_n_u8(q, 4)), eight), y->qs);
}

#define STEP(type, s, at)                                                                                              \
    s = vfmaq_n_f32(s, vcvtq_f32_s32(type(x + (at), y + (at))), half_to_float(x[at].d) * half_to_float(y[at].d))
#define DOT(type)                                                                                                      \
    float kern_dot_##type##_neon(const struct kern_##type *x, const struct kern_q8_0 *y, size_t nblocks)               \
    {                                                                                                                  \
        float32x4_t s = vdupq_n_f32(0), t = s;                                                                         \
        for (; nblocks >= 2; nblocks -= 2, x += 2, y += 2) {                                                           \
            STEP(type, s, 0);                                                                                          \
            STEP(type, t, 1);                                                                                          \
        }                                                                                                              \
        if (nblocks)                                                                                                   \
            STEP(type, s, 0);                                                                                          \
        return vaddvq_f32(vaddq_f32(s, t));                                                                            \
    }

DOT(q8_0)
DOT(q4_0)
