/* SPDX-License-Identifier: Apache-2.0
 * vexp(x): exp without branches, for the compiler to vectorise. Relative error at most 3 u; 0 where x < -87.336, so never
 * subnormal. exp(0) = 1, exp(-inf) = 0, exp(inf) = inf, NaN stays NaN. */
#ifndef LIBKERN_AUTO_EXP_H
#define LIBKERN_AUTO_EXP_H

#include "libkern/exp_poly.h"
#include "libkern/half.h"

static inline float vexp(float x)
{
    const float shift = 0x1.8p23f; /* adding it rounds to a whole number, which then stands in the lowest bits */
    float kept = x;

    x = x > EXP_LOWEST ? x : EXP_LOWEST;
    x = x < EXP_HIGHEST ? x : EXP_HIGHEST;
    float n = x * EXP_LOG2E + shift;
    uint32_t bits;
    memcpy(&bits, &n, sizeof bits);
    n -= shift;
    float r = x - n * 0x1.63p-1f; /* exact: 9 bits times 9 */
    r = r + n * 0x1.bd0106p-13f;
    float q = (((EXP_Q4 * r + EXP_Q3) * r + EXP_Q2) * r + EXP_Q1) * r + EXP_Q0;
    q = (r * r) * q + r + 1;
    uint32_t whole = bits - 0x4b400000u, half = (uint32_t)((int32_t)whole >> 1);
    q = q * float_of_bits((half + 127) << 23) * float_of_bits((whole - half + 127) << 23);
    q = kept < EXP_LOWEST ? 0 : q;
    return kept != kept ? kept : q;
}

#endif
