/* SPDX-License-Identifier: Apache-2.0
 * Sums of four products of bytes, unsigned times signed, added to 32-bit lanes: one instruction with VNNI, several
 * without. Both exact, so that one body serves both variants. */
#ifndef LIBKERN_AVX512_DOT4_H
#define LIBKERN_AVX512_DOT4_H

#include <immintrin.h>

static inline __m512i dot4(__m512i sum, __m512i u, __m512i s)
{
#ifdef __AVX512VNNI__
    return _mm512_dpbusd_epi32(sum, u, s);
#else /* widened, because two products of 255 * 127 do not fit 16 bits */
    __m512i even =
        _mm512_madd_epi16(_mm512_and_si512(u, _mm512_set1_epi16(0xff)), _mm512_srai_epi16(_mm512_slli_epi16(s, 8), 8));
    __m512i odd = _mm512_madd_epi16(_mm512_srli_epi16(u, 8), _mm512_srai_epi16(s, 8));
    return _mm512_add_epi32(sum, _mm512_add_epi32(even, odd));
#endif
}

/* The same where u is at most 127 and so products fit. */
static inline __m512i dot4_small(__m512i sum, __m512i u, __m512i s)
{
#ifdef __AVX512VNNI__
    return _mm512_dpbusd_epi32(sum, u, s);
#else
    return _mm512_add_epi32(sum, _mm512_madd_epi16(_mm512_maddubs_epi16(u, s), _mm512_set1_epi16(1)));
#endif
}

/* The same for the high nibbles of u: the sum is 2^HIGH_SHIFT times too large, because with VNNI they can stay where
 * they are, which saves shifting each vector. */
#ifdef __AVX512VNNI__
enum { HIGH_SHIFT = 4 };
#else
enum { HIGH_SHIFT = 0 };
#endif
static inline __m512i dot4_high(__m512i sum, __m512i u, __m512i s)
{
    const __m512i low = _mm512_set1_epi8(15);
#ifdef __AVX512VNNI__
    return _mm512_dpbusd_epi32(sum, _mm512_andnot_si512(low, u), s);
#else
    return dot4_small(sum, _mm512_and_si512(_mm512_srli_epi16(u, 4), low), s);
#endif
}

#endif
