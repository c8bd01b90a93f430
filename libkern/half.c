/* SPDX-License-Identifier: Apache-2.0
 * IEEE binary16 to and from float in integer arithmetic, the same on every CPU. */
#include <kern/kern.h>

#include "libkern/half.h"

float kern_f16_to_f32(uint16_t h)
{
    return half_to_float(h);
}

/* v / 2^shift rounded to the nearest integer, ties to even. */
static uint32_t shift_rounded(uint32_t v, uint32_t shift)
{
    uint32_t odd = v >> shift & 1u;
    return (v + (1u << (shift - 1)) - 1 + odd) >> shift;
}

uint16_t kern_f32_to_f16(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    uint32_t sign = bits >> 16 & 0x8000u, size = bits & 0x7fffffffu, exponent = size >> 23;

    if (size > 0x7f800000u)
        return (uint16_t)(sign | 0x7e00u | (size >> 13 & 0x3ffu));
    if (size >= 0x477ff000u) /* 65520, the middle between the largest half and what would follow it */
        return (uint16_t)(sign | 0x7c00u);
    if (exponent >= 113) /* normal; a carry out of the mantissa raises the exponent, as it should */
        return (uint16_t)(sign | shift_rounded(size - (112u << 23), 13));
    if (exponent < 102) /* below half of the smallest subnormal */
        return (uint16_t)sign;
    return (uint16_t)(sign | shift_rounded((size & 0x7fffffu) | 0x800000u, 126 - exponent));
}
