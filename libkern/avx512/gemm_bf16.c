/* SPDX-License-Identifier: Apache-2.0
 * Matrix times matrix of bfloat16, for CPUs that lack its instructions: pairs are widened in registers. */
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

/* The first of each pair, and the second, as floats. */
static inline __m512 low(__m512i w)
{
    return _mm512_castsi512_ps(_mm512_slli_epi32(w, 16));
}

static inline __m512 high(__m512i w)
{
    return _mm512_castsi512_ps(_mm512_and_si512(w, _mm512_set1_epi32(-65536)));
}

static inline __m512 pair(__m512i a, __m512i b, __m512 c)
{
    return _mm512_fmadd_ps(high(a), high(b), _mm512_fmadd_ps(low(a), low(b), c));
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
#define GEMM_ROWS         12
#define GEMM_WIDE         2
#include "libkern/gemm_body.inc"

void kern_gemm_bf16_avx512(const struct kern_gemm_bf16 *g)
{
    gemm_bf16(g);
}
