/* SPDX-License-Identifier: Apache-2.0
 * The vocabulary of libkern/simd_math.h in NEON. Tails pass through four floats on the stack. */
#ifndef LIBKERN_NEON_SIMD_H
#define LIBKERN_NEON_SIMD_H

#include <arm_neon.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define V_NAME(op) kern_##op##_f32_neon
typedef float32x4_t vf;
typedef int32x4_t vi;
enum { VN = 4 };

#define V_KEEP(v) __asm__("" : "+w"(v))

#define v_set(f)        vdupq_n_f32(f)
#define v_load(p)       vld1q_f32(p)
#define v_store(p, v)   vst1q_f32(p, v)
#define v_add(a, b)     vaddq_f32(a, b)
#define v_sub(a, b)     vsubq_f32(a, b)
#define v_mul(a, b)     vmulq_f32(a, b)
#define v_div(a, b)     vdivq_f32(a, b)
#define v_fma(a, b, c)  vfmaq_f32(c, a, b)
#define v_fnma(a, b, c) vfmsq_f32(c, a, b)
#define v_sum(v)        vaddvq_f32(v)

/* A NaN in the second argument stays one, as on x86; in the first it gives way. */
static inline vf v_max(vf a, vf b)
{
    return vbslq_f32(vcgtq_f32(a, b), a, b);
}

static inline vf v_min(vf a, vf b)
{
    return vbslq_f32(vcltq_f32(a, b), a, b);
}

static inline vf v_load_first(const float *p, size_t k, float fill)
{
    float room[4] = { fill, fill, fill, fill };
    memcpy(room, p, (k < 4 ? k : 4) * sizeof *p);
    return vld1q_f32(room);
}

static inline void v_store_first(float *p, vf v, size_t k)
{
    float room[4];
    vst1q_f32(room, v);
    memcpy(p, room, (k < 4 ? k : 4) * sizeof *p);
}

static inline float v_max_lanes(vf v)
{
    return vmaxnmvq_f32(v);
}

/* One bit a lane. */
static inline unsigned v_mask_bits(uint32x4_t m)
{
    static const uint32_t bit[4] = { 1, 2, 4, 8 };
    return vaddvq_u32(vandq_u32(m, vld1q_u32(bit)));
}

static inline unsigned v_gt(vf a, vf b)
{
    return v_mask_bits(vcgtq_f32(a, b));
}

static inline unsigned v_eq(vf a, vf b)
{
    return v_mask_bits(vceqq_f32(a, b));
}

static inline vf v_where_neg(vf x, vf negative, vf other)
{
    return vbslq_f32(vcltzq_s32(vreinterpretq_s32_f32(x)), negative, other);
}

static inline vf v_negabs(vf x)
{
    return vnegq_f32(vabsq_f32(x));
}

static inline vi v_bits(vf x)
{
    return vreinterpretq_s32_f32(x);
}

static inline vi v_next(vi q)
{
    return vaddq_s32(q, vdupq_n_s32(1));
}

static inline vf v_where_odd(vi q, vf odd, vf even)
{
    return vbslq_f32(vtstq_s32(q, vdupq_n_s32(1)), odd, even);
}

static inline vf v_flip_by_bit1(vf v, vi q)
{
    vi sign = vshlq_n_s32(vandq_s32(q, vdupq_n_s32(2)), 30);
    return vreinterpretq_f32_s32(veorq_s32(vreinterpretq_s32_f32(v), sign));
}

/* 1 / d for d in [1, 2], within 2 u. */
static inline vf v_recip12(vf d)
{
    return v_div(v_set(1), d);
}

/* The float whose exponent is the last eight bits of t. */
static inline vf v_power(vf t)
{
    return vreinterpretq_f32_s32(vshlq_n_s32(v_bits(t), 23));
}

/* Turns the VN pairs x[2 i], x[2 i + 1] by the angles of which c and s are cosine and sine. */
static inline void v_turn_pairs(float *x, vf c, vf s)
{
    float32x4x2_t p = vld2q_f32(x), turned;
    turned.val[0] = v_fnma(p.val[1], s, v_mul(p.val[0], c));
    turned.val[1] = v_fma(p.val[1], c, v_mul(p.val[0], s));
    vst2q_f32(x, turned);
}

#include "libkern/simd_math.h"

#endif
