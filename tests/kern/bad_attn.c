/* SPDX-License-Identifier: Apache-2.0
 * Attention and flash attention that are wrong on purpose; see bad.c. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kern/bad.h"

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
    size_t row = f->dim / 32, blocks = 0; /* up to the last that is read */
    if (f->kv_heads && f->positions)
        blocks = ((f->kv_heads - 1) * f->kv_head + (f->positions - 1) * f->kv_step + f->dim) / 32;
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

const struct bad_kernel bad_attn[] = {
    BAD(check_attention_variant, attn_skips_last),
    BAD(check_attention_variant, attn_forgets_scale),
    BAD(check_attention_variant, attn_without_maximum),
    BAD(check_attention_variant, attn_coarse_exp),
    BAD(check_attention_variant, attn_writes_after),
    BAD(check_attention_variant, attn_reads_beyond),
    BAD(check_attention_variant, attn_hides_nan),
    BAD(check_flash_f32_variant, flash_ignores_window),
    BAD(check_flash_f32_variant, flash_sees_next),
    BAD(check_flash_f32_variant, flash_page_in_order),
    BAD(check_flash_f32_variant, flash_wrong_group),
    BAD(check_flash_f32_variant, flash_wrong_step),
    BAD(check_flash_f32_variant, flash_first_block_only),
    BAD(check_flash_f32_variant, flash_writes_gap),
    BAD(check_flash_f32_variant, flash_mixes_heads),
    BAD(check_flash_i8_variant, flash_forgets_v_scale),
    BAD(check_flash_f16_variant, flash_bf16_as_f16),
    BAD(check_flash_q4_0_variant, flash_q4_swaps_halves),
    BAD(check_flash_q8_0_variant, flash_q8_one_scale),
    BAD(check_flash_tiers_variant, flash_tiers_tail_only),
    BAD(check_flash_tiers_variant, flash_tiers_shifted),
    BAD(check_flash_tiers_variant, flash_tiers_no_room),
    BAD_END,
};

const struct bad_kernel right_attn[] = {
    BAD(check_attention_variant, kern_attention_f32_ref),
    BAD(check_flash_f32_variant, kern_flash_f32_ref),
    BAD(check_flash_i8_variant, kern_flash_i8_ref),
    BAD(check_flash_q8_0_variant, kern_flash_q8_0_ref),
    BAD(check_flash_q4_0_variant, kern_flash_q4_0_ref),
    BAD(check_flash_tiers_variant, kern_flash_tiers_ref),
    BAD_END,
};
