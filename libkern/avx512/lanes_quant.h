/* SPDX-License-Identifier: Apache-2.0
 * Sixteen values of a block of Q8_0 or Q4_0, from value `at` (0 or 16) on, as floats. */
#ifndef LIBKERN_AVX512_LANES_QUANT_H
#define LIBKERN_AVX512_LANES_QUANT_H

#include <kern/kern.h>

#include "libkern/avx512/lanes.h"

static inline __m512 block_scale(uint16_t d)
{
    return _mm512_cvtph_ps(_mm256_set1_epi16((short)d));
}

static inline vf vload_q8_0(const struct kern_q8_0 *b, size_t at)
{
    return vmul(vload_i8(b->qs + at), block_scale(b->d));
}

/* The 16 values there are, looked up: vpermps takes the low four bits of a lane and ignores the rest. */
static inline vf vload_q4_0(const struct kern_q4_0 *b, size_t at)
{
    const __m512 levels = _mm512_setr_ps(-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7);
    __m512i q = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)b->qs));
    q = _mm512_srl_epi32(q, _mm_cvtsi32_si128((int)at / 4));
    return _mm512_permutexvar_ps(q, vmul(levels, block_scale(b->d)));
}

#endif
