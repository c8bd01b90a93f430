/* SPDX-License-Identifier: Apache-2.0
 * Q8_0 to float. */
#include <immintrin.h>

#include <kern/kern.h>

static inline void sixteen(float *y, const int8_t *q, __m512 d)
{
    __m512i wide = _mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)q));
    _mm512_storeu_ps(y, _mm512_mul_ps(_mm512_cvtepi32_ps(wide), d));
}

void kern_dequant_q8_0_avx512(float *y, const struct kern_q8_0 *x, size_t nblocks)
{
    for (; nblocks; nblocks--, y += 32, x++) {
        __m512 d = _mm512_cvtph_ps(_mm256_set1_epi16((short)x->d));
        sixteen(y, x->qs, d);
        sixteen(y + 16, x->qs + 16, d);
    }
}
