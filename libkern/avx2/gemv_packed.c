/* SPDX-License-Identifier: Apache-2.0
 * Matrix of packed Q8_0 or Q4_0 times vector: two vectors of sums are sixteen rows, which take four bytes each at a
 * time. A nibble is unsigned, and its offset is where the sums start from; the sign of a Q8_0 weight moves to x. */
#include <kern/kern.h>

#include "libkern/avx2/vec.h"
#include "libkern/quant_work.h"

enum { MOST_GROUPS = 4, AHEAD = 4 };

static inline __m256i four_bytes(const int8_t *x)
{
    int32_t v;
    memcpy(&v, x, sizeof v);
    return _mm256_set1_epi32(v);
}

static inline __m256i dot4(__m256i sum, __m256i u, __m256i s)
{
    return _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(u, s), _mm256_set1_epi16(1)));
}

static inline __m256i eight_rows(const uint8_t qs[16][4], int half)
{
    return _mm256_loadu_si256((const __m256i *)qs[8 * half]);
}

static inline void block_q8_0(__m256i sum[2], const struct kern_q8_0x16 *a, const int8_t *x)
{
    for (int i = 0; i < 8; i++) {
        __m256i v = four_bytes(x + 4 * i);
        for (int half = 0; half < 2; half++) {
            __m256i q = _mm256_xor_si256(eight_rows(a->qs[i], half), _mm256_set1_epi8((char)128));
            sum[half] = dot4(sum[half], _mm256_sign_epi8(q, q), _mm256_sign_epi8(v, q));
        }
    }
}

static inline void block_q4_0(__m256i sum[2], const struct kern_q4_0x16 *a, const int8_t *x)
{
    const __m256i low = _mm256_set1_epi8(15);

    for (int i = 0; i < 4; i++) {
        __m256i v = four_bytes(x + 4 * i), w = four_bytes(x + 16 + 4 * i);
        for (int half = 0; half < 2; half++) {
            __m256i q = eight_rows(a->qs[i], half);
            __m256i pairs = _mm256_add_epi16(_mm256_maddubs_epi16(_mm256_and_si256(q, low), v),
                                             _mm256_maddubs_epi16(_mm256_and_si256(_mm256_srli_epi16(q, 4), low), w));
            sum[half] = _mm256_add_epi32(sum[half], _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
        }
    }
}

/* `groups` groups of sixteen rows, n blocks apart: several streams are read faster than one from beyond the cache. The
 * lines of AHEAD blocks later are asked for early (behind the last one a prefetch does nothing). */
#define GEMV_PACKED(type, offset)                                                                                      \
    static inline void rows_##type(float *y, const struct kern_##type##x16 *a, const struct quant_work *w, size_t n,   \
                                   int groups)                                                                         \
    {                                                                                                                  \
        __m256 s[MOST_GROUPS][2];                                                                                      \
        for (int i = 0; i < 2 * groups; i++)                                                                           \
            s[i / 2][i % 2] = _mm256_setzero_ps();                                                                     \
        for (size_t b = 0; b < n; b++, a++) {                                                                          \
            for (int g = 0; g < groups; g++)                                                                           \
                for (size_t line = 0; line < sizeof *a; line += 64)                                                    \
                    _mm_prefetch((const char *)(a + (size_t)g * n + AHEAD) + line, _MM_HINT_T0);                       \
            for (int g = 0; g < groups; g++) {                                                                         \
                const struct kern_##type##x16 *at = a + (size_t)g * n;                                                 \
                __m256 dx = _mm256_set1_ps(w->d[b]);                                                                   \
                __m256i sum[2] = { _mm256_set1_epi32(w->sum[b]), _mm256_set1_epi32(w->sum[b]) };                       \
                block_##type(sum, at, w->qs + 32 * b);                                                                 \
                for (int half = 0; half < 2; half++) {                                                                 \
                    __m256 d = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(at->d + 8 * half)));                  \
                    s[g][half] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum[half]), _mm256_mul_ps(d, dx), s[g][half]);     \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
        for (int i = 0; i < 2 * groups; i++)                                                                           \
            _mm256_storeu_ps(y + 8 * i, s[i / 2][i % 2]);                                                              \
    }                                                                                                                  \
    void kern_gemv_packed_##type##_avx2(float *y, const struct kern_##type##x16 *a, const float *x, size_t m,          \
                                        size_t k, void *work)                                                          \
    {                                                                                                                  \
        struct quant_work w = quant_spread(kern_quantize_q8_0_avx2, x, k, work, -(offset));                            \
        size_t n = k / 32, i = 0;                                                                                      \
        for (; i + 16 * MOST_GROUPS <= m; i += 16 * MOST_GROUPS)                                                       \
            rows_##type(y + i, a + i / 16 * n, &w, n, MOST_GROUPS);                                                    \
        for (; i < m; i += 16) {                                                                                       \
            float all[16];                                                                                             \
            rows_##type(m - i < 16 ? all : y + i, a + i / 16 * n, &w, n, 1);                                           \
            if (m - i < 16)                                                                                            \
                memcpy(y + i, all, (m - i) * sizeof *y);                                                               \
        }                                                                                                              \
    }

GEMV_PACKED(q8_0, 0)
GEMV_PACKED(q4_0, 8)
