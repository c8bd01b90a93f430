/* SPDX-License-Identifier: Apache-2.0
 * Rows of the KV cache, written, read and moved to the older tier, that are wrong on purpose; see bad.c. */
#include <stdint.h>
#include <string.h>

#include "tests/kern/bad.h"

/* --- rows of a cache ----------------------------------------------------------------------------------------------*/

static kern_kv_append_f32_fn append_truncates, append_one_scale, append_fills_gap, append_skips_row,
    append_to_wrong_step;
static kern_kv_load_f32_fn load_forgets_scale, load_writes_after;

static void append_truncates(const struct kern_kv_rows *c, const float *x)
{
    for (size_t i = 0; i < c->rows * c->dim; i++) {
        uint32_t bits = float_bits(x[i]);
        ((uint16_t *)c->cache)[i / c->dim * c->step + i % c->dim] = (uint16_t)(bits >> 16);
    }
}

/* The scale of the first row for all. */
static void append_one_scale(const struct kern_kv_rows *c, const float *x)
{
    kern_kv_append_i8_ref(c, x);
    for (size_t i = 1; i < c->rows; i++)
        c->scale[i * (c->step / c->dim)] = c->scale[0];
}

static void append_fills_gap(const struct kern_kv_rows *c, const float *x)
{
    kern_kv_append_f16_ref(c, x);
    if (c->step > c->dim)
        ((uint16_t *)c->cache)[c->dim] = 0;
}

static void append_skips_row(const struct kern_kv_rows *c, const float *x)
{
    struct kern_kv_rows r = *c;
    r.rows &= ~(size_t)1;
    kern_kv_append_f32_ref(&r, x);
}

static void append_to_wrong_step(const struct kern_kv_rows *c, const float *x)
{
    struct kern_kv_rows r = *c;
    r.step = r.dim;
    kern_kv_append_f32_ref(&r, x);
}

static void load_forgets_scale(float *y, const struct kern_kv_rows *c)
{
    kern_kv_load_i8_ref(y, c);
    for (size_t i = 0; i < c->dim; i++)
        y[i] = ((const int8_t *)c->cache)[i];
}

static void load_writes_after(float *y, const struct kern_kv_rows *c)
{
    kern_kv_load_f16_ref(y, c);
    y[c->rows * c->dim] = 0;
}

/* The checks of one type: they read it in the variant's row. */
#define AS(name, check, type)                                                                                          \
    static void name(struct checks *c, const struct kern_variant *v)                                                   \
    {                                                                                                                  \
        struct kern_variant t = *v;                                                                                    \
        t.dtype = #type;                                                                                               \
        check(c, &t);                                                                                                  \
    }
AS(append_f32, check_kv_append_variant, f32)
AS(append_f16, check_kv_append_variant, f16)
AS(append_bf16, check_kv_append_variant, bf16)
AS(append_i8, check_kv_append_variant, i8)
AS(load_f16, check_kv_load_variant, f16)
AS(load_i8, check_kv_load_variant, i8)
#undef AS

/* --- the way to the older tier ------------------------------------------------------------------------------------*/

static kern_kv_migrate_q4_0_fn migrate_loses_sign, migrate_swaps_nibbles, migrate_skips_last;

/* The step of the largest magnitude without its sign. */
static void migrate_loses_sign(struct kern_q4_0 *to, const uint16_t *from, size_t nblocks)
{
    kern_kv_migrate_q4_0_ref(to, from, nblocks);
    for (size_t i = 0; i < nblocks; i++)
        to[i].d &= 0x7fff;
}

static void migrate_swaps_nibbles(struct kern_q4_0 *to, const uint16_t *from, size_t nblocks)
{
    kern_kv_migrate_q4_0_ref(to, from, nblocks);
    for (size_t i = 0; i < nblocks * 16; i++)
        to[i / 16].qs[i % 16] = (uint8_t)(to[i / 16].qs[i % 16] << 4 | to[i / 16].qs[i % 16] >> 4);
}

static void migrate_skips_last(struct kern_q4_0 *to, const uint16_t *from, size_t nblocks)
{
    kern_kv_migrate_q4_0_ref(to, from, nblocks & ~(size_t)3);
}

const struct bad_kernel bad_kv[] = {
    BAD(append_bf16, append_truncates),
    BAD(append_i8, append_one_scale),
    BAD(append_f16, append_fills_gap),
    BAD(append_f32, append_skips_row),
    BAD(append_f32, append_to_wrong_step),
    BAD(load_i8, load_forgets_scale),
    BAD(load_f16, load_writes_after),
    BAD(check_migrate_variant, migrate_loses_sign),
    BAD(check_migrate_variant, migrate_swaps_nibbles),
    BAD(check_migrate_variant, migrate_skips_last),
    BAD_END,
};

const struct bad_kernel right_kv[] = {
    BAD(append_i8, kern_kv_append_i8_ref),
    BAD(load_f16, kern_kv_load_f16_ref),
    BAD(check_migrate_variant, kern_kv_migrate_q4_0_ref),
    BAD_END,
};
