/* SPDX-License-Identifier: Apache-2.0
 * What the x86 variants of Q4_K share. */
#ifndef LIBKERN_AVX2_Q4_K_H
#define LIBKERN_AVX2_Q4_K_H

#include <immintrin.h>

#include <kern/kern.h>

#include "libkern/q4_k.h"

static inline float q4_k_half(uint16_t h)
{
    return _mm_cvtss_f32(_mm_cvtph_ps(_mm_cvtsi32_si128(h)));
}

/* Four sums of the products of minimums and sums of qs. */
static inline __m128i q4_k_minimums(uint64_t minimums, const struct kern_q8_k *y)
{
    __m128i a = _mm_loadu_si128((const __m128i *)y->sums), b = _mm_loadu_si128((const __m128i *)(y->sums + 8));
    __m128i min = _mm_cvtepu8_epi16(_mm_cvtsi64_si128((long long)minimums));
    return _mm_madd_epi16(_mm_hadd_epi16(a, b), min);
}

#endif
