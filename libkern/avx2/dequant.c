/* SPDX-License-Identifier: Apache-2.0
 * Q4_0 to float: with its highest bit flipped a nibble is weight + 8 - 8 in two's complement, so shifts alone make
 * signed integers of both nibbles of a byte. The low one stays where the shift leaves it, 2^28 too large, and its scale
 * is as much smaller: all of it exact. */
#include <kern/kern.h>

#include "libkern/avx2/vec.h"

/* Eight bytes: the low nibbles go to y, the high ones to y + 16. */
static inline void half_block(float *y, __m128i bytes, __m256 d_low, __m256 d)
{
    __m256i q = _mm256_cvtepi8_epi32(bytes);

    _mm256_storeu_ps(y, _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_slli_epi32(q, 28)), d_low));
    _mm256_storeu_ps(y + 16, _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_srai_epi32(q, 4)), d));
}

void kern_dequant_q4_0_avx2(float *y, const struct kern_q4_0 *x, size_t nblocks)
{
    for (size_t i = 0; i < nblocks; i++, y += 32) {
        __m256 d = _mm256_cvtph_ps(_mm_set1_epi16((short)x[i].d));
        __m256 d_low = _mm256_mul_ps(d, _mm256_set1_ps(0x1p-28f));
        __m128i q = _mm_xor_si128(_mm_loadu_si128((const __m128i *)x[i].qs), _mm_set1_epi8((char)0x88));

        half_block(y, q, d_low, d);
        half_block(y + 8, _mm_unpackhi_epi64(q, q), d_low, d);
    }
}
