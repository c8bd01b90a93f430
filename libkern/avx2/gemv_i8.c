/* SPDX-License-Identifier: Apache-2.0
 * INT8 matrix times vector: the sign of the weight moves to x, because the byte multiplication wants one side unsigned;
 * two products of 127 * 127 fit 16 bits. */
#include <immintrin.h>

#include "libkern/gemv_i8.h"

static inline void sums_i8(int32_t sum[4], const int8_t *q, size_t stride, const int8_t *x, size_t k, const size_t rows)
{
    __m256i s[4] = { _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256() };
    size_t j = 0;

    for (; j + 32 <= k; j += 32) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(x + j));
        for (size_t r = 0; r < rows; r++) {
            __m256i w = _mm256_loadu_si256((const __m256i *)(q + r * stride + j));
            __m256i pairs = _mm256_maddubs_epi16(_mm256_sign_epi8(w, w), _mm256_sign_epi8(v, w));
            s[r] = _mm256_add_epi32(s[r], _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
        }
    }
    __m256i t = _mm256_hadd_epi32(_mm256_hadd_epi32(s[0], s[1]), _mm256_hadd_epi32(s[2], s[3]));
    __m128i all = _mm_add_epi32(_mm256_castsi256_si128(t), _mm256_extracti128_si256(t, 1));
    _mm_storeu_si128((__m128i *)sum, all);
    for (; j < k; j++)
        for (size_t r = 0; r < rows; r++)
            sum[r] += q[r * stride + j] * x[j];
}

GEMV_I8(avx2, avx2)
