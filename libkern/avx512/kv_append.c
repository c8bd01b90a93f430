/* SPDX-License-Identifier: Apache-2.0
 * Append to and load from caches of keys or values, once for each type: the shared body on this folder's vectors. */
#include "libkern/kv_rows.h"

#include "libkern/avx512/lanes.h"

#define TYPE    float
#define VLOAD   vload_f32
#define VSAVE   vsave_f32
#define NAME(x) x##_f32
#include "libkern/kv_body.h"

void kern_kv_append_f32_avx512(const struct kern_kv_rows *c, const float *x)
{
    append_f32(c, x);
}

void kern_kv_load_f32_avx512(float *y, const struct kern_kv_rows *c)
{
    load_f32(y, c);
}

#define TYPE    uint16_t
#define VLOAD   vload_f16
#define VSAVE   vsave_f16
#define NAME(x) x##_f16
#include "libkern/kv_body.h"

void kern_kv_append_f16_avx512(const struct kern_kv_rows *c, const float *x)
{
    append_f16(c, x);
}

void kern_kv_load_f16_avx512(float *y, const struct kern_kv_rows *c)
{
    load_f16(y, c);
}

#define TYPE    uint16_t
#define VLOAD   vload_bf16
#define VSAVE   vsave_bf16
#define NAME(x) x##_bf16
#include "libkern/kv_body.h"

void kern_kv_append_bf16_avx512(const struct kern_kv_rows *c, const float *x)
{
    append_bf16(c, x);
}

void kern_kv_load_bf16_avx512(float *y, const struct kern_kv_rows *c)
{
    load_bf16(y, c);
}

#define TYPE    int8_t
#define VLOAD   vload_i8
#define VSAVE   vsave_i8
#define NAME(x) x##_i8
#define SCALED
#include "libkern/kv_body.h"

void kern_kv_append_i8_avx512(const struct kern_kv_rows *c, const float *x)
{
    append_i8(c, x);
}

void kern_kv_load_i8_avx512(float *y, const struct kern_kv_rows *c)
{
    load_i8(y, c);
}
