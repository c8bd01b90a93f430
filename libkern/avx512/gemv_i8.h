/* SPDX-License-Identifier: Apache-2.0
 * INT8 matrix times vector, for the variants with and without VNNI: weights are made unsigned by adding 128, and 128
 * times the sum of x is taken off at the end. Sums may wrap around on the way; the result does not. */
#ifndef LIBKERN_AVX512_GEMV_I8_H
#define LIBKERN_AVX512_GEMV_I8_H

#include "libkern/avx512/dot4.h"
#include "libkern/gemv_i8.h"

static inline void sums_i8(int32_t sum[4], const int8_t *q, size_t stride, const int8_t *x, size_t k, const size_t rows)
{
    const __m512i offset = _mm512_set1_epi8((char)128);
    __m512i s[4], of_x = _mm512_setzero_si512();
    size_t j = 0;

    for (size_t r = 0; r < rows; r++)
        s[r] = _mm512_setzero_si512();
    for (; j + 64 <= k; j += 64) {
        __m512i v = _mm512_loadu_si512(x + j);
        of_x = dot4(of_x, offset, v);
        for (size_t r = 0; r < rows; r++)
            s[r] = dot4(s[r], _mm512_xor_si512(_mm512_loadu_si512(q + r * stride + j), offset), v);
    }
    if (j < k) {
        __mmask64 m = _bzhi_u64(~0ULL, (unsigned)(k - j));
        __m512i v = _mm512_maskz_loadu_epi8(m, x + j); /* zeros make the offset of missing weights harmless */
        of_x = dot4(of_x, offset, v);
        for (size_t r = 0; r < rows; r++)
            s[r] = dot4(s[r], _mm512_xor_si512(_mm512_maskz_loadu_epi8(m, q + r * stride + j), offset), v);
    }
    for (size_t r = 0; r < rows; r++)
        sum[r] = _mm512_reduce_add_epi32(_mm512_sub_epi32(s[r], of_x));
}

#endif
