/* SPDX-License-Identifier: Apache-2.0
 * vexp(x): exp of 8 floats. Relative error at most 2 u; 0 where x < -87.336, so never
 * subnormal. exp(0) = 1, exp(-inf) = 0, exp(inf) = inf, NaN stays NaN. */
#ifndef LIBKERN_AVX2_EXP_H
#define LIBKERN_AVX2_EXP_H

#include <immintrin.h>

#include "libkern/exp_poly.h"

/* 2^n for whole n in -126..127. */
static inline __m256 exp_power(__m256i n)
{
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(n, _mm256_set1_epi32(127)), 23));
}

static inline __m256 vexp(__m256 x)
{
    __m256 some = _mm256_cmp_ps(x, _mm256_set1_ps(EXP_LOWEST), _CMP_NLT_UQ);
    /* min and max give their second operand when one is a NaN */
    x = _mm256_min_ps(_mm256_set1_ps(EXP_HIGHEST), _mm256_max_ps(_mm256_set1_ps(EXP_LOWEST), x));
    __m256i whole = _mm256_cvtps_epi32(_mm256_mul_ps(x, _mm256_set1_ps(EXP_LOG2E)));
    __m256 n = _mm256_cvtepi32_ps(whole);
    __m256 r = _mm256_fnmadd_ps(n, _mm256_set1_ps(EXP_LN2), x);
    r = _mm256_fnmadd_ps(n, _mm256_set1_ps(EXP_LN2_LOW), r);
    __m256 q = _mm256_set1_ps(EXP_Q4);
    q = _mm256_fmadd_ps(q, r, _mm256_set1_ps(EXP_Q3));
    q = _mm256_fmadd_ps(q, r, _mm256_set1_ps(EXP_Q2));
    q = _mm256_fmadd_ps(q, r, _mm256_set1_ps(EXP_Q1));
    q = _mm256_fmadd_ps(q, r, _mm256_set1_ps(EXP_Q0));
    q = _mm256_fmadd_ps(_mm256_mul_ps(r, r), q, r);
    __m256i half = _mm256_srai_epi32(whole, 1); /* in two steps, because 2^n itself may be too large */
    q = _mm256_mul_ps(_mm256_add_ps(q, _mm256_set1_ps(1)), exp_power(half));
    return _mm256_and_ps(some, _mm256_mul_ps(q, exp_power(_mm256_sub_epi32(whole, half))));
}

#endif
