/* SPDX-License-Identifier: Apache-2.0
 * Four values of a block of Q8_0 or Q4_0, from value `at`, a multiple of 4, on, as floats. */
#ifndef LIBKERN_NEON_LANES_QUANT_H
#define LIBKERN_NEON_LANES_QUANT_H

#include <kern/kern.h>

#include "libkern/neon/lanes.h"

static inline float32x4_t block_scale(uint16_t d)
{
    return vcvt_f32_f16(vreinterpret_f16_u16(vdup_n_u16(d)));
}

static inline vf vload_q8_0(const struct kern_q8_0 *b, size_t at)
{
    return vmul(vload_i8(b->qs + at), block_scale(b->d));
}

static inline vf vload_q4_0(const struct kern_q4_0 *b, size_t at)
{
    uint32_t four;
    memcpy(&four, b->qs + at % 16, sizeof four);
    uint8x8_t q = vreinterpret_u8_u32(vdup_n_u32(at < 16 ? four : four >> 4));
    int8x8_t value = vsub_s8(vreinterpret_s8_u8(vand_u8(q, vdup_n_u8(15))), vdup_n_s8(8));
    return vmul(vcvtq_f32_s32(vmovl_s16(vget_low_s16(vmovl_s8(value)))), block_scale(b->d));
}

#endif
