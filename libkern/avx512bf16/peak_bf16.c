/* SPDX-License-Identifier: Apache-2.0
 * Products of pairs of bfloat16 in registers, AVX-512 BF16. */
#include <immintrin.h>
#include <string.h>

#include <kern/kern.h>

enum { LANES = 16, CHAINS = KERN_PEAK / LANES };

void kern_peak_bf16_avx512bf16(float *y, const uint16_t *x, const uint16_t *w, size_t steps)
{
    int two_x, two_w;
    memcpy(&two_x, x, sizeof two_x);
    memcpy(&two_w, w, sizeof two_w);
    __m512i a = _mm512_set1_epi32(two_x), b = _mm512_set1_epi32(two_w);
    __m512 chain[CHAINS];
    for (size_t i = 0; i < CHAINS; i++)
        chain[i] = _mm512_loadu_ps(y + i * LANES);
    for (; steps; steps--)
        for (size_t i = 0; i < CHAINS; i++)
            chain[i] = _mm512_dpbf16_ps(chain[i], (__m512bh)a, (__m512bh)b);
    for (size_t i = 0; i < CHAINS; i++)
        _mm512_storeu_ps(y + i * LANES, chain[i]);
}
