/* SPDX-License-Identifier: Apache-2.0
 * Eight values of a block of Q8_0 or Q4_0, from value `at`, a multiple of 8, on, as floats. */
#ifndef LIBKERN_AVX2_LANES_QUANT_H
#define LIBKERN_AVX2_LANES_QUANT_H

#include <kern/kern.h>

#include "libkern/avx2/lanes.h"

static inline __m256 block_scale(uint16_t d)
{
    return _mm256_cvtph_ps(_mm_set1_epi16((short)d));
}

static inline vf vload_q8_0(const struct kern_q8_0 *b, size_t at)
{
    return vmul(vload_i8(b->qs + at), block_scale(b->d));
}

static inline vf vload_q4_0(const struct kern_q4_0 *b, size_t at)
{
    __m256i q = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)(b->qs + at % 16)));
    q = _mm256_and_si256(_mm256_srl_epi32(q, _mm_cvtsi32_si128((int)(at / 16 * 4))), _mm256_set1_epi32(15));
    return vmul(_mm256_cvtepi32_ps(_mm256_sub_epi32(q, _mm256_set1_epi32(8))), block_scale(b->d));
}

#endif
