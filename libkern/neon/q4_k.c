/* SPDX-License-Identifier: Apache-2.0
 * Q4_K to float, and its dot product with Q8_K. */
#include <arm_neon.h>

#include <kern/kern.h>

#include "libkern/half.h"
#include "libkern/q4_k.h"

static inline void eight(float *y, uint8x8_t q, float32x4_t step, float32x4_t least)
{
    uint16x8_t wide = vmovl_u8(q);

    vst1q_f32(y, vsubq_f32(vmulq_f32(vcvtq_f32_u32(vmovl_u16(vget_low_u16(wide))), step), least));
    vst1q_f32(y + 4, vsubq_f32(vmulq_f32(vcvtq_f32_u32(vmovl_high_u16(wide)), step), least));
}

void kern_dequant_q4_k_neon(float *y, const struct kern_q4_k *x, size_t nblocks)
{
    for (; nblocks; nblocks--, x++) {
        struct q4_k_parts p = q4_k_parts(x);
        float d = half_to_float(x->d), dmin = half_to_float(x->dmin);
        for (int j = 0; j < 8; j++, y += 32) {
            float32x4_t step = vdupq_n_f32(d * p.scale[j]), least = vdupq_n_f32(dmin * p.min[j]);
            int8x8_t shift = vdup_n_s8((int8_t)(j % 2 * -4));
            for (int i = 0; i < 32; i += 8) {
                uint8x8_t q = vshl_u8(vld1_u8(x->qs + j / 2 * 32 + i), shift);
                eight(y + i, vand_u8(q, vdup_n_u8(15)), step, least);
            }
        }
    }
}

/* Four sums of the products of 32 levels with y; four products of 15 * 127 fit 16 bits. */
static inline int32x4_t products(uint8x16_t q0, uint8x16_t q1, const int8_t *y)
{
    int8x16_t a = vreinterpretq_s8_u8(q0), b = vreinterpretq_s8_u8(q1), y0 = vld1q_s8(y), y1 = vld1q_s8(y + 16);
    int16x8_t sum = vmlal_high_s8(vmull_s8(vget_low_s8(a), vget_low_s8(y0)), a, y0);
    sum = vmlal_high_s8(vmlal_s8(sum, vget_low_s8(b), vget_low_s8(y1)), b, y1);
    return vpaddlq_s16(sum);
}

float kern_dot_q4_k_neon(const struct kern_q4_k *x, const struct kern_q8_k *y, size_t nblocks)
{
    const uint8x16_t low = vdupq_n_u8(15);
    float32x4_t total = vdupq_n_f32(0);

    for (; nblocks; nblocks--, x++, y++) {
        struct q4_k_parts p = q4_k_parts(x);
        int32x4_t sum = vdupq_n_s32(0);
        for (int j = 0; j < 8; j += 2) {
            uint8x16_t q = vld1q_u8(x->qs + 16 * j), r = vld1q_u8(x->qs + 16 * j + 16);
            sum = vmlaq_n_s32(sum, products(vandq_u8(q, low), vandq_u8(r, low), y->qs + 32 * j), p.scale[j]);
            sum = vmlaq_n_s32(sum, products(vshrq_n_u8(q, 4), vshrq_n_u8(r, 4), y->qs + 32 * j + 32), p.scale[j + 1]);
        }
        int16x8_t sums = vpaddq_s16(vld1q_s16(y->sums), vld1q_s16(y->sums + 8));
        int16x8_t min = vreinterpretq_s16_u16(vmovl_u8(vld1_u8(p.min)));
        int32x4_t least = vmlal_high_s16(vmull_s16(vget_low_s16(sums), vget_low_s16(min)), sums, min);
        total = vfmaq_n_f32(total, vcvtq_f32_s32(sum), half_to_float(x->d) * y->d);
        total = vfmsq_n_f32(total, vcvtq_f32_s32(least), half_to_float(x->dmin) * y->d);
    }
    return vaddvq_f32(total);
}
