/* SPDX-License-Identifier: Apache-2.0
 * vexp(x): exp of 16 floats. Relative error at most 2 u; 0 where x < -87.336, so never
 * subnormal. exp(0) = 1, exp(-inf) = 0, exp(inf) = inf, NaN stays NaN. */
#ifndef LIBKERN_AVX512_EXP_H
#define LIBKERN_AVX512_EXP_H

#include <immintrin.h>

#include "libkern/exp_poly.h"

static inline __m512 vexp(__m512 x)
{
    __mmask16 some = _mm512_cmp_ps_mask(x, _mm512_set1_ps(EXP_LOWEST), _CMP_NLT_UQ);
    /* min and max give their second operand when one is a NaN */
    x = _mm512_min_ps(_mm512_set1_ps(EXP_HIGHEST), _mm512_max_ps(_mm512_set1_ps(EXP_LOWEST), x));
    __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(EXP_LOG2E)), _MM_FROUND_TO_NEAREST_INT);
    __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(EXP_LN2), x);
    r = _mm512_fnmadd_ps(n, _mm512_set1_ps(EXP_LN2_LOW), r);
    __m512 q = _mm512_set1_ps(EXP_Q4);
    q = _mm512_fmadd_ps(q, r, _mm512_set1_ps(EXP_Q3));
    q = _mm512_fmadd_ps(q, r, _mm512_set1_ps(EXP_Q2));
    q = _mm512_fmadd_ps(q, r, _mm512_set1_ps(EXP_Q1));
    q = _mm512_fmadd_ps(q, r, _mm512_set1_ps(EXP_Q0));
    q = _mm512_fmadd_ps(_mm512_mul_ps(r, r), q, r);
    return _mm512_maskz_scalef_ps(some, _mm512_add_ps(q, _mm512_set1_ps(1)), n);
}

#endif
