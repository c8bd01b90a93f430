/* SPDX-License-Identifier: Apache-2.0
 * Append to and load from caches of keys or values, once for each type; a body that libkern/ref/ and libkern/auto/
 * compile with their own flags. KV_VARIANT(name) is the name with the folder's suffix. */
#include "libkern/kv_rows.h"

#define TYPE      float
#define NARROW(x) (x)
#define WIDEN(x)  (x)
#define NAME(x)   x##_f32
#include "libkern/kv_scalar.h"

void KV_VARIANT(kern_kv_append_f32)(const struct kern_kv_rows *c, const float *x)
{
    append_f32(c, x);
}

void KV_VARIANT(kern_kv_load_f32)(float *y, const struct kern_kv_rows *c)
{
    load_f32(y, c);
}

#define TYPE      uint16_t
#define NARROW(x) kern_f32_to_f16(x)
#define WIDEN(x)  half_to_float(x)
#define NAME(x)   x##_f16
#include "libkern/kv_scalar.h"

void KV_VARIANT(kern_kv_append_f16)(const struct kern_kv_rows *c, const float *x)
{
    append_f16(c, x);
}

void KV_VARIANT(kern_kv_load_f16)(float *y, const struct kern_kv_rows *c)
{
    load_f16(y, c);
}

#define TYPE      uint16_t
#define NARROW(x) float_to_bf16(x)
#define WIDEN(x)  bf16_to_float(x)
#define NAME(x)   x##_bf16
#include "libkern/kv_scalar.h"

void KV_VARIANT(kern_kv_append_bf16)(const struct kern_kv_rows *c, const float *x)
{
    append_bf16(c, x);
}

void KV_VARIANT(kern_kv_load_bf16)(float *y, const struct kern_kv_rows *c)
{
    load_bf16(y, c);
}

#define TYPE      int8_t
#define NARROW(x) (int8_t) rintf(x)
#define WIDEN(x)  (float)(x)
#define NAME(x)   x##_i8
#define SCALED
#include "libkern/kv_scalar.h"

void KV_VARIANT(kern_kv_append_i8)(const struct kern_kv_rows *c, const float *x)
{
    append_i8(c, x);
}

void KV_VARIANT(kern_kv_load_i8)(float *y, const struct kern_kv_rows *c)
{
    load_i8(y, c);
}
