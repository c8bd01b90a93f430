/* SPDX-License-Identifier: Apache-2.0
 * Q8_0 to float. */
#include <immintrin.h>

#include <kern/kern.h>

static inline void eight(float *y, const int8_t *q, __m256 d)
{
    __m256i wide = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)q));
    _mm256_storeu_ps(y, _mm256_mul_ps(_mm256_cvtepi32_ps(wide), d));
}

void kern_dequant_q8_0_avx2(float *y, const struct kern_q8_0 *x, size_t nblocks)
{
    for (; nblocks; nblocks--, y += 32, x++) {
        __m256 d = _mm256_cvtph_ps(_mm_set1_epi16((short)x->d));
        eight(y, x->qs, d);
        eight(y + 8, x->qs + 8, d);
        eight(y + 16, x->qs + 16, d);
        eight(y + 24, x->qs + 24, d);
    }
}
