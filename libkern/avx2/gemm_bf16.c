/* SPDX-License-Identifier: Apache-2.0
 * Matrix times matrix of bfloat16, whose pairs are widened in registers: 4 × 2 sums leave room for that. */
#include <immintrin.h>
#include <string.h>

#include <kern/kern.h>

static inline __m256i words(const float *p)
{
    return _mm256_loadu_si256((const void *)p);
}

static inline __m256i splat(const char *p)
{
    int word;
    memcpy(&word, p, sizeof word);
    return _mm256_set1_epi32(word);
}

/* The first of each pair, and the second, as floats. */
static inline __m256 low(__m256i w)
{
    return _mm256_castsi256_ps(_mm256_slli_epi32(w, 16));
}

static inline __m256 high(__m256i w)
{
    return _mm256_castsi256_ps(_mm256_and_si256(w, _mm256_set1_epi32(-65536)));
}

static inline __m256 pair(__m256i a, __m256i b, __m256 c)
{
    return _mm256_fmadd_ps(high(a), high(b), _mm256_fmadd_ps(low(a), low(b), c));
}

#define GEMM_V            __m256
#define GEMM_LANES        8
#define GEMM_LOAD(p)      _mm256_loadu_ps(p)
#define GEMM_STORE(p, v)  _mm256_storeu_ps(p, v)
#define GEMM_ADD(a, b)    _mm256_add_ps(a, b)
#define GEMM_ZERO         _mm256_setzero_ps()
#define GEMM_W            __m256i
#define GEMM_WORDS(p)     words(p)
#define GEMM_SPLAT(p)     splat(p)
#define GEMM_FMA(a, b, c) pair(a, b, c)
#define GEMM_ROWS         4
#define GEMM_WIDE         2
#include "libkern/gemm_body.inc"

void kern_gemm_bf16_avx2(const struct kern_gemm_bf16 *g)
{
    gemm_bf16(g);
}
