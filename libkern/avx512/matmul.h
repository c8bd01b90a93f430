/* SPDX-License-Identifier: Apache-2.0
 * Quantised matrix products, for the variants with and without VNNI, in tiles of 2 vectors × 12 columns: 24 sums, two
 * vectors of weights and one of x fit the 32 registers, and a word of x is loaded once for both. */
#ifndef LIBKERN_AVX512_MATMUL_H
#define LIBKERN_AVX512_MATMUL_H

#include <string.h>

#include <kern/kern.h>

#include "libkern/avx512/dot4.h"

#ifndef MM_TILE
#define MM_TILE      "libkern/matmul_tile.inc"
#define MM_COLUMNS   12
#define MM_WIDTHS(X) X(1) X(2) X(4) X(8) X(12)
#endif
#define MM_ROWS                32
#define MM_LANES               16
#define MM_FLIP                0
#define MM_QUANTIZE(type)      kern_quantize_##type##_avx512
#define MM_F                   __m512
#define MM_LOAD(p)             _mm512_loadu_ps(p)
#define MM_STORE(p, v)         _mm512_storeu_ps(p, v)
#define MM_MUL(a, b)           _mm512_mul_ps(a, b)
#define MM_FMA(a, b, c)        _mm512_fmadd_ps(a, b, c)
#define MM_SET(f)              _mm512_set1_ps(f)
#define MM_I                   __m512i
#define MM_LOAD_I(p)           _mm512_loadu_si512(p)
#define MM_STORE_I(p, v)       _mm512_storeu_si512(p, v)
#define MM_SET_I(i)            _mm512_set1_epi32(i)
#define MM_AS_F(i)             _mm512_castsi512_ps(i)
#define MM_B                   __m512i
#define MM_LOAD_B(p)           _mm512_loadu_si512(p)
#define MM_SPLAT(p)            four_bytes(p)
#define MM_S                   __m512i
#define MM_BEGIN(start)        (start)
#define MM_END(s, start)       (s)
#define MM_DOT(s, w, x)        dot4(s, w, x)
#define MM_DOT_NIBBLE(s, w, x) dot4_small(s, w, x)
#define MM_KEEP(s)             __asm__ volatile("" : "+v"(s))

static inline __m512i four_bytes(const int8_t *x)
{
    int32_t v;
    memcpy(&v, x, sizeof v);
    return _mm512_set1_epi32(v);
}

static inline void mm_halves(float *to, const uint16_t *from)
{
    _mm512_storeu_ps(to, _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)from)));
}

#include "libkern/matmul_body.inc"

#endif
