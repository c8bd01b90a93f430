/* SPDX-License-Identifier: Apache-2.0
 * Matrix times matrix in tiles of 6 × 4 vectors: 24 sums, four vectors of b and one of a fill 29 of the 32 registers. */
#include <arm_neon.h>

#include <kern/kern.h>

static inline float32x4_t halves(const uint16_t *p)
{
    return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p)));
}

/* The first of each pair, and the second, as floats. */
static inline float32x4_t low(const float *p)
{
    return vreinterpretq_f32_u32(vshlq_n_u32(vreinterpretq_u32_f32(vld1q_f32(p)), 16));
}

static inline float32x4_t high(const float *p)
{
    return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(vld1q_f32(p)), vdupq_n_u32(0xffff0000u)));
}

#define GEMM_V            float32x4_t
#define GEMM_LANES        4
#define GEMM_LOAD(p)      vld1q_f32(p)
#define GEMM_STORE(p, v)  vst1q_f32(p, v)
#define GEMM_W            float32x4_t
#define GEMM_WORDS(p)     vld1q_f32(p)
#define GEMM_SPLAT(p)     vld1q_dup_f32((const float *)(const void *)(p))
#define GEMM_FMA(a, b, c) vfmaq_f32(c, a, b)
#define GEMM_ADD(a, b)    vaddq_f32(a, b)
#define GEMM_ZERO         vdupq_n_f32(0)
#define GEMM_ROWS         6
#define GEMM_WIDE         4
#define GEMM_F16(p)       halves(p)
#define GEMM_LOW(p)       low(p)
#define GEMM_HIGH(p)      high(p)
#define GEMM_KERNEL(op)   kern_##op##_f32_neon
#include "libkern/gemm_body.inc"

void kern_gemm_f32_neon(const struct kern_gemm *g)
{
    gemm_f32(g);
}

void kern_gemm_f16_neon(const struct kern_gemm_half *g)
{
    gemm_f16(g);
}

void kern_gemm_bf16_neon(const struct kern_gemm_half *g)
{
    gemm_bf16(g);
}
