/* SPDX-License-Identifier: Apache-2.0
 * The vocabulary of the shared kernel bodies (libkern/attn_*.h) in NEON: vectors of 4 floats. */
#ifndef LIBKERN_NEON_LANES_H
#define LIBKERN_NEON_LANES_H

#include <stdint.h>
#include <string.h>

#include "libkern/neon/exp.h"

enum { LANES = 4 };
typedef float32x4_t vf;

/* Tiles that fit 32 registers: for 1, 2, 4 and 8 rows, how many positions of K or vectors of V go with them. */
enum { KEYS_1 = 4, KEYS_2 = 4, KEYS_4 = 4, KEYS_8 = 2, COLS_1 = 8, COLS_2 = 8, COLS_4 = 4, COLS_8 = 2, PANEL = 4 };

static inline vf vset(float x)
{
    return vdupq_n_f32(x);
}

static inline vf vload_f32(const float *p)
{
    return vld1q_f32(p);
}

static inline vf vload_f16(const uint16_t *p)
{
    return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p)));
}

static inline vf vload_bf16(const uint16_t *p)
{
    return vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(p), 16));
}

static inline vf vload_i8(const int8_t *p)
{
    int32_t four;
    memcpy(&four, p, sizeof four);
    int16x8_t wide = vmovl_s8(vreinterpret_s8_s32(vdup_n_s32(four)));
    return vcvtq_f32_s32(vmovl_s16(vget_low_s16(wide)));
}

static inline void vstore(float *p, vf x)
{
    vst1q_f32(p, x);
}

static inline vf vmul(vf a, vf b)
{
    return vmulq_f32(a, b);
}

static inline vf vadd(vf a, vf b)
{
    return vaddq_f32(a, b);
}

static inline vf vsub(vf a, vf b)
{
    return vsubq_f32(a, b);
}

static inline vf vfma(vf a, vf b, vf c) /* a b + c */
{
    return vfmaq_f32(c, a, b);
}

static inline vf vtop(vf a, vf b) /* the larger one; NaN where one is a NaN */
{
    return vmaxq_f32(a, b);
}

static inline float vtop_lanes(vf a)
{
    return vmaxvq_f32(a);
}

static inline float vfirst(vf a)
{
    return vgetq_lane_f32(a, 0);
}

static inline float sum_lanes(vf a)
{
    return vaddvq_f32(a);
}

/* Lane i: the sum of the lanes of a[i]. */
static inline vf vsums(const vf a[LANES])
{
    return vpaddq_f32(vpaddq_f32(a[0], a[1]), vpaddq_f32(a[2], a[3]));
}

/* Rows become columns. */
static inline void vturn(vf a[LANES])
{
    vf p = vzip1q_f32(a[0], a[2]), q = vzip2q_f32(a[0], a[2]), r = vzip1q_f32(a[1], a[3]), s = vzip2q_f32(a[1], a[3]);
    a[0] = vzip1q_f32(p, r);
    a[1] = vzip2q_f32(p, r);
    a[2] = vzip1q_f32(q, s);
    a[3] = vzip2q_f32(q, s);
}

static inline vf vabs(vf a)
{
    return vabsq_f32(a);
}

/* To the types of K and V, nearest, ties to even; i8 of -127..127. */
static inline void vsave_f16(uint16_t *p, vf x)
{
    vst1_u16(p, vreinterpret_u16_f16(vcvt_f16_f32(x)));
}

static inline void vsave_bf16(uint16_t *p, vf x)
{
    uint32x4_t bits = vreinterpretq_u32_f32(x), high = vshrq_n_u32(bits, 16);
    uint32x4_t odd = vandq_u32(high, vdupq_n_u32(1));
    uint32x4_t up = vshrq_n_u32(vaddq_u32(bits, vaddq_u32(odd, vdupq_n_u32(0x7fff))), 16);
    up = vbslq_u32(vceqq_f32(x, x), up, vorrq_u32(high, vdupq_n_u32(0x40)));
    vst1_u16(p, vmovn_u32(up));
}

static inline void vsave_i8(int8_t *p, vf x)
{
    int16x4_t words = vmovn_s32(vcvtnq_s32_f32(x));
    int32_t four = vget_lane_s32(vreinterpret_s32_s8(vmovn_s16(vcombine_s16(words, words))), 0);
    memcpy(p, &four, sizeof four);
}

static inline void vsave_f32(float *p, vf x)
{
    vstore(p, x);
}

#endif
