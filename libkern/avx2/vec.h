/* SPDX-License-Identifier: Apache-2.0
 * What the AVX2 kernels share: vectors of 8 floats, their tails and their sums. */
#ifndef LIBKERN_AVX2_VEC_H
#define LIBKERN_AVX2_VEC_H

#include <immintrin.h>
#include <stddef.h>

/* All bits of the first n lanes, n <= 8. */
static inline __m256i first_lanes(size_t n)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

static inline __m128 fold(__m256 v)
{
    return _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
}

/* The sum of all lanes. */
static inline float sum_lanes(__m256 v)
{
    __m128 q = fold(v);
    q = _mm_add_ps(q, _mm_movehl_ps(q, q));
    return _mm_cvtss_f32(_mm_add_ss(q, _mm_movehdup_ps(q)));
}

/* The sums of four vectors, each added up in the same order. */
static inline __m128 sum_lanes4(__m256 a, __m256 b, __m256 c, __m256 d)
{
    __m256 abcd = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
    return fold(abcd);
}

#endif
