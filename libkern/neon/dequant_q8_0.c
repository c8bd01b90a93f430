/* SPDX-License-Identifier: Apache-2.0
 * Q8_0 to float: widened twice, converted and scaled. */
#include <arm_neon.h>

#include <kern/kern.h>

static inline void eight(float *y, int8x8_t q, float32x4_t d)
{
    int16x8_t wide = vmovl_s8(q);

    vst1q_f32(y, vmulq_f32(vcvtq_f32_s32(vmovl_s16(vget_low_s16(wide))), d));
    vst1q_f32(y + 4, vmulq_f32(vcvtq_f32_s32(vmovl_high_s16(wide)), d));
}

void kern_dequant_q8_0_neon(float *y, const struct kern_q8_0 *x, size_t nblocks)
{
    for (; nblocks; nblocks--, y += 32, x++) {
        float32x4_t d = vcvt_f32_f16(vreinterpret_f16_u16(vdup_n_u16(x->d)));
        for (int j = 0; j < 32; j += 8)
            eight(y + j, vld1_s8(x->qs + j), d);
    }
}
