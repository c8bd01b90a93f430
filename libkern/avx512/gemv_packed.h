/* SPDX-License-Identifier: Apache-2.0
 * Matrix of packed Q8_0 or Q4_0 times vector, for the variants with and without VNNI: a vector of sums is sixteen rows,
 * which take four bytes each at a time and need no sum across lanes. Sixty-four rows at a time share the loads of x,
 * and are four streams, which come faster than one from beyond the cache.
 * Weights are unsigned with an offset; what that adds is where the integer sums start from. */
#ifndef LIBKERN_AVX512_GEMV_PACKED_H
#define LIBKERN_AVX512_GEMV_PACKED_H

#include <kern/kern.h>

#include "libkern/avx512/dot4.h"
#include "libkern/avx512/vec.h"
#include "libkern/quant_work.h"
#include "libkern/unroll.h"

enum { MOST_GROUPS = 4 };

static inline __m512i four_bytes(const int8_t *x)
{
    int32_t v;
    memcpy(&v, x, sizeof v);
    return _mm512_set1_epi32(v);
}

/* Adds the products of one block of `groups` groups of rows, n blocks apart, with 32 values of x. */
static inline void block_q8_0(__m512i *sum, const struct kern_q8_0x16 *a, size_t n, const int8_t *x, int groups)
{
    UNROLL for (int i = 0; i < 8; i++)
    {
        __m512i v = four_bytes(x + 4 * i);
        for (int g = 0; g < groups; g++)
            sum[g] = dot4(sum[g], _mm512_loadu_si512(a[(size_t)g * n].qs[i]), v);
    }
}

static inline void block_q4_0(__m512i *sum, const struct kern_q4_0x16 *a, size_t n, const int8_t *x, int groups)
{
    const __m512i low = _mm512_set1_epi8(15);
    __m512i high[MOST_GROUPS];

    for (int g = 0; g < groups; g++)
        high[g] = _mm512_setzero_si512();
    UNROLL for (int i = 0; i < 4; i++)
    {
        __m512i v = four_bytes(x + 4 * i), w = four_bytes(x + 16 + 4 * i);
        for (int g = 0; g < groups; g++) {
            __m512i q = _mm512_loadu_si512(a[(size_t)g * n].qs[i]);
            sum[g] = dot4_small(sum[g], _mm512_and_si512(q, low), v);
            high[g] = dot4_high(high[g], q, w);
        }
    }
    for (int g = 0; g < groups; g++)
        sum[g] = _mm512_add_epi32(sum[g], _mm512_srai_epi32(high[g], HIGH_SHIFT));
}

#define GEMV_PACKED(type, offset, isa)                                                                                 \
    static inline void rows_##type(__m512 *y, const struct kern_##type##x16 *a, const struct quant_work *w, size_t n,  \
                                   int groups)                                                                         \
    {                                                                                                                  \
        for (int g = 0; g < groups; g++)                                                                               \
            y[g] = _mm512_setzero_ps();                                                                                \
        for (size_t b = 0; b < n; b++, a++) {                                                                          \
            __m512i sum[MOST_GROUPS];                                                                                  \
            __m512 dx = _mm512_set1_ps(w->d[b]);                                                                       \
            for (int g = 0; g < groups; g++)                                                                           \
                sum[g] = _mm512_set1_epi32(w->sum[b]);                                                                 \
            block_##type(sum, a, n, w->qs + 32 * b, groups);                                                           \
            for (int g = 0; g < groups; g++) {                                                                         \
                __m512 d = _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)a[(size_t)g * n].d));                   \
                y[g] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum[g]), _mm512_mul_ps(d, dx), y[g]);                        \
            }                                                                                                          \
        }                                                                                                              \
    }                                                                                                                  \
    void kern_gemv_packed_##type##_##isa(float *y, const struct kern_##type##x16 *a, const float *x, size_t m,         \
                                         size_t k, void *work)                                                         \
    {                                                                                                                  \
        struct quant_work w = quant_spread(kern_quantize_q8_0_avx512, x, k, work, -(offset));                          \
        size_t n = k / 32, i = 0;                                                                                      \
        __m512 s[MOST_GROUPS];                                                                                         \
        for (; i + 64 <= m; i += 64) {                                                                                 \
            rows_##type(s, a + i / 16 * n, &w, n, 4);                                                                  \
            for (int g = 0; g < 4; g++)                                                                                \
                _mm512_storeu_ps(y + i + 16 * g, s[g]);                                                                \
        }                                                                                                              \
        for (; i < m; i += 16) {                                                                                       \
            rows_##type(s, a + i / 16 * n, &w, n, 1);                                                                  \
            _mm512_mask_storeu_ps(y + i, first_lanes(m - i < 16 ? m - i : 16), s[0]);                                  \
        }                                                                                                              \
    }

#endif
