/* SPDX-License-Identifier: Apache-2.0
 * The scales of four blocks at a time, for quantising; shared by the x86 variants. Magnitudes are compared as integers,
 * so that NaN and infinity come out on top. */
#ifndef LIBKERN_AVX2_SCALES_H
#define LIBKERN_AVX2_SCALES_H

#include <immintrin.h>

/* The largest lane of each of four vectors. */
static inline __m128i max_lanes4(__m128i a, __m128i b, __m128i c, __m128i d)
{
    __m128i ab = _mm_max_epi32(_mm_unpacklo_epi32(a, b), _mm_unpackhi_epi32(a, b));
    __m128i cd = _mm_max_epi32(_mm_unpacklo_epi32(c, d), _mm_unpackhi_epi32(c, d));
    return _mm_max_epi32(_mm_unpacklo_epi64(ab, cd), _mm_unpackhi_epi64(ab, cd));
}

/* Whether one of four magnitudes is that of a NaN or infinity. */
static inline int any_infinite(__m128i bits)
{
    return _mm_movemask_epi8(_mm_cmpgt_epi32(bits, _mm_set1_epi32(0x7f7fffff))) != 0;
}

/* For max: the halves of max / divisor in the four low words of *d, and divisor / max, or 0 where the half is 0. */
static inline __m128 scales_of(__m128 max, float divisor, __m128i *d)
{
    __m128 by = _mm_set1_ps(divisor);
    *d = _mm_cvtps_ph(_mm_div_ps(max, by), _MM_FROUND_TO_NEAREST_INT);
    __m128i size = _mm_slli_epi32(_mm_cvtepu16_epi32(*d), 17); /* without the sign */
    return _mm_andnot_ps(_mm_castsi128_ps(_mm_cmpeq_epi32(size, _mm_setzero_si128())), _mm_div_ps(by, max));
}

#endif
