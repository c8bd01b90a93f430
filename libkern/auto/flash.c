/* SPDX-License-Identifier: Apache-2.0
 * Flash attention, for the compiler to vectorise, once for each type of K and V. */
#include <math.h>

#include <kern/kern.h>

#include "libkern/auto/exp.h"

/* half_to_float() with choices instead of branches, which the compiler can vectorise. */
static inline float widen_half(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000u) << 16, exponent = h >> 10 & 31u, mantissa = h & 0x3ffu, bits;
    float small = (float)(int32_t)mantissa * 0x1p-24f;
    memcpy(&bits, &small, sizeof bits);
    uint32_t large = exponent == 31 ? 0x7f800000u : (exponent + 112) << 23;
    return float_of_bits(sign | (exponent == 0 ? bits : large | mantissa << 13));
}
#include "libkern/flash.h"
#include "libkern/half.h"

#define TYPE     float
#define WIDEN(x) (x)
#define NAME(x)  x##_f32
#include "libkern/flash_auto.h"

void kern_flash_f32_auto(const struct kern_flash *f)
{
    flash_f32(f);
}

#define TYPE     uint16_t
#define WIDEN(x) widen_half(x)
#define NAME(x)  x##_f16
#include "libkern/flash_auto.h"

void kern_flash_f16_auto(const struct kern_flash *f)
{
    flash_f16(f);
}

#define TYPE     uint16_t
#define WIDEN(x) float_of_bits((uint32_t)(x) << 16)
#define NAME(x)  x##_bf16
#include "libkern/flash_auto.h"

void kern_flash_bf16_auto(const struct kern_flash *f)
{
    flash_bf16(f);
}

#define TYPE     int8_t
#define WIDEN(x) (float)(x)
#define NAME(x)  x##_i8
#define SCALED
#include "libkern/flash_auto.h"

void kern_flash_i8_auto(const struct kern_flash *f)
{
    flash_i8(f);
}

#define DEQUANT(type) kern_dequant_##type##_auto
#define WIDEN_HALF    widen_half
#include "libkern/flash_row.h"

#define TYPE      float
#define WIDEN(x)  (x)
#define WIDEN_ROW row_q8_0
#define NAME(x)   x##_q8_0
#include "libkern/flash_auto.h"

void kern_flash_q8_0_auto(const struct kern_flash *f)
{
    flash_q8_0(f);
}

#define TYPE      float
#define WIDEN(x)  (x)
#define WIDEN_ROW row_q4_0
#define NAME(x)   x##_q4_0
#include "libkern/flash_auto.h"

void kern_flash_q4_0_auto(const struct kern_flash *f)
{
    flash_q4_0(f);
}

#define TYPE      float
#define WIDEN(x)  (x)
#define WIDEN_ROW row_tiers
#define NAME(x)   x##_tiers
#include "libkern/flash_auto.h"

void kern_flash_tiers_auto(const struct kern_flash *f)
{
    flash_tiers(f);
}
