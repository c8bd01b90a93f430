/* SPDX-License-Identifier: Apache-2.0
 * Dot products of Q8_0 and Q4_0 with Q8_0. The byte multiplication wants one side unsigned: for Q8_0 the sign of x moves
 * to y (two products of 127 * 127 fit 16 bits); a nibble is unsigned, and 8 times y is taken off. */
#include <kern/kern.h>

#include "libkern/avx2/vec.h"

/* The product of both scales in every lane. */
static inline __m256 scales(uint16_t x, uint16_t y)
{
    return _mm256_mul_ps(_mm256_cvtph_ps(_mm_set1_epi16((short)x)), _mm256_cvtph_ps(_mm_set1_epi16((short)y)));
}

static inline __m256 widened(__m256i pairs)
{
    return _mm256_cvtepi32_ps(_mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

static inline __m256 q8_0(__m256 sum, const struct kern_q8_0 *x, const struct kern_q8_0 *y)
{
    __m256i a = _mm256_loadu_si256((const __m256i *)x->qs), b = _mm256_loadu_si256((const __m256i *)y->qs);
    __m256i pairs = _mm256_maddubs_epi16(_mm256_sign_epi8(a, a), _mm256_sign_epi8(b, a));
    return _mm256_fmadd_ps(widened(pairs), scales(x->d, y->d), sum);
}

static inline __m256 q4_0(__m256 sum, const struct kern_q4_0 *x, const struct kern_q8_0 *y)
{
    __m128i q = _mm_loadu_si128((const __m128i *)x->qs);
    __m256i both = _mm256_and_si256(_mm256_set_m128i(_mm_srli_epi16(q, 4), q), _mm256_set1_epi8(15));
    __m256i b = _mm256_loadu_si256((const __m256i *)y->qs);
    __m256i pairs = _mm256_sub_epi16(_mm256_maddubs_epi16(both, b), _mm256_maddubs_epi16(_mm256_set1_epi8(8), b));
    return _mm256_fmadd_ps(widened(pairs), scales(x->d, y->d), sum);
}

#define DOT(type)                                                                                                      \
    float kern_dot_##type##_avx2(const struct kern_##type *x, const struct kern_q8_0 *y, size_t nblocks)               \
    {                                                                                                                  \
        __m256 s = _mm256_setzero_ps(), t = s;                                                                         \
        for (; nblocks >= 2; nblocks -= 2, x += 2, y += 2) {                                                           \
            s = type(s, x, y);                                                                                         \
            t = type(t, x + 1, y + 1);                                                                                 \
        }                                                                                                              \
        if (nblocks)                                                                                                   \
            s = type(s, x, y);                                                                                         \
        return sum_lanes(_mm256_add_ps(s, t));                                                                         \
    }

DOT(q8_0)
DOT(q4_0)
