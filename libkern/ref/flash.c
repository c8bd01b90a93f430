/* SPDX-License-Identifier: Apache-2.0
 * Flash attention, reference, once for each type of K and V. */
#include <math.h>

#include <kern/kern.h>

#include "libkern/flash.h"
#include "libkern/half.h"

#define TYPE     float
#define WIDEN(x) (x)
#define NAME(x)  x##_f32
#include "libkern/flash_scalar.h"

void kern_flash_f32_ref(const struct kern_flash *f)
{
    flash_f32(f);
}

#define TYPE     uint16_t
#define WIDEN(x) half_to_float(x)
#define NAME(x)  x##_f16
#include "libkern/flash_scalar.h"

void kern_flash_f16_ref(const struct kern_flash *f)
{
    flash_f16(f);
}

#define TYPE     uint16_t
#define WIDEN(x) float_of_bits((uint32_t)(x) << 16)
#define NAME(x)  x##_bf16
#include "libkern/flash_scalar.h"

void kern_flash_bf16_ref(const struct kern_flash *f)
{
    flash_bf16(f);
}

#define TYPE     int8_t
#define WIDEN(x) (float)(x)
#define NAME(x)  x##_i8
#define SCALED
#include "libkern/flash_scalar.h"

void kern_flash_i8_ref(const struct kern_flash *f)
{
    flash_i8(f);
}

#define DEQUANT(type) kern_dequant_##type##_ref
#define WIDEN_HALF    half_to_float
#include "libkern/flash_row.h"

#define TYPE      float
#define WIDEN(x)  (x)
#define WIDEN_ROW row_q8_0
#define NAME(x)   x##_q8_0
#include "libkern/flash_scalar.h"

void kern_flash_q8_0_ref(const struct kern_flash *f)
{
    flash_q8_0(f);
}

#define TYPE      float
#define WIDEN(x)  (x)
#define WIDEN_ROW row_q4_0
#define NAME(x)   x##_q4_0
#include "libkern/flash_scalar.h"

void kern_flash_q4_0_ref(const struct kern_flash *f)
{
    flash_q4_0(f);
}

#define TYPE      float
#define WIDEN(x)  (x)
#define WIDEN_ROW row_tiers
#define NAME(x)   x##_tiers
#include "libkern/flash_scalar.h"

void kern_flash_tiers_ref(const struct kern_flash *f)
{
    flash_tiers(f);
}
