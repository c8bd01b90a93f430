/* SPDX-License-Identifier: Apache-2.0
 * Matrix of packed Q4_K times vector, for the variants with and without VNNI: a vector of sums is sixteen rows. The sums
 * of a part are scaled as floats, minimums are summed in integers, two of them to a multiplication of words. */
#ifndef LIBKERN_AVX512_GEMV_PACKED_Q4_K_H
#define LIBKERN_AVX512_GEMV_PACKED_Q4_K_H

#include <kern/kern.h>

#include "libkern/avx512/dot4.h"
#include "libkern/avx512/vec.h"
#include "libkern/quant_work.h"
#include "libkern/unroll.h"

/* Rows that are read together, in groups of 16: several streams come faster than one from beyond the cache. */
enum { MOST_GROUPS = 2 };

static inline __m512i four_bytes(const void *x)
{
    int32_t v;
    memcpy(&v, x, sizeof v);
    return _mm512_set1_epi32(v);
}

/* Bytes 0 to 3 of a lane: the scales or minimums of parts 0 to 3, and of parts 4 to 7. */
struct words {
    __m512i scale[2], least[2];
};

static inline struct words words_of(const struct kern_q4_kx16 *a)
{
    const __m512i six = _mm512_set1_epi32(0x3f3f3f3f), four = _mm512_set1_epi32(0x0f0f0f0f);
    const __m512i two = _mm512_set1_epi32(0x30303030);
    __m512i u = _mm512_loadu_si512(a->scales[0]), v = _mm512_loadu_si512(a->scales[1]);
    __m512i w = _mm512_loadu_si512(a->scales[2]);

    return (struct words){
        { _mm512_and_si512(u, six),
          _mm512_or_si512(_mm512_and_si512(w, four), _mm512_and_si512(_mm512_srli_epi32(u, 2), two)) },
        { _mm512_and_si512(v, six), _mm512_or_si512(_mm512_and_si512(_mm512_srli_epi32(w, 4), four),
                                                    _mm512_and_si512(_mm512_srli_epi32(v, 2), two)) },
    };
}

/* Byte i of each lane, as a float. */
static inline __m512 byte_of(__m512i word, int i)
{
    return _mm512_cvtepi32_ps(_mm512_and_si512(_mm512_srli_epi32(word, (unsigned)(8 * i)), _mm512_set1_epi32(63)));
}

/* The minimums of four parts times the sums of x, which are words 0 to 3. */
static inline __m512i minimums(__m512i total, __m512i least, const int16_t sums[4])
{
    const __m512i even = _mm512_set1_epi32(0x00ff00ff);
    const int16_t pairs[4] = { sums[0], sums[2], sums[1], sums[3] };

    total = _mm512_add_epi32(total, _mm512_madd_epi16(_mm512_and_si512(least, even), four_bytes(pairs)));
    least = _mm512_and_si512(_mm512_srli_epi32(least, 8), even);
    return _mm512_add_epi32(total, _mm512_madd_epi16(least, four_bytes(pairs + 2)));
}

/* Adds a block of each of `groups` groups, n blocks apart. */
static inline __attribute__((always_inline)) void block_q4_k(__m512 *y, const struct kern_q4_kx16 *a, size_t n,
                                                             const struct kern_q8_k *x, const int groups)
{
    const __m512i low = _mm512_set1_epi8(15);
    __m512 sum[MOST_GROUPS], high[MOST_GROUPS];
    struct words w[MOST_GROUPS];
    int16_t sums[8];

    for (int part = 0; part < 8; part++)
        sums[part] = (int16_t)(x->sums[2 * part] + x->sums[2 * part + 1]);
    for (int g = 0; g < groups; g++) {
        w[g] = words_of(a + (size_t)g * n);
        sum[g] = high[g] = _mm512_setzero_ps();
    }
    UNROLL for (int pair = 0; pair < 4; pair++)
    {
        __m512i s[MOST_GROUPS], t[MOST_GROUPS];
        for (int g = 0; g < groups; g++)
            s[g] = t[g] = _mm512_setzero_si512();
        UNROLL for (int i = 0; i < 8; i++)
        {
            __m512i v = four_bytes(x->qs + 64 * pair + 4 * i), z = four_bytes(x->qs + 64 * pair + 32 + 4 * i);
            for (int g = 0; g < groups; g++) {
                __m512i q = _mm512_loadu_si512(a[(size_t)g * n].qs[8 * pair + i]);
                s[g] = dot4_small(s[g], _mm512_and_si512(q, low), v);
                t[g] = dot4_high(t[g], q, z);
            }
        }
        for (int g = 0; g < groups; g++) {
            __m512i scale = w[g].scale[pair / 2];
            sum[g] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(s[g]), byte_of(scale, pair % 2 * 2), sum[g]);
            high[g] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(t[g]), byte_of(scale, pair % 2 * 2 + 1), high[g]);
        }
    }
    for (int g = 0; g < groups; g++) {
        const struct kern_q4_kx16 *at = a + (size_t)g * n;
        __m512 d = _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)at->d)), dx = _mm512_set1_ps(x->d);
        __m512 dmin = _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)at->dmin));
        __m512i least = minimums(_mm512_setzero_si512(), w[g].least[0], sums);
        least = minimums(least, w[g].least[1], sums + 4);
        sum[g] = _mm512_fmadd_ps(high[g], _mm512_set1_ps(1.0F / (1 << HIGH_SHIFT)), sum[g]);
        y[g] = _mm512_fmadd_ps(sum[g], _mm512_mul_ps(d, dx), y[g]);
        y[g] = _mm512_fnmadd_ps(_mm512_cvtepi32_ps(least), _mm512_mul_ps(dmin, dx), y[g]);
    }
}

static inline __attribute__((always_inline)) void rows_q4_k(__m512 *y, const struct kern_q4_kx16 *a, size_t n,
                                                            const struct kern_q8_k *x, const int groups)
{
    for (int g = 0; g < groups; g++)
        y[g] = _mm512_setzero_ps();
    for (size_t b = 0; b < n; b++)
        block_q4_k(y, a + b, n, x + b, groups);
}

#define GEMV_PACKED_Q4_K(isa)                                                                                          \
    void kern_gemv_packed_q4_k_##isa(float *y, const struct kern_q4_kx16 *a, const float *x, size_t m, size_t k,       \
                                     void *work)                                                                       \
    {                                                                                                                  \
        size_t n = k / KERN_Q4_K_BLOCK, i = 0;                                                                         \
        struct kern_q8_k *xq = quant_aligned(work);                                                                    \
        __m512 s[MOST_GROUPS];                                                                                         \
        kern_quantize_q8_k_avx512(xq, x, n);                                                                           \
        for (; i + 16 * MOST_GROUPS <= m; i += 16 * MOST_GROUPS) {                                                     \
            rows_q4_k(s, a + i / 16 * n, n, xq, MOST_GROUPS);                                                          \
            for (int g = 0; g < MOST_GROUPS; g++)                                                                      \
                _mm512_storeu_ps(y + i + 16 * g, s[g]);                                                                \
        }                                                                                                              \
        for (; i < m; i += 16) {                                                                                       \
            rows_q4_k(s, a + i / 16 * n, n, xq, 1);                                                                    \
            _mm512_mask_storeu_ps(y + i, first_lanes(m - i < 16 ? m - i : 16), s[0]);                                  \
        }                                                                                                              \
    }

#endif
