/* SPDX-License-Identifier: Apache-2.0
 * Matrix times matrix in tiles of 6 × 2 vectors: 12 sums, two vectors of b and one of a fill 15 of the 16 registers. */
#include <immintrin.h>

#include <kern/kern.h>

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
#include "libkern/gemm_body.inc"

void kern_gemm_f32_avx2(const struct kern_gemm *g)
{
    gemm_f32(g);
}
