/* SPDX-License-Identifier: Apache-2.0
 * Dot product of Q4_K and Q8_K, for the variants with and without VNNI. A vector holds a half of a block, whose nibbles
 * are of four parts; sums of four products fit 16 bits, so that a multiplication of words applies the scale. */
#ifndef LIBKERN_AVX512_DOT_Q4_K_H
#define LIBKERN_AVX512_DOT_Q4_K_H

#include "libkern/avx2/q4_k.h"
#include "libkern/avx512/dot4.h"
#include "libkern/avx512/vec.h"

static inline __m512i add_scaled(__m512i total, __m512i sums, __m512i scales)
{
#ifdef __AVX512VNNI__
    return _mm512_dpwssd_epi32(total, sums, scales);
#else
    return _mm512_add_epi32(total, _mm512_madd_epi16(sums, scales));
#endif
}

/* Adds parts 4 h to 4 h + 3 (h = 0 or 1) times their scales, which are the eight lower lanes of `scales`. */
static inline __m512i half_block(__m512i total, const struct kern_q4_k *x, const struct kern_q8_k *y, __m512i scales,
                                 int h)
{
    const __m512i low = _mm512_set1_epi8(15), zero = _mm512_setzero_si512();
    const __m512i even = _mm512_setr_epi32(0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2);
    __m512i at = _mm512_add_epi32(even, _mm512_set1_epi32(4 * h));
    __m512i q = _mm512_loadu_si512(x->qs + 64 * h);
    __m512i a = _mm512_loadu_si512(y->qs + 128 * h), b = _mm512_loadu_si512(y->qs + 128 * h + 64);
    __m512i first = dot4_small(zero, _mm512_and_si512(q, low), _mm512_shuffle_i64x2(a, b, 0x44));
    __m512i second = dot4_small(zero, _mm512_and_si512(_mm512_srli_epi16(q, 4), low), _mm512_shuffle_i64x2(a, b, 0xee));

    total = add_scaled(total, first, _mm512_permutexvar_epi32(at, scales));
    at = _mm512_add_epi32(at, _mm512_set1_epi32(1));
    return add_scaled(total, second, _mm512_permutexvar_epi32(at, scales));
}

#define DOT_Q4_K(isa)                                                                                                  \
    float kern_dot_q4_k_##isa(const struct kern_q4_k *x, const struct kern_q8_k *y, size_t nblocks)                    \
    {                                                                                                                  \
        __m512 total = _mm512_setzero_ps();                                                                            \
        __m128 least = _mm_setzero_ps();                                                                               \
        for (; nblocks; nblocks--, x++, y++) {                                                                         \
            struct q4_k_words w = q4_k_words(x);                                                                       \
            __m256i scale = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)w.scale));                               \
            __m512i scales = _mm512_castsi256_si512(scale);                                                            \
            __m512i sum = half_block(_mm512_setzero_si512(), x, y, scales, 0);                                         \
            sum = half_block(sum, x, y, scales, 1);                                                                    \
            __m512 d = _mm512_set1_ps(q4_k_half(x->d) * y->d);                                                         \
            __m128 dmin = _mm_set1_ps(q4_k_half(x->dmin) * y->d);                                                      \
            total = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), d, total);                                                \
            least = _mm_fmadd_ps(_mm_cvtepi32_ps(q4_k_minimums(w.min, y)), dmin, least);                               \
        }                                                                                                              \
        return sum_lanes(_mm512_sub_ps(total, _mm512_zextps128_ps512(least)));                                         \
    }

#endif
