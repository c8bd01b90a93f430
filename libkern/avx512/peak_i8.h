/* SPDX-License-Identifier: Apache-2.0
 * The peak of 8-bit products for AVX-512 with VNNI and without. */
#ifndef LIBKERN_AVX512_PEAK_I8_H
#define LIBKERN_AVX512_PEAK_I8_H

#include "libkern/avx512/dot4.h"

#define PEAK_V             __m512i
#define PEAK_LANES         16
#define PEAK_LOAD(p)       _mm512_loadu_si512((const void *)(p))
#define PEAK_STORE(p, v)   _mm512_storeu_si512((void *)(p), v)
#define PEAK_SPLAT(word)   _mm512_set1_epi32(word)
#define PEAK_DOT4(c, u, s) dot4_small(c, u, s)
#include "libkern/peak_i8_body.h"

#endif
