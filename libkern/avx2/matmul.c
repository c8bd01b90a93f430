/* SPDX-License-Identifier: Apache-2.0
 * Quantised matrix products in tiles of 2 vectors × 4 columns. Nibbles are multiplied unsigned, and 16 of their products
 * fit 16 bits; the sign of a byte moves to x, because the multiplication wants one side unsigned, and two products of
 * 127 * 127 fit. */
#include <immintrin.h>
#include <string.h>

#include <kern/kern.h>

#define MM_ROWS                16
#define MM_LANES               8
#define MM_COLUMNS             4
#define MM_WIDTHS(X)           X(1) X(2) X(4)
#define MM_FLIP                128
#define MM_QUANTIZE(type)      kern_quantize_##type##_avx2
#define MM_F                   __m256
#define MM_LOAD(p)             _mm256_loadu_ps(p)
#define MM_STORE(p, v)         _mm256_storeu_ps(p, v)
#define MM_MUL(a, b)           _mm256_mul_ps(a, b)
#define MM_FMA(a, b, c)        _mm256_fmadd_ps(a, b, c)
#define MM_SET(f)              _mm256_set1_ps(f)
#define MM_I                   __m256i
#define MM_LOAD_I(p)           _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define MM_STORE_I(p, v)       _mm256_storeu_si256((__m256i *)(void *)(p), v)
#define MM_SET_I(i)            _mm256_set1_epi32(i)
#define MM_AS_F(i)             _mm256_castsi256_ps(i)
#define MM_B                   __m256i
#define MM_LOAD_B(p)           _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define MM_SPLAT(p)            four_bytes(p)
#define MM_S                   __m256i
#define MM_BEGIN(start)        _mm256_setzero_si256()
#define MM_END(s, start)       _mm256_add_epi32(nibble ? _mm256_madd_epi16(s, _mm256_set1_epi16(1)) : (s), start)
#define MM_DOT(s, w, x)        signed4(s, w, x)
#define MM_DOT_NIBBLE(s, w, x) nibbles4(s, w, x)
#define MM_KEEP(s)             (void)0
#define MM_TILE                "libkern/matmul_tile.inc"

static inline __m256i four_bytes(const int8_t *x)
{
    int32_t v;
    memcpy(&v, x, sizeof v);
    return _mm256_set1_epi32(v);
}

/* Ends a sum: the compiler would add all products of a block up in a tree, and keep most of them in memory meanwhile. */
static inline __m256i kept(__m256i sum)
{
    __asm__("" : "+x"(sum));
    return sum;
}

static inline __m256i signed4(__m256i sum, __m256i w, __m256i x)
{
    __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(x, w));
    return kept(_mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1))));
}

static inline __m256i nibbles4(__m256i sum, __m256i w, __m256i x)
{
    return kept(_mm256_add_epi16(sum, _mm256_maddubs_epi16(w, x)));
}

static inline void mm_halves(float *to, const uint16_t *from)
{
    for (int i = 0; i < 16; i += 8)
        _mm256_storeu_ps(to + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(from + i))));
}

#include "libkern/matmul_body.inc"

MATMUL_ALL(avx2)
