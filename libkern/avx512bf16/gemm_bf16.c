/* SPDX-License-Identifier: Apache-2.0
 * Matrix times matrix of bfloat16: one instruction adds the products of a pair. */
#include <immintrin.h>
#include <string.h>

#include <kern/kern.h>

static inline __m512i words(const float *p)
{
    return _mm512_loadu_si512((const void *)p);
}

static inline __m512i splat(const char *p)
{
    int word;
    memcpy(&word, p, sizeof word);
    return _mm512_set1_epi32(word);
}

static inline __m512 pair(__m512i a, __m512i b, __m512 c)
{
    return _mm512_dpbf16_ps(c, (__m512bh)a, (__m512bh)b);
}

#define GEMM_V            __m512
#define GEMM_LANES        16
#define GEMM_LOAD(p)      _mm512_loadu_ps(p)
#define GEMM_STORE(p, v)  _mm512_storeu_ps(p, v)
#define GEMM_ADD(a, b)    _mm512_add_ps(a, b)
#define GEMM_ZERO         _mm512_setzero_ps()
#define GEMM_W            __m512i
#define GEMM_WORDS(p)     words(p)
#define GEMM_SPLAT(p)     splat(p)
#define GEMM_FMA(a, b, c) pair(a, b, c)
#define GEMM_ROWS         14
#define GEMM_WIDE         2
#define GEMM_KERNEL(op)   kern_##op##_f32_avx512
#include "libkern/gemm_body.inc"

void kern_gemm_bf16_avx512bf16(const struct kern_gemm_half *g)
{
    gemm_pairs(g);
}
