/* SPDX-License-Identifier: Apache-2.0
 * Q4_0 to float: a block has only 16 different values, so they are multiplied once and then looked up. The look-up
 * (vpermps) takes its index from the low four bits of a lane and ignores the rest, which saves the masking. Each block
 * widens its own scale: gathering and widening 16 scales at a time measured slower. */
#include <kern/kern.h>

#include "libkern/avx512/vec.h"

void kern_dequant_q4_0_avx512(float *y, const struct kern_q4_0 *x, size_t nblocks)
{
    const __m512 levels = _mm512_setr_ps(-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7);

    for (size_t i = 0; i < nblocks; i++, y += 32) {
        __m512 value = _mm512_mul_ps(levels, _mm512_cvtph_ps(_mm256_set1_epi16((short)x[i].d)));
        __m512i q = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)x[i].qs));

        _mm512_storeu_ps(y, _mm512_permutexvar_ps(q, value));
        _mm512_storeu_ps(y + 16, _mm512_permutexvar_ps(_mm512_srli_epi32(q, 4), value));
    }
}
