/* SPDX-License-Identifier: Apache-2.0
 * Float to the types of a cache, one at a time. */
#ifndef LIBKERN_KV_ROWS_H
#define LIBKERN_KV_ROWS_H

#include <math.h>

#include <kern/kern.h>

#include "libkern/half.h"

#define KV_LEAST 0x1p-100f /* a row whose largest magnitude is below is stored as zeros: 127 over it must be finite */

/* Nearest, ties to even; a NaN stays one. */
static inline uint16_t float_to_bf16(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    uint32_t rounded = (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
    return (uint16_t)((bits & 0x7fffffffu) > 0x7f800000u ? bits >> 16 | 0x40u : rounded);
}

static inline float bf16_to_float(uint16_t h)
{
    return float_of_bits((uint32_t)h << 16);
}

#endif
