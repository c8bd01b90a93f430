/* SPDX-License-Identifier: Apache-2.0
 * Dot products of Q8_0 and Q4_0 with Q8_0, for the variants with and without VNNI. Sixteen blocks at a time: their
 * scales are gathered, widened and multiplied together, and their integer sums are made two blocks to a vector. What is
 * unsigned has 128 or 8 added, which is taken off by a second product. */
#ifndef LIBKERN_AVX512_DOT_QUANT_H
#define LIBKERN_AVX512_DOT_QUANT_H

#include <kern/kern.h>

#include "libkern/avx512/dot4.h"
#include "libkern/avx512/vec.h"

/* The scales of the first blocks (those in m), `bytes` apart. */
static inline __m512 gathered(const void *blocks, int bytes, __mmask16 m)
{
    const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    __m512i at = _mm512_mullo_epi32(lane, _mm512_set1_epi32(bytes));
    __m512i words = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), m, at, blocks, 1);
    return _mm512_cvtph_ps(_mm512_cvtepi32_epi16(words));
}

static inline __m512i two(__m256i a, __m256i b)
{
    return _mm512_inserti64x4(_mm512_castsi256_si512(a), b, 1);
}

static inline __m256i bytes_of(const struct kern_q8_0 *x)
{
    return _mm256_loadu_si256((const __m256i *)x->qs);
}

static inline __m256i nibbles_of(const struct kern_q4_0 *x)
{
    __m128i q = _mm_loadu_si128((const __m128i *)x->qs);
    return _mm256_and_si256(_mm256_set_m128i(_mm_srli_epi16(q, 4), q), _mm256_set1_epi8(15));
}

static inline __m512i sums_q8_0(__m512i x, __m512i y)
{
    const __m512i offset = _mm512_set1_epi8((char)128);
    __m512i zero = _mm512_setzero_si512();
    return _mm512_sub_epi32(dot4(zero, _mm512_xor_si512(x, offset), y), dot4(zero, offset, y));
}

static inline __m512i sums_q4_0(__m512i x, __m512i y)
{
    __m512i zero = _mm512_setzero_si512();
    return _mm512_sub_epi32(dot4_small(zero, x, y), dot4_small(zero, _mm512_set1_epi8(8), y));
}

/* Adds the products of blocks i and i + 1 (or, at the end, of i alone) of the sixteen whose scales are in d. */
#define PAIR(type, load, s, i, x1, y1)                                                                                 \
    s = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums_##type(two(load(x + (i)), x1), two(bytes_of(y + (i)), y1))),           \
                        _mm512_permutexvar_ps(_mm512_add_epi32(halves, _mm512_set1_epi32((int)(i))), d), s)
#define FULL(type, load, s, i) PAIR(type, load, s, i, load(x + (i) + 1), bytes_of(y + (i) + 1))

#define DOT_QUANT(type, load, isa)                                                                                     \
    float kern_dot_##type##_##isa(const struct kern_##type *x, const struct kern_q8_0 *y, size_t nblocks)              \
    {                                                                                                                  \
        const __m512i halves = _mm512_setr_epi32(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);                      \
        __m512 s = _mm512_setzero_ps(), t = s;                                                                         \
        for (; nblocks >= 16; nblocks -= 16, x += 16, y += 16) {                                                       \
            __m512 d = _mm512_mul_ps(gathered(x, sizeof *x, 0xffff), gathered(y, sizeof *y, 0xffff));                  \
            FULL(type, load, s, 0);                                                                                    \
            FULL(type, load, t, 2);                                                                                    \
            FULL(type, load, s, 4);                                                                                    \
            FULL(type, load, t, 6);                                                                                    \
            FULL(type, load, s, 8);                                                                                    \
            FULL(type, load, t, 10);                                                                                   \
            FULL(type, load, s, 12);                                                                                   \
            FULL(type, load, t, 14);                                                                                   \
        }                                                                                                              \
        if (nblocks) {                                                                                                 \
            __mmask16 m = first_lanes(nblocks);                                                                        \
            __m512 d = _mm512_mul_ps(gathered(x, sizeof *x, m), gathered(y, sizeof *y, m));                            \
            size_t i = 0;                                                                                              \
            for (; i + 2 <= nblocks; i += 2)                                                                           \
                FULL(type, load, s, i);                                                                                \
            if (i < nblocks)                                                                                           \
                PAIR(type, load, t, i, _mm256_setzero_si256(), _mm256_setzero_si256());                                \
        }                                                                                                              \
        return sum_lanes(_mm512_add_ps(s, t));                                                                         \
    }

#endif
