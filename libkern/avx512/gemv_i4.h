/* SPDX-License-Identifier: Apache-2.0
 * INT4 matrix times vector, for the variants with and without VNNI: x is sorted into the partners of low and of high
 * nibbles once for all rows. */
#ifndef LIBKERN_AVX512_GEMV_I4_H
#define LIBKERN_AVX512_GEMV_I4_H

#include "libkern/avx512/dot4.h"
#include "libkern/gemv_i8.h"

struct sums_i4 {
    __m512i low[4], high[4]; /* the high ones 2^HIGH_SHIFT times too large */
};

/* Adds up to 128 products of each row, of which `mask` has the bytes; v0 and v1 are x. */
static inline void add_i4(struct sums_i4 *s, const uint8_t *q, size_t stride, __mmask64 mask, const __m512i v[2],
                          const size_t rows)
{
    __m512i of_low = _mm512_shuffle_i64x2(v[0], v[1], 0x88), of_high = _mm512_shuffle_i64x2(v[0], v[1], 0xdd);

    for (size_t r = 0; r < rows; r++) {
        __m512i w = _mm512_maskz_loadu_epi8(mask, q + r * stride);
        s->low[r] = dot4_small(s->low[r], _mm512_and_si512(w, _mm512_set1_epi8(15)), of_low);
        s->high[r] = dot4_high(s->high[r], w, of_high);
    }
}

static inline void sums_i4(int32_t sum[4], const uint8_t *q, size_t stride, const int8_t *x, size_t k,
                           const size_t rows)
{
    struct sums_i4 s;
    size_t j = 0;

    for (size_t r = 0; r < rows; r++)
        s.low[r] = s.high[r] = _mm512_setzero_si512();
    for (; j + 128 <= k; j += 128)
        add_i4(&s, q + j / 2, stride, ~0ULL, (__m512i[]){ _mm512_loadu_si512(x + j), _mm512_loadu_si512(x + j + 64) },
               rows);
    if (j < k) {
        unsigned n = (unsigned)(k - j), second = n > 64 ? n - 64 : 0;
        __m512i v[2] = { _mm512_maskz_loadu_epi8(_bzhi_u64(~0ULL, n), x + j), _mm512_setzero_si512() };
        if (second)
            v[1] = _mm512_maskz_loadu_epi8(_bzhi_u64(~0ULL, second), x + j + 64);
        add_i4(&s, q + j / 2, stride, _bzhi_u64(~0ULL, (unsigned)i4_row(n)), v, rows);
    }
    for (size_t r = 0; r < rows; r++)
        sum[r] = _mm512_reduce_add_epi32(_mm512_add_epi32(s.low[r], _mm512_srai_epi32(s.high[r], HIGH_SHIFT)));
}

#endif
