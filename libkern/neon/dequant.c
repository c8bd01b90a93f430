/* SPDX-License-Identifier: Apache-2.0
 * Q4_0 to float: nibbles to signed bytes, widened twice, converted and scaled. */
#include <arm_neon.h>

#include <kern/kern.h>

/* Sixteen signed bytes times d. */
static inline void scaled(float *y, int8x16_t q, float32x4_t d)
{
    int16x8_t low = vmovl_s8(vget_low_s8(q)), high = vmovl_high_s8(q);

    vst1q_f32(y, vmulq_f32(vcvtq_f32_s32(vmovl_s16(vget_low_s16(low))), d));
    vst1q_f32(y + 4, vmulq_f32(vcvtq_f32_s32(vmovl_high_s16(low)), d));
    vst1q_f32(y + 8, vmulq_f32(vcvtq_f32_s32(vmovl_s16(vget_low_s16(high))), d));
    vst1q_f32(y + 12, vmulq_f32(vcvtq_f32_s32(vmovl_high_s16(high)), d));
}

void kern_dequant_q4_0_neon(float *y, const struct kern_q4_0 *x, size_t nblocks)
{
    const int8x16_t eight = vdupq_n_s8(8);

    for (size_t i = 0; i < nblocks; i++, y += 32) {
        float32x4_t d = vcvt_f32_f16(vreinterpret_f16_u16(vdup_n_u16(x[i].d)));
        uint8x16_t q = vld1q_u8(x[i].qs);

        scaled(y, vsubq_s8(vreinterpretq_s8_u8(vandq_u8(q, vdupq_n_u8(15))), eight), d);
        scaled(y + 16, vsubq_s8(vreinterpretq_s8_u8(vshrq_n_u8(q, 4)), eight), d);
    }
}
