/* SPDX-License-Identifier: Apache-2.0
 * Matrix of Q8_0 or Q4_0 times vector, row by row, for the variants with and without VNNI: as the dot product, but
 * scales and sums of the vector are made once, and what the weights' offset adds is where the integer sums start from. */
#ifndef LIBKERN_AVX512_GEMV_QUANT_H
#define LIBKERN_AVX512_GEMV_QUANT_H

#include "libkern/avx512/dot_quant.h"
#include "libkern/quant_work.h"

/* Two blocks (or one, and zeros) as unsigned bytes; which of the two each sum belongs to; and the lanes of their first
 * sums. For Q4_0 the low nibbles of both come first, and so the vector is put in that order, too. */
static inline __m512i pair_q8_0(const struct kern_q8_0 *x, int both)
{
    __m256i second = both ? bytes_of(x + 1) : _mm256_set1_epi8((char)128);
    return _mm512_xor_si512(two(bytes_of(x), second), _mm512_set1_epi8((char)128));
}

static inline __m512i pair_q4_0(const struct kern_q4_0 *x, int both)
{
    __m128i second = both ? _mm_loadu_si128((const __m128i *)x[1].qs) : _mm_setzero_si128();
    __m256i q = _mm256_set_m128i(second, _mm_loadu_si128((const __m128i *)x->qs));
    return _mm512_and_si512(two(q, _mm256_srli_epi16(q, 4)), _mm512_set1_epi8(15));
}

#define OF_q8_0     _mm512_setr_epi32(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1)
#define OF_q4_0     _mm512_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1)
#define FIRSTS_q8_0 0x0101
#define FIRSTS_q4_0 0x0011

static inline void order_q8_0(int8_t *qs, size_t n)
{
    if (n % 2) /* there is room, and no second block */
        memset(qs + 32 * n, 0, 32);
}

/* Of each two blocks, the first halves first. */
static inline void order_q4_0(int8_t *qs, size_t n)
{
    order_q8_0(qs, n);
    for (size_t b = 0; b < n; b += 2, qs += 64) {
        __m512i both = _mm512_loadu_si512(qs);
        _mm512_storeu_si512(qs, _mm512_shuffle_i64x2(both, both, 0xd8));
    }
}

/* Adds the products of blocks i and i + 1 with y. */
#define ROW_PAIR(type, dot, s, i, both)                                                                                \
    do {                                                                                                               \
        __m512i at = _mm512_add_epi32(OF_##type, _mm512_set1_epi32((int)(i)));                                         \
        __m512i start = _mm512_maskz_permutexvar_epi32(FIRSTS_##type, at, sums);                                       \
        __m512i sum = dot(start, pair_##type(a + (i), both), _mm512_loadu_si512(y + 32 * (i)));                        \
        s = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), _mm512_permutexvar_ps(at, d), s);                                 \
    } while (0)
#define ROW_SCALES                                                                                                     \
    __m512 d = _mm512_mul_ps(gathered(a, sizeof *a, m), _mm512_maskz_loadu_ps(m, w->d + b));                           \
    __m512i sums = _mm512_maskz_loadu_epi32(m, w->sum + b);                                                            \
    const int8_t *y = w->qs + 32 * b

#define GEMV_QUANT(type, dot, offset, isa)                                                                             \
    static inline float row_##type(const struct kern_##type *a, const struct quant_work *w, size_t n)                  \
    {                                                                                                                  \
        __m512 s = _mm512_setzero_ps(), t = s;                                                                         \
        size_t b = 0;                                                                                                  \
        for (; b + 16 <= n; b += 16, a += 16) {                                                                        \
            const __mmask16 m = 0xffff;                                                                                \
            ROW_SCALES;                                                                                                \
            ROW_PAIR(type, dot, s, 0, 1);                                                                              \
            ROW_PAIR(type, dot, t, 2, 1);                                                                              \
            ROW_PAIR(type, dot, s, 4, 1);                                                                              \
            ROW_PAIR(type, dot, t, 6, 1);                                                                              \
            ROW_PAIR(type, dot, s, 8, 1);                                                                              \
            ROW_PAIR(type, dot, t, 10, 1);                                                                             \
            ROW_PAIR(type, dot, s, 12, 1);                                                                             \
            ROW_PAIR(type, dot, t, 14, 1);                                                                             \
        }                                                                                                              \
        if (b < n) {                                                                                                   \
            __mmask16 m = first_lanes(n - b);                                                                          \
            ROW_SCALES;                                                                                                \
            size_t i = 0;                                                                                              \
            for (; b + i + 2 <= n; i += 2)                                                                             \
                ROW_PAIR(type, dot, s, i, 1);                                                                          \
            if (b + i < n)                                                                                             \
                ROW_PAIR(type, dot, t, i, 0);                                                                          \
        }                                                                                                              \
        return sum_lanes(_mm512_add_ps(s, t));                                                                         \
    }                                                                                                                  \
    void kern_gemv_##type##_##isa(float *y, const struct kern_##type *a, const float *x, size_t m, size_t k,           \
                                  void *work)                                                                          \
    {                                                                                                                  \
        struct quant_work w = quant_spread(kern_quantize_q8_0_avx512, x, k, work, -(offset));                          \
        order_##type(w.qs, k / 32);                                                                                    \
        for (size_t i = 0; i < m; i++)                                                                                 \
            y[i] = row_##type(a + i * (k / 32), &w, k / 32);                                                           \
    }

#endif
