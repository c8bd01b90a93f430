/* SPDX-License-Identifier: Apache-2.0
 * Matrix times matrix in tiles of 6 × 2 vectors: 12 sums, two vectors of b and one of a fill 15 of the 16 registers. */
#include <immintrin.h>

#include <kern/kern.h>

static inline __m256 halves(const uint16_t *p)
{
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)p));
}

static inline __m256i words(const float *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

/* The first of each pair, and the second, as floats. */
static inline __m256 low(const float *p)
{
    return _mm256_castsi256_ps(_mm256_slli_epi32(words(p), 16));
}

static inline __m256 high(const float *p)
{
    return _mm256_castsi256_ps(_mm256_and_si256(words(p), _mm256_set1_epi32(-65536)));
}

#define GEMM_V            __m256
#define GEMM_LANES        8
#define GEMM_LOAD(p)      _mm256_loadu_ps(p)
#define GEMM_STORE(p, v)  _mm256_storeu_ps(p, v)
#define GEMM_W            __m256
#define GEMM_WORDS(p)     _mm256_loadu_ps(p)
#define GEMM_SPLAT(p)     _mm256_broadcast_ss((const float *)(const void *)(p))
#define GEMM_FMA(a, b, c) _mm256_fmadd_ps(a, b, c)
#define GEMM_ADD(a, b)    _mm256_add_ps(a, b)
#define GEMM_ZERO         _mm256_setzero_ps()
#define GEMM_ROWS         6
#define GEMM_WIDE         2
#define GEMM_F16(p)       halves(p)
#define GEMM_LOW(p)       low(p)
#define GEMM_HIGH(p)      high(p)
#define GEMM_KERNEL(op)   kern_##op##_f32_avx2
#include "libkern/gemm_body.inc"

void kern_gemm_f32_avx2(const struct kern_gemm *g)
{
    gemm_f32(g);
}

void kern_gemm_f16_avx2(const struct kern_gemm_half *g)
{
    gemm_f16(g);
}

void kern_gemm_bf16_avx2(const struct kern_gemm_half *g)
{
    gemm_bf16(g);
}
