/* SPDX-License-Identifier: Apache-2.0
 * vexp(x): exp of 4 floats. Relative error at most 2 u; 0 where x < -87.336, so never
 * subnormal. exp(0) = 1, exp(-inf) = 0, exp(inf) = inf, NaN stays NaN. */
#ifndef LIBKERN_NEON_EXP_H
#define LIBKERN_NEON_EXP_H

#include <arm_neon.h>

#include "libkern/exp_poly.h"

/* 2^n for whole n in -126..127. */
static inline float32x4_t exp_power(int32x4_t n)
{
    return vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(n, vdupq_n_s32(127)), 23));
}

static inline float32x4_t vexp(float32x4_t x)
{
    uint32x4_t none = vcltq_f32(x, vdupq_n_f32(EXP_LOWEST));
    x = vminq_f32(vdupq_n_f32(EXP_HIGHEST), vmaxq_f32(vdupq_n_f32(EXP_LOWEST), x)); /* both keep NaNs */
    int32x4_t whole = vcvtnq_s32_f32(vmulq_f32(x, vdupq_n_f32(EXP_LOG2E)));
    float32x4_t n = vcvtq_f32_s32(whole);
    float32x4_t r = vfmsq_f32(x, n, vdupq_n_f32(EXP_LN2));
    r = vfmsq_f32(r, n, vdupq_n_f32(EXP_LN2_LOW));
    float32x4_t q = vdupq_n_f32(EXP_Q4);
    q = vfmaq_f32(vdupq_n_f32(EXP_Q3), q, r);
    q = vfmaq_f32(vdupq_n_f32(EXP_Q2), q, r);
    q = vfmaq_f32(vdupq_n_f32(EXP_Q1), q, r);
    q = vfmaq_f32(vdupq_n_f32(EXP_Q0), q, r);
    q = vfmaq_f32(r, vmulq_f32(r, r), q);
    int32x4_t half = vshrq_n_s32(whole, 1); /* in two steps, because 2^n itself may be too large */
    q = vmulq_f32(vaddq_f32(q, vdupq_n_f32(1)), exp_power(half));
    q = vmulq_f32(q, exp_power(vsubq_s32(whole, half)));
    return vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_f32(q), none));
}

#endif
