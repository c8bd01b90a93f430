/* SPDX-License-Identifier: Apache-2.0
 * Attention that is wrong on purpose; a part of bad.c. */
#ifndef TESTS_KERN_BAD_ATTN_H
#define TESTS_KERN_BAD_ATTN_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <kern/kern.h>

#include "tests/kern/check.h"

static kern_attention_f32_fn attn_skips_last, attn_forgets_scale, attn_without_maximum, attn_writes_after,
    attn_reads_beyond, attn_coarse_exp, attn_hides_nan;

static void attn_skips_last(float *out, const float *q, const float *k, const float *v, size_t n, size_t dim,
                            float scale, float *work)
{
    kern_attention_f32_ref(out, q, k, v, n > 16 ? n - n % 16 : n, dim, scale, work);
}

static void attn_forgets_scale(float *out, const float *q, const float *k, const float *v, size_t n, size_t dim,
                               float scale, float *work)
{
    (void)scale;
    kern_attention_f32_ref(out, q, k, v, n, dim, 1, work);
}

/* The softmax with its exponential as a parameter, and without the maximum taken off if `top` is 0. */
static void attn_with(float *out, const float *q, const float *k, const float *v, const size_t shape[2], float scale,
                      double (*power)(double), int top)
{
    double most = 0, total = 0;

    for (size_t i = 0; i < shape[1]; i++)
        out[i] = 0;
    for (size_t pass = 0; pass < 2; pass++)
        for (size_t j = 0; j < shape[0]; j++) {
            double s = (double)kern_dot_f32_ref(q, k + j * shape[1], shape[1]) * (double)scale;
            most = pass == 0 && top && s > most ? s : most;
            float p = (float)power(s - most);
            total += pass ? (double)p : 0;
            for (size_t i = 0; pass && i < shape[1]; i++)
                out[i] += p * v[j * shape[1] + i];
        }
    for (size_t i = 0; i < shape[1]; i++)
        out[i] = shape[0] ? (float)((double)out[i] / total) : 0;
}

static void attn_without_maximum(float *out, const float *q, const float *k, const float *v, size_t n, size_t dim,
                                 float scale, float *work)
{
    (void)work;
    attn_with(out, q, k, v, (size_t[]){ n, dim }, scale, exp, 0);
}

/* Right to 16 bits. */
static double coarse_exp(double x)
{
    return exp(x) * (1 + 0x1p-16 * sin(40 * x));
}

static void attn_coarse_exp(float *out, const float *q, const float *k, const float *v, size_t n, size_t dim,
                            float scale, float *work)
{
    (void)work;
    attn_with(out, q, k, v, (size_t[]){ n, dim }, scale, coarse_exp, 1);
}

static void attn_writes_after(float *out, const float *q, const float *k, const float *v, size_t n, size_t dim,
                              float scale, float *work)
{
    kern_attention_f32_ref(out, q, k, v, n, dim, scale, work);
    out[dim] = 0;
}

static void attn_reads_beyond(float *out, const float *q, const float *k, const float *v, size_t n, size_t dim,
                              float scale, float *work)
{
    float next = *(const volatile float *)(v + n * dim);
    kern_attention_f32_ref(out, q, k, v, n, dim, scale, work);
    out[0] += 0 * (isfinite(next) ? next : 0);
}

static void attn_hides_nan(float *out, const float *q, const float *k, const float *v, size_t n, size_t dim,
                           float scale, float *work)
{
    kern_attention_f32_ref(out, q, k, v, n, dim, scale, work);
    for (size_t i = 0; i < dim; i++)
        out[i] = isnan(out[i]) ? 0 : out[i];
}

/* --- flash --------------------------------------------------------------------------------------------------------*/

static kern_flash_f32_fn flash_ignores_window, flash_sees_next, flash_page_in_order, flash_wrong_group,
    flash_wrong_step, flash_first_block_only, flash_writes_gap, flash_mixes_heads, flash_forgets_v_scale,
    flash_bf16_as_f16, flash_q4_swaps_halves, flash_q8_one_scale, flash_tiers_tail_only, flash_tiers_shifted,
    flash_tiers_no_room;

static void flash_ignores_window(const struct kern_flash *f)
{
    struct kern_flash g = *f;
    g.window = 0;
    kern_flash_f32_ref(&g);
}

static void flash_sees_next(const struct kern_flash *f)
{
    struct kern_flash g = *f;
    g.causal = 0;
    kern_flash_f32_ref(&g);
}

