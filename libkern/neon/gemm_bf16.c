/* SPDX-License-Identifier: Apache-2.0
 * Matrix times matrix of bfloat16, whose pairs are widened in registers. */
#include <arm_neon.h>
#include <string.h>

#include <kern/kern.h>

static inline uint32x4_t words(const float *p)
{
    return vreinterpretq_u32_f32(vld1q_f32(p));
}

static inline uint32x4_t splat(const char *p)
{
    uint32_t word;
    memcpy(&word, p, sizeof word);
    return vdupq_n_u32(word);
}

/* The first of each pair, and the second, as floats. */
static inline float32x4_t low(uint32x4_t w)
{
    return vreinterpretq_f32_u32(vshlq_n_u32(w, 16));
}

static inline float32x4_t high(uint32x4_t w)
{
    return vreinterpretq_f32_u32(vandq_u32(w, vdupq_n_u32(0xffff0000u)));
}

static inline float32x4_t pair(uint32x4_t a, uint32x4_t b, float32x4_t c)
{
    return vfmaq_f32(vfmaq_f32(c, low(a), low(b)), high(a), high(b));
}

#define GEMM_V            float32x4_t
#define GEMM_LANES        4
#define GEMM_LOAD(p)      vld1q_f32(p)
#define GEMM_STORE(p, v)  vst1q_f32(p, v)
#define GEMM_ADD(a, b)    vaddq_f32(a, b)
#define GEMM_ZERO         vdupq_n_f32(0)
#define GEMM_W            uint32x4_t
#define GEMM_WORDS(p)     words(p)
#define GEMM_SPLAT(p)     splat(p)
#define GEMM_FMA(a, b, c) pair(a, b, c)
#define GEMM_ROWS         4
#define GEMM_WIDE         4
#include "libkern/gemm_body.inc"

void kern_gemm_bf16_neon(const struct kern_gemm_bf16 *g)
{
    gemm_bf16(g);
}
