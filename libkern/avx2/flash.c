/* SPDX-License-Identifier: Apache-2.0
 * Flash attention: the shared body on this folder's vectors, once for each type of K and V. */
#include <float.h>
#include <math.h>

#include <kern/kern.h>

#include "libkern/avx2/lanes.h"
#include "libkern/avx2/lanes_quant.h"

#define TYPE    float
#define VLOAD   vload_f32
#define NAME(x) x##_f32
#include "libkern/attn_flash.h"

void kern_flash_f32_avx2(const struct kern_flash *f)
{
    flash_f32(f);
}

#define TYPE    uint16_t
#define VLOAD   vload_f16
#define NAME(x) x##_f16
#include "libkern/attn_flash.h"

void kern_flash_f16_avx2(const struct kern_flash *f)
{
    flash_f16(f);
}

#define TYPE    uint16_t
#define VLOAD   vload_bf16
#define NAME(x) x##_bf16
#include "libkern/attn_flash.h"

void kern_flash_bf16_avx2(const struct kern_flash *f)
{
    flash_bf16(f);
}

#define TYPE    int8_t
#define VLOAD   vload_i8
#define NAME(x) x##_i8
#define SCALED
#include "libkern/attn_flash.h"

void kern_flash_i8_avx2(const struct kern_flash *f)
{
    flash_i8(f);
}

#define TYPE    struct kern_q8_0
#define VLOAD   vload_q8_0
#define NAME(x) x##_q8_0
#define PER     KERN_Q8_0_BLOCK
#include "libkern/attn_flash.h"

void kern_flash_q8_0_avx2(const struct kern_flash *f)
{
    flash_q8_0(f);
}

#define TYPE    struct kern_q4_0
#define VLOAD   vload_q4_0
#define NAME(x) x##_q4_0
#define PER     KERN_Q4_0_BLOCK
#include "libkern/attn_flash.h"

void kern_flash_q4_0_avx2(const struct kern_flash *f)
{
    flash_q4_0(f);
}

#include "libkern/attn_tiers.h"

void kern_flash_tiers_avx2(const struct kern_flash *f)
{
    flash_all(f, tiers_add);
}
