/* SPDX-License-Identifier: Apache-2.0
 * IEEE binary16 to float, inline, for kernels without F16C. */
#ifndef LIBKERN_HALF_H
#define LIBKERN_HALF_H

#include <stdint.h>
#include <string.h>

static inline float float_of_bits(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static inline float half_to_float(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000u) << 16;
    uint32_t exponent = h >> 10 & 31u, mantissa = h & 0x3ffu;

    if (exponent == 0) { /* zero or subnormal: by value, so that denormals-are-zero does no harm */
        float f = (float)mantissa * 0x1p-24f;
        return sign ? -f : f;
    }
    if (exponent == 31) /* infinity, or a NaN made quiet */
        return float_of_bits(sign | 0x7f800000u | mantissa << 13 | (mantissa ? 0x00400000u : 0u));
    return float_of_bits(sign | (exponent + 112) << 23 | mantissa << 13);
}

#endif
