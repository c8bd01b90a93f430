/* SPDX-License-Identifier: Apache-2.0
 * Q4_K to float, and its dot product with Q8_K: the products of a part are summed in 16 bits (twice 15 * 127), then
 * multiplied by its scale while they are widened. */
#include "libkern/avx2/q4_k.h"
#include "libkern/avx2/vec.h"
#include "libkern/unroll.h"

/* Sixteen values out of bytes of 0 to 15, which both halves of q hold. */
static inline void sixteen(float *y, __m256i q, __m256 step, __m256 least)
{
    const __m256i from = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), rest = _mm256_set1_epi32((int)0x80808000);

    for (int i = 0; i < 16; i += 8) {
        __m256i byte = _mm256_or_si256(_mm256_add_epi32(from, _mm256_set1_epi32(i)), rest);
        __m256 level = _mm256_cvtepi32_ps(_mm256_shuffle_epi8(q, byte));
        _mm256_storeu_ps(y + i, _mm256_fmsub_ps(level, step, least));
    }
}

/* Eight bytes times d: exact, as each product takes 17 bits. */
static inline void eight_times(float to[8], uint64_t bytes, uint16_t d)
{
    __m256 levels = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)bytes)));
    _mm256_storeu_ps(to, _mm256_mul_ps(levels, _mm256_set1_ps(q4_k_half(d))));
}

void kern_dequant_q4_k_avx2(float *y, const struct kern_q4_k *x, size_t nblocks)
{
    const __m256i low = _mm256_set1_epi8(15);

    for (; nblocks; nblocks--, x++) {
        struct q4_k_words w = q4_k_words(x);
        float step[8], least[8];
        eight_times(step, w.scale, x->d);
        eight_times(least, w.min, x->dmin);
        for (int j = 0; j < 8; j += 2, y += 64) {
            __m256 s = _mm256_set1_ps(step[j]), l = _mm256_set1_ps(least[j]);
            __m256 t = _mm256_set1_ps(step[j + 1]), m = _mm256_set1_ps(least[j + 1]);
            for (int i = 0; i < 32; i += 16) {
                __m128i half = _mm_loadu_si128((const __m128i *)(x->qs + 16 * j + i));
                __m256i q = _mm256_broadcastsi128_si256(half);
                sixteen(y + i, _mm256_and_si256(q, low), s, l);
                sixteen(y + i + 32, _mm256_and_si256(_mm256_srli_epi16(q, 4), low), t, m);
            }
        }
    }
}

/* Word j of either half in every word of it. */
static inline __m256i word(__m256i words, int j)
{
    return _mm256_shuffle_epi8(words, _mm256_set1_epi16((short)(0x0100 + 0x0202 * j)));
}

/* Eight sums of the products of two parts, times their scales, which are words j and j + 1. */
static inline __m256i two_parts(const uint8_t *qs, const int8_t *y, __m256i scales, int j)
{
    const __m256i low = _mm256_set1_epi8(15);
    __m256i q = _mm256_loadu_si256((const __m256i *)qs);
    __m256i a = _mm256_maddubs_epi16(_mm256_and_si256(q, low), _mm256_loadu_si256((const __m256i *)y));
    __m256i b = _mm256_maddubs_epi16(_mm256_and_si256(_mm256_srli_epi16(q, 4), low),
                                     _mm256_loadu_si256((const __m256i *)(y + 32)));
    return _mm256_add_epi32(_mm256_madd_epi16(a, word(scales, j)), _mm256_madd_epi16(b, word(scales, j + 1)));
}

/* Bytes from what is read to what is asked for: in a matrix, rows follow each other. Asking beyond the last does nothing. */
enum { AHEAD = 4096 };

float kern_dot_q4_k_avx2(const struct kern_q4_k *x, const struct kern_q8_k *y, size_t nblocks)
{
    __m256 total = _mm256_setzero_ps();
    __m128 least = _mm_setzero_ps();

    for (; nblocks; nblocks--, x++, y++) {
        struct q4_k_words w = q4_k_words(x);
        for (int line = 0; line < 192; line += 64)
            _mm_prefetch((const char *)x + AHEAD + line, _MM_HINT_T0);
        __m256i scales = _mm256_broadcastsi128_si256(_mm_cvtepu8_epi16(_mm_cvtsi64_si128((long long)w.scale)));
        __m256i sum = two_parts(x->qs, y->qs, scales, 0);
        UNROLL for (int j = 2; j < 8; j += 2) sum =
            _mm256_add_epi32(sum, two_parts(x->qs + 16 * j, y->qs + 32 * j, scales, j));
        __m256 d = _mm256_set1_ps(q4_k_half(x->d) * y->d);
        __m128 dmin = _mm_set1_ps(q4_k_half(x->dmin) * y->d);
        total = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum), d, total);
        least = _mm_fmadd_ps(_mm_cvtepi32_ps(q4_k_minimums(w.min, y)), dmin, least);
    }
    return sum_lanes(_mm256_sub_ps(total, _mm256_zextps128_ps256(least)));
}
