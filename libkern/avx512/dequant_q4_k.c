/* SPDX-License-Identifier: Apache-2.0
 * Q4_K to float: a part has only 16 different values, so they are computed once and then looked up. The look-up (vpermps)
 * takes its index from the low four bits of a lane and ignores the rest. The scales go through memory, from which a
 * broadcast needs only a load port; out of a register it would need the port of the look-ups. */
#include "libkern/avx2/q4_k.h"

/* Eight bytes times d. */
static inline void eight_scales(float to[8], uint64_t bytes, uint16_t d)
{
    __m256i wide = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)bytes));
    _mm256_storeu_ps(to, _mm256_mul_ps(_mm256_cvtepi32_ps(wide), _mm256_set1_ps(q4_k_half(d))));
}

void kern_dequant_q4_k_avx512(float *y, const struct kern_q4_k *x, size_t nblocks)
{
    const __m512 levels = _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);

    for (; nblocks; nblocks--, x++) {
        struct q4_k_words w = q4_k_words(x);
        float step[8], least[8];
        eight_scales(step, w.scale, x->d);
        eight_scales(least, w.min, x->dmin);
        __asm__ volatile("" : "+m"(step), "+m"(least)); /* or the compiler would go through registers again */
        for (int j = 0; j < 8; j += 2, y += 64) {
            __m512 a = _mm512_fmsub_ps(levels, _mm512_set1_ps(step[j]), _mm512_set1_ps(least[j]));
            __m512 b = _mm512_fmsub_ps(levels, _mm512_set1_ps(step[j + 1]), _mm512_set1_ps(least[j + 1]));
            __m512i q = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(x->qs + 16 * j)));
            __m512i r = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(x->qs + 16 * j + 16)));
            _mm512_storeu_ps(y, _mm512_permutexvar_ps(q, a));
            _mm512_storeu_ps(y + 16, _mm512_permutexvar_ps(r, a));
            _mm512_storeu_ps(y + 32, _mm512_permutexvar_ps(_mm512_srli_epi32(q, 4), b));
            _mm512_storeu_ps(y + 48, _mm512_permutexvar_ps(_mm512_srli_epi32(r, 4), b));
        }
    }
}
