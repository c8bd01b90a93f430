/* SPDX-License-Identifier: Apache-2.0
 * The exponential in plain C, without branches and calls, so that loops around it can be vectorised. */
#ifndef LIBKERN_AUTO_PLAIN_EXP_H
#define LIBKERN_AUTO_PLAIN_EXP_H

#include <stdint.h>

union plain_bits {
    float f;
    uint32_t u;
};

/* 2^n for a whole n in -126..127, in the last bits of a number. */
static inline float plain_power(uint32_t n)
{
    return (union plain_bits){ .u = (n + 127) << 23 }.f;
}

/* exp(x) for x <= 89 within 2 units in the last place; see v_exp_neg() in libkern/simd_math.h. Without fused operations
 * n ln 2 is exact for a first part of 9 bits. A NaN stays one. */
static inline float plain_exp(float x)
{
    const float magic = 0x1.8p+23f;
    x = x < -104.5f ? -104.5f : x;
    union plain_bits t = { .f = x * 0x1.715476p+0f + magic };
    float n = t.f - magic, r = (x - n * 0x1.63p-1f) - n * -0x1.bd0106p-13f;
    uint32_t whole = t.u - 0x4b400000u, half = (whole + 256) / 2 - 128; /* whole is in -151..129 */
    float q = ((0x1.6d112cp-10f * r + 0x1.120b9p-7f) * r + 0x1.555518p-5f) * r + 0x1.5554dcp-3f;
    float p = ((q * r + 0.5f) * (r * r) + r) + 1;
    return p * plain_power(half) * plain_power(whole - half);
}

static inline float plain_sigmoid(float x)
{
    float e = plain_exp(x < 0 ? x : -x);
    return (x < 0 ? e : 1) / (1 + e);
}

#endif