static void flash_page_in_order(const struct kern_flash *f)
{
    struct kern_flash g = *f;
    uint32_t table[8192];
    for (uint32_t i = 0; i < 8192; i++)
        table[i] = i;
    g.table = f->table ? table : NULL;
    kern_flash_f32_ref(&g);
}

/* Query head h with head h % kv_heads of K and V. */
static void flash_wrong_group(const struct kern_flash *f)
{
    for (size_t h = 0; h < f->heads; h++) {
        struct kern_flash g = *f;
        size_t kv = h % f->kv_heads;
        g.heads = g.kv_heads = 1;
        g.q = f->q + h * f->dim;
        g.out = f->out + h * f->dim;
        g.k = (const float *)f->k + kv * f->kv_head;
        g.v = (const float *)f->v + kv * f->kv_head;
        kern_flash_f32_ref(&g);
    }
}

static void flash_wrong_step(const struct kern_flash *f)
{
    struct kern_flash g = *f;
    g.kv_step = f->dim;
    kern_flash_f32_ref(&g);
}

/* Stops after the first block of a long history. */
static void flash_first_block_only(const struct kern_flash *f)
{
    kern_flash_f32_ref(f);
    if (f->positions > 64 && f->queries == 1 && !f->window && !f->table) {
        struct kern_flash g = *f;
        g.positions = 64;
        kern_flash_f32_ref(&g);
    }
}

static void flash_writes_gap(const struct kern_flash *f)
{
    kern_flash_f32_ref(f);
    if (f->queries)
        f->out[(f->queries - 1) * f->q_step + f->heads * f->dim] = 0;
}

/* Right within the bound, but a head's last bits depend on how many others there are. */
static void flash_mixes_heads(const struct kern_flash *f)
{
    kern_flash_f32_ref(f);
    for (size_t i = 0; i < f->queries * (f->kv_heads > 1); i++)
        f->out[i * f->q_step + (f->heads - 1) * f->dim] *= 1 + 0x1p-23f;
}

static void flash_forgets_v_scale(const struct kern_flash *f)
{
    struct kern_flash g = *f;
    g.v_scale = f->k_scale;
    kern_flash_i8_ref(&g);
}

static void flash_bf16_as_f16(const struct kern_flash *f)
{
    kern_flash_bf16_ref(f);
}

/* The high nibbles of V before the low ones. */
static void flash_q4_swaps_halves(const struct kern_flash *f)
{
    kern_flash_q4_0_ref(f);
    for (size_t i = 0; i < f->queries; i++)
        for (size_t j = 0; j < f->heads * f->dim; j++) {
            float *x = f->out + i * f->q_step + j, keep = *x;
            if (j % 32 < 16) {
                *x = x[16];
                x[16] = keep;
            }
        }
}

/* Every row of V with the step of its first block. */
static void flash_q8_one_scale(const struct kern_flash *f)
{
    struct kern_flash g = *f;
    size_t row = f->dim / 32, blocks = f->kv_heads * f->positions * row;
    struct kern_q8_0 *copy = f->table ? NULL : malloc((blocks + 1) * sizeof *copy);
    if (copy) {
        memcpy(copy, f->v, blocks * sizeof *copy);
        for (size_t i = 0; i < blocks; i++)
            copy[i].d = copy[i / row * row].d;
        g.v = copy;
    }
    kern_flash_q8_0_ref(&g);
    free(copy);
}

static void flash_tiers_tail_only(const struct kern_flash *f)
{
    struct kern_flash g = *f;
    const struct kern_kv_tiers *t = f->k;
    if (f->queries == 1 && t->kept)
        g.window = t->kept;
    kern_flash_tiers_ref(&g);
}

/* With both tiers changed by `change`. */
static void with_tiers(const struct kern_flash *f, void (*change)(struct kern_kv_tiers *t))
{
    struct kern_flash g = *f;
    struct kern_kv_tiers k = *(const struct kern_kv_tiers *)f->k, v = *(const struct kern_kv_tiers *)f->v;
    change(&k);
    change(&v);
    g.k = &k;
    g.v = &v;
    kern_flash_tiers_ref(&g);
}

/* One position too many is taken from the store. */
static void shift(struct kern_kv_tiers *t)
{
    if (t->stored < t->store_room && t->kept)
        t->stored++;
}

static void flash_tiers_shifted(const struct kern_flash *f)
{
    with_tiers(f, shift);
}

/* Heads of the store as far apart as they have positions, not as they have room. */
static void pack(struct kern_kv_tiers *t)
{
    t->store_room = t->stored;
}

static void flash_tiers_no_room(const struct kern_flash *f)
{
    with_tiers(f, pack);
}

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

#endif
