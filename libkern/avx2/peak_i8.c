/* SPDX-License-Identifier: Apache-2.0
 * Products of bytes in registers, AVX2. */
#include <immintrin.h>

#define PEAK_V             __m256i
#define PEAK_LANES         8
#define PEAK_LOAD(p)       _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define PEAK_STORE(p, v)   _mm256_storeu_si256((__m256i *)(void *)(p), v)
#define PEAK_SPLAT(word)   _mm256_set1_epi32(word)
#define PEAK_DOT4(c, u, s) _mm256_add_epi32(c, _mm256_madd_epi16(_mm256_maddubs_epi16(u, s), _mm256_set1_epi16(1)))
#include "libkern/peak_i8_body.h"

void kern_peak_i8_avx2(int32_t *y, const uint8_t *x, const int8_t *w, size_t steps)
{
    peak_i8(y, x, w, steps);
}
