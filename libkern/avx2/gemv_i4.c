/* SPDX-License-Identifier: Apache-2.0
 * INT4 matrix times vector: x is sorted into the partners of low and of high nibbles once for all rows; four products of
 * 15 * 127 fit 16 bits. */
#include <immintrin.h>

#include "libkern/gemv_i8.h"

/* Adds 64 products of each row. */
static inline void add_i4(__m256i s[4], const uint8_t *q, size_t stride, const int8_t x[64], const size_t rows)
{
    const __m256i low = _mm256_set1_epi8(15);
    __m256i v0 = _mm256_loadu_si256((const __m256i *)x), v1 = _mm256_loadu_si256((const __m256i *)(x + 32));
    __m256i of_low = _mm256_permute2x128_si256(v0, v1, 0x20), of_high = _mm256_permute2x128_si256(v0, v1, 0x31);

    for (size_t r = 0; r < rows; r++) {
        __m256i w = _mm256_loadu_si256((const __m256i *)(q + r * stride));
        __m256i pairs = _mm256_maddubs_epi16(_mm256_and_si256(w, low), of_low);
        __m256i others = _mm256_maddubs_epi16(_mm256_and_si256(_mm256_srli_epi16(w, 4), low), of_high);
        s[r] = _mm256_add_epi32(s[r], _mm256_madd_epi16(_mm256_add_epi16(pairs, others), _mm256_set1_epi16(1)));
    }
}

static inline void sums_i4(int32_t sum[4], const uint8_t *q, size_t stride, const int8_t *x, size_t k,
                           const size_t rows)
{
    __m256i s[4] = { _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256() };
    size_t j = 0;

    for (; j + 64 <= k; j += 64)
        add_i4(s, q + j / 2, stride, x + j, rows);
    if (j < k) {
        int8_t rest[64] = { 0 };
        uint8_t part[4][32] = { { 0 } };
        memcpy(rest, x + j, k - j);
        for (size_t r = 0; r < rows; r++)
            memcpy(part[r], q + r * stride + j / 2, i4_row(k - j));
        add_i4(s, part[0], sizeof part[0], rest, rows);
    }
    __m256i t = _mm256_hadd_epi32(_mm256_hadd_epi32(s[0], s[1]), _mm256_hadd_epi32(s[2], s[3]));
    _mm_storeu_si128((__m128i *)sum, _mm_add_epi32(_mm256_castsi256_si128(t), _mm256_extracti128_si256(t, 1)));
}

GEMV_I4(avx2, avx2)
