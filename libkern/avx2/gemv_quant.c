/* SPDX-License-Identifier: Apache-2.0
 * Matrix of Q8_0 or Q4_0 times vector: eight rows at a time are eight streams, and share the vector, whose scales were
 * widened before. A row is added up in the same order whether it is one of eight or left over. The byte multiplication
 * wants one side unsigned: for Q8_0 the sign moves to x; a nibble is unsigned, and 8 times x is taken off. */
#include <kern/kern.h>

#include "libkern/avx2/vec.h"
#include "libkern/quant_work.h"
#include "libkern/unroll.h"

/* Bytes from what is read to what is asked for; behind the last row that does nothing. */
enum { MOST_ROWS = 8, AHEAD = 512 };

/* Sums of two products each; taken_off is what all rows have in common. */
static inline __m256i pairs_q8_0(const struct kern_q8_0 *a, __m256i x, __m256i taken_off)
{
    __m256i q = _mm256_loadu_si256((const __m256i *)a->qs);
    (void)taken_off;
    return _mm256_maddubs_epi16(_mm256_sign_epi8(q, q), _mm256_sign_epi8(x, q));
}

static inline __m256i pairs_q4_0(const struct kern_q4_0 *a, __m256i x, __m256i taken_off)
{
    __m128i q = _mm_loadu_si128((const __m128i *)a->qs);
    __m256i both = _mm256_and_si256(_mm256_set_m128i(_mm_srli_epi16(q, 4), q), _mm256_set1_epi8(15));
    return _mm256_sub_epi16(_mm256_maddubs_epi16(both, x), taken_off);
}

#define GEMV(type)                                                                                                     \
    static inline __attribute__((always_inline)) void rows_##type(                                                     \
        float *y, const struct kern_##type *a, const struct quant_work *w, size_t n, const int count)                  \
    {                                                                                                                  \
        __m256 s[MOST_ROWS];                                                                                           \
        UNROLL for (int r = 0; r < count; r++) s[r] = _mm256_setzero_ps();                                             \
        for (size_t b = 0; b < n; b++) {                                                                               \
            __m256i x = _mm256_loadu_si256((const __m256i *)(w->qs + 32 * b));                                         \
            __m256i taken_off = _mm256_maddubs_epi16(_mm256_set1_epi8(8), x);                                          \
            __m256 dx = _mm256_set1_ps(w->d[b]);                                                                       \
            UNROLL for (int r = 0; r < count; r++)                                                                     \
            {                                                                                                          \
                const struct kern_##type *at = a + (size_t)r * n + b;                                                  \
                _mm_prefetch((const char *)at + AHEAD, _MM_HINT_T0);                                                   \
                __m256i sum = _mm256_madd_epi16(pairs_##type(at, x, taken_off), _mm256_set1_epi16(1));                 \
                __m256 d = _mm256_cvtph_ps(_mm_set1_epi16((short)at->d));                                              \
                s[r] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum), _mm256_mul_ps(d, dx), s[r]);                           \
            }                                                                                                          \
        }                                                                                                              \
        for (int r = 0; r < count; r++)                                                                                \
            y[r] = sum_lanes(s[r]);                                                                                    \
    }                                                                                                                  \
    void kern_gemv_##type##_avx2(float *y, const struct kern_##type *a, const float *x, size_t m, size_t k,            \
                                 void *work)                                                                           \
    {                                                                                                                  \
        struct quant_work w = quant_spread(kern_quantize_q8_0_avx2, x, k, work, 0);                                    \
        size_t n = k / 32, i = 0;                                                                                      \
        for (; i + MOST_ROWS <= m; i += MOST_ROWS)                                                                     \
            rows_##type(y + i, a + i * n, &w, n, MOST_ROWS);                                                           \
        for (; i < m; i++)                                                                                             \
            rows_##type(y + i, a + i * n, &w, n, 1);                                                                   \
    }

GEMV(q8_0)
GEMV(q4_0)
