/* SPDX-License-Identifier: Apache-2.0
 * Matrix times matrix in tiles of 14 × 2 vectors: 28 sums, two vectors of b and one of a fill 31 of the 32 registers. */
#include <immintrin.h>

#include <kern/kern.h>

static inline __m512 halves(const uint16_t *p)
{
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)p));
}

/* The first of each pair, and the second, as floats. */
static inline __m512 low(const float *p)
{
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_loadu_si512((const void *)p), 16));
}

static inline __m512 high(const float *p)
{
    return _mm512_castsi512_ps(_mm512_and_si512(_mm512_loadu_si512((const void *)p), _mm512_set1_epi32(-65536)));
}

/* GCC takes forms of the instruction that overwrite a factor, which it then copies first, and runs out of registers. */
static inline __m512 plus_product(__m512 a, __m512 b, __m512 c)
{
#if defined __AVX512F__ && !defined __clang__
    __asm__("vfmadd231ps %1, %2, %0" : "+v"(c) : "v"(a), "v"(b));
    return c;
#else
    return _mm512_fmadd_ps(a, b, c);
#endif
}

#define GEMM_V            __m512
#define GEMM_LANES        16
#define GEMM_LOAD(p)      _mm512_loadu_ps(p)
#define GEMM_STORE(p, v)  _mm512_storeu_ps(p, v)
#define GEMM_W            __m512
#define GEMM_WORDS(p)     _mm512_loadu_ps(p)
#define GEMM_SPLAT(p)     _mm512_set1_ps(*(const float *)(const void *)(p))
#define GEMM_FMA(a, b, c) plus_product(a, b, c)
#define GEMM_ADD(a, b)    _mm512_add_ps(a, b)
#define GEMM_ZERO         _mm512_setzero_ps()
#define GEMM_ROWS         14
#define GEMM_WIDE         2
#define GEMM_F16(p)       halves(p)
#define GEMM_LOW(p)       low(p)
#define GEMM_HIGH(p)      high(p)
#define GEMM_KERNEL(op)   kern_##op##_f32_avx512
#include "libkern/gemm_body.inc"

void kern_gemm_f32_avx512(const struct kern_gemm *g)
{
    gemm_f32(g);
}

void kern_gemm_f16_avx512(const struct kern_gemm_half *g)
{
    gemm_f16(g);
}

void kern_gemm_bf16_avx512(const struct kern_gemm_half *g)
{
    gemm_bf16(g);
}
