/* SPDX-License-Identifier: Apache-2.0
 * Matrix of Q8_0 or Q4_0 times vector, row by row, for the variants with and without VNNI: as the dot product, but
 * scales and sums of the vector are made once, and what the weights' offset adds is where the integer sums start from. */
#ifndef LIBKERN_AVX512_GEMV_QUANT_H
#define LIBKERN_AVX512_GEMV_QUANT_H

#include "libkern/avx512/dot_quant.h"
#include "libkern/quant_work.h"

/* Bytes of two blocks as unsigned. */
static inline __m512i unsigned_q8_0(__m512i x)
{
    return _mm512_xor_si512(x, _mm512_set1_epi8((char)128));
}

static inline __m512i unsigned_q4_0(__m512i x)
{
    return x;
}

/* Adds the products of blocks i and i + 1 with y. The first lane of each starts from its sum of the vector. */
#define ROW_PAIR(type, dot, s, i, x, y)                                                                                \
    do {                                                                                                               \
        __m512i at = _mm512_add_epi32(halves, _mm512_set1_epi32((int)(i)));                                            \
        __m512i sum = dot(_mm512_maskz_permutexvar_epi32(0x0101, at, sums), unsigned_##type(x), y);                    \
        s = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), _mm512_permutexvar_ps(at, d), s);                                 \
    } while (0)
#define ROW_FULL(type, load, dot, s, i)                                                                                \
    ROW_PAIR(type, dot, s, i, two(load(a + (i)), load(a + (i) + 1)), _mm512_loadu_si512(y + 32 * (i)))
#define ROW_SCALES                                                                                                     \
    __m512 d = _mm512_mul_ps(gathered(a, sizeof *a, m), _mm512_maskz_loadu_ps(m, w->d + b));                           \
    __m512i sums = _mm512_maskz_loadu_epi32(m, w->sum + b);                                                            \
    const int8_t *y = w->qs + 32 * b

#define GEMV_QUANT(type, load, dot, offset, isa)                                                                       \
    static inline float row_##type(const struct kern_##type *a, const struct quant_work *w, size_t n)                  \
    {                                                                                                                  \
        const __m512i halves = _mm512_setr_epi32(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);                      \
        __m512 s = _mm512_setzero_ps(), t = s;                                                                         \
        size_t b = 0;                                                                                                  \
        for (; b + 16 <= n; b += 16, a += 16) {                                                                        \
            const __mmask16 m = 0xffff;                                                                                \
            ROW_SCALES;                                                                                                \
            ROW_FULL(type, load, dot, s, 0);                                                                           \
            ROW_FULL(type, load, dot, t, 2);                                                                           \
            ROW_FULL(type, load, dot, s, 4);                                                                           \
            ROW_FULL(type, load, dot, t, 6);                                                                           \
            ROW_FULL(type, load, dot, s, 8);                                                                           \
            ROW_FULL(type, load, dot, t, 10);                                                                          \
            ROW_FULL(type, load, dot, s, 12);                                                                          \
            ROW_FULL(type, load, dot, t, 14);                                                                          \
        }                                                                                                              \
        if (b < n) {                                                                                                   \
            __mmask16 m = first_lanes(n - b);                                                                          \
            ROW_SCALES;                                                                                                \
            size_t i = 0;                                                                                              \
            for (; b + i + 2 <= n; i += 2)                                                                             \
                ROW_FULL(type, load, dot, s, i);                                                                       \
            if (b + i < n)                                                                                             \
                ROW_PAIR(type, dot, t, i, _mm512_zextsi256_si512(load(a + i)),                                         \
                         _mm512_zextsi256_si512(_mm256_loadu_si256((const __m256i *)(y + 32 * i))));                   \
        }                                                                                                              \
        return sum_lanes(_mm512_add_ps(s, t));                                                                         \
    }                                                                                                                  \
    void kern_gemv_##type##_##isa(float *y, const struct kern_##type *a, const float *x, size_t m, size_t k,           \
                                  void *work)                                                                          \
    {                                                                                                                  \
        struct quant_work w = quant_spread(kern_quantize_q8_0_avx512, x, k, work, -(offset));                          \
        for (size_t i = 0; i < m; i++)                                                                                 \
            y[i] = row_##type(a + i * (k / 32), &w, k / 32);                                                           \
    }

#endif
