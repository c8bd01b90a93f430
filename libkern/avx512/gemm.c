/* SPDX-License-Identifier: Apache-2.0
 * Matrix times matrix in tiles of 14 × 2 vectors: 28 sums, two vectors of b and one of a fill 31 of the 32 registers. */
#include <immintrin.h>

#include <kern/kern.h>

#define GEMM_V            __m512
#define GEMM_LANES        16
#define GEMM_LOAD(p)      _mm512_loadu_ps(p)
#define GEMM_STORE(p, v)  _mm512_storeu_ps(p, v)
#define GEMM_W            __m512
#define GEMM_WORDS(p)     _mm512_loadu_ps(p)
#define GEMM_SPLAT(p)     _mm512_set1_ps(*(const float *)(const void *)(p))
#define GEMM_FMA(a, b, c) _mm512_fmadd_ps(a, b, c)
#define GEMM_ADD(a, b)    _mm512_add_ps(a, b)
#define GEMM_ZERO         _mm512_setzero_ps()
#define GEMM_ROWS         14
#define GEMM_WIDE         2
#include "libkern/gemm_body.inc"

void kern_gemm_f32_avx512(const struct kern_gemm *g)
{
    gemm_f32(g);
}
