/* SPDX-License-Identifier: Apache-2.0
 * What the AVX-512 kernels share: vectors of 16 floats, their tails and their sums. */
#ifndef LIBKERN_AVX512_VEC_H
#define LIBKERN_AVX512_VEC_H

#include <immintrin.h>
#include <stddef.h>

/* The first n lanes, n <= 16. */
static inline __mmask16 first_lanes(size_t n)
{
    return (__mmask16)_bzhi_u32(0xffff, (unsigned)n);
}

static inline __m256 fold(__m512 v)
{
    return _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
}

static inline __m128 fold_twice(__m512 v)
{
    __m256 h = fold(v);
    return _mm_add_ps(_mm256_castps256_ps128(h), _mm256_extractf128_ps(h, 1));
}

/* The sum of all lanes. */
static inline float sum_lanes(__m512 v)
{
    __m128 q = fold_twice(v);
    q = _mm_add_ps(q, _mm_movehl_ps(q, q));
    return _mm_cvtss_f32(_mm_add_ss(q, _mm_movehdup_ps(q)));
}

/* The sums of four vectors, each added up in the same order. */
static inline __m128 sum_lanes4(__m512 a, __m512 b, __m512 c, __m512 d)
{
    __m128 ab = _mm_hadd_ps(fold_twice(a), fold_twice(b));
    __m128 cd = _mm_hadd_ps(fold_twice(c), fold_twice(d));
    return _mm_hadd_ps(ab, cd);
}

#endif
