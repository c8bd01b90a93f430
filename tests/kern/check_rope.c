/* SPDX-License-Identifier: Apache-2.0
 * Checks of rope/f32, rope_table/f32 and rope_apply/f32. */
#include <math.h>
#include <string.h>

#include "tests/kern/check.h"

enum { ROOM = 140 * 4 * 256, FREQS = 256 };

struct rig {
    const struct kern_variant *v;
    struct fence fx, ff, ft;
    uint64_t state;
};

/* Positions at the start, in the middle, and at the end of what the contract allows. */
static const size_t positions[] = { 0, 1, 1000, 4095, 131071, 777777, 1048576 - 140 };

/* The exact product of the contract, in double. */
static double angle_of(const float *freq, size_t i, size_t pos)
{
    return (double)pos * (double)freq[i];
}

/* One pair of one head: its place in x, its cosine and sine, and what they may be off by. */
struct pair {
    size_t a, b;
    double c, s, off;
};

static struct pair pair_of(const struct kern_rope *r, size_t t, size_t h, size_t i)
{
    size_t head = (t * r->heads + h) * r->dim;
    bool pairs = r->layout == KERN_ROPE_PAIRS;
    return (struct pair){ head + (pairs ? 2 * i : i), head + (pairs ? 2 * i + 1 : i + r->dim / 2), 0, 0, 0 };
}

static bool pair_is_right(const struct pair *p, const float *got, const float *was)
{
    double a = (double)was[p->a], b = (double)was[p->b];
    double first = a * p->c - b * p->s, second = b * p->c + a * p->s;
    double size = (4 * UNIT) * (fabs(a * p->c) + fabs(b * p->s)) + p->off * (fabs(a) + fabs(b)) + 4 * TINY;
    double other = (4 * UNIT) * (fabs(b * p->c) + fabs(a * p->s)) + p->off * (fabs(a) + fabs(b)) + 4 * TINY;
    return fabs((double)got[p->a] - first) <= size && fabs((double)got[p->b] - second) <= other;
}

/* Turns `was` by frequencies from pos on, or by a table, and judges every pair. */
static void judge(struct checks *c, const struct rig *g, const struct kern_rope *r, const float *freq, size_t pos,
                  const float *table, float *x, const float *was, const char *what)
{
    size_t wrong = 0;

    if (table)
        ((kern_rope_apply_f32_fn *)g->v->fn)(x, table, r);
    else
        ((kern_rope_f32_fn *)g->v->fn)(x, freq, pos, r);
    for (size_t k = 0; k < r->tokens * r->heads * (r->dim / 2); k++) {
        size_t i = k % (r->dim / 2), h = k / (r->dim / 2) % r->heads, t = k / (r->dim / 2) / r->heads;
        struct pair p = pair_of(r, t, h, i);
        p.c = table ? (double)table[t * r->dim + i] : cos(angle_of(freq, i, pos + t));
        p.s = table ? (double)table[t * r->dim + r->dim / 2 + i] : sin(angle_of(freq, i, pos + t));
        p.off = table ? 0 : 4 * UNIT;
        wrong += !pair_is_right(&p, x, was);
    }
    check_that(c, wrong == 0, "tokens=%zu heads=%zu dim=%zu layout=%d pos=%zu %s: %zu pairs are wrong", r->tokens,
               r->heads, r->dim, (int)r->layout, pos, what, wrong);
}

static void one(struct checks *c, struct rig *g, const struct kern_rope *r, size_t pos, enum input_class class)
{
    size_t n = r->tokens * r->heads * r->dim;
    bool apply = strcmp(g->v->op, "rope_apply") == 0;
    float *freq = fence_end(&g->ff, r->dim / 2 * 4), *table = fence_end(&g->ft, r->tokens * r->dim * 4);
    float *was = fence_end(&g->fx, n * 4);
    struct guard x = guard_new(n * 4, n % 16 * 4);

    kern_rope_freq(freq, r->dim, pos % 2 ? 10000 : 500000, 1);
    kern_rope_table_f32_ref(table, freq, pos, r->tokens, r->dim);
    input_fill(was, n, class, &g->state);
    memcpy(x.data, was, n * 4);
    judge(c, g, r, freq, pos, apply ? table : NULL, (float *)(void *)x.data, was, input_name(class));
    check_that(c, guard_ok(&x), "dim=%zu: wrote outside x", r->dim);
    guard_free(&x);
}

/* A NaN in one pair stays there. */
static void special(struct checks *c, struct rig *g, struct kern_rope r)
{
    bool apply = strcmp(g->v->op, "rope_apply") == 0;
    size_t n = r.tokens * r.heads * r.dim, wrong = 0;
    float freq[FREQS], table[512], x[512];

    kern_rope_freq(freq, r.dim, 10000, 1);
    kern_rope_table_f32_ref(table, freq, 3, r.tokens, r.dim);
    for (size_t k = 0; k < n / 2; k++) {
        struct pair p = pair_of(&r, 0, k / (r.dim / 2), k % (r.dim / 2));
        input_fill(x, n, IN_UNIFORM, &g->state);
        x[k % 2 ? p.a : p.b] = NAN;
        if (apply)
            ((kern_rope_apply_f32_fn *)g->v->fn)(x, table, &r);
        else
            ((kern_rope_f32_fn *)g->v->fn)(x, freq, 3, &r);
        for (size_t i = 0; i < n; i++)
            wrong += (isnan(x[i]) != 0) != (i == p.a || i == p.b);
    }
    check_that(c, wrong == 0, "dim=%zu layout=%d: a NaN in one pair makes %zu values wrong", r.dim, (int)r.layout,
               wrong);
}

static struct rig rig_new(const struct checks *c, const struct kern_variant *v)
{
    return (struct rig){ .v = v,
                         .fx = fence_new(ROOM * 4),
                         .ff = fence_new(FREQS * 4),
                         .ft = fence_new(ROOM * 4),
                         .state = check_seed(c, v->op) };
}

static void rig_free(struct rig *g)
{
    fence_free(&g->fx);
    fence_free(&g->ff);
    fence_free(&g->ft);
}

void check_rope_variant(struct checks *c, const struct kern_variant *v)
{
    struct rig g = rig_new(c, v);

    for (enum kern_rope_layout layout = KERN_ROPE_HALVES; layout <= KERN_ROPE_PAIRS; layout++) {
        for (size_t dim = 2; dim <= 72; dim += 2)
            for (size_t k = 0; k < IN_CLASSES; k++)
                one(c, &g, &(struct kern_rope){ 1 + k % 3, 1 + dim % 4, dim, layout }, positions[k % 7],
                    (enum input_class)k);
        for (size_t dim = 64; dim <= 256; dim += 64)
            for (size_t k = 0; k < sizeof positions / sizeof *positions; k++)
                one(c, &g, &(struct kern_rope){ 128, 2, dim, layout }, positions[k], IN_UNIFORM);
        for (size_t k = 0; k < 20; k++)
            one(c, &g,
                &(struct kern_rope){ 1 + rnd_below(&g.state, 40), 1 + rnd_below(&g.state, 4),
                                     2 + 2 * rnd_below(&g.state, 100), layout },
                rnd_below(&g.state, 1000000), IN_UNIFORM);
        special(c, &g, (struct kern_rope){ 1, 2, 74, layout });
        one(c, &g, &(struct kern_rope){ 0, 2, 64, layout }, 0, IN_UNIFORM);
        one(c, &g, &(struct kern_rope){ 2, 0, 64, layout }, 0, IN_UNIFORM);
        one(c, &g, &(struct kern_rope){ 2, 2, 0, layout }, 0, IN_UNIFORM);
    }
    rig_free(&g);
}

/* All of a table, at any frequencies up to 1 and of either sign. */
static void table_one(struct checks *c, struct rig *g, size_t dim, size_t count, size_t pos)
{
    struct guard out = guard_new(count * dim * 4, dim % 16 * 4);
    float *freq = fence_end(&g->ff, dim / 2 * 4), *table = (float *)(void *)out.data;
    size_t wrong = 0;
    double worst = 0;

    kern_rope_freq(freq, dim, 10000, 1);
    for (size_t i = 0; i < dim / 2 && count % 2; i++)
        freq[i] = rnd_float(&g->state);
    ((kern_rope_table_f32_fn *)g->v->fn)(table, freq, pos, count, dim);
    for (size_t t = 0; t < count; t++)
        for (size_t i = 0; i < dim / 2; i++) {
            double angle = angle_of(freq, i, pos + t);
            double off = fmax(fabs((double)table[t * dim + i] - cos(angle)),
                              fabs((double)table[t * dim + dim / 2 + i] - sin(angle)));
            wrong += !(off <= 4 * UNIT);
            worst = fmax(worst, off);
        }
    check_that(c, wrong == 0, "dim=%zu count=%zu pos=%zu: %zu values are wrong, by up to %.2f u", dim, count, pos,
               wrong, worst / UNIT);
    check_that(c, guard_ok(&out), "dim=%zu: wrote outside the table", dim);
    guard_free(&out);
}

void check_rope_table_variant(struct checks *c, const struct kern_variant *v)
{
    struct rig g = rig_new(c, v);

    for (size_t dim = 0; dim <= 72; dim += 2)
        for (size_t k = 0; k < sizeof positions / sizeof *positions; k++)
            table_one(c, &g, dim, dim % 5, positions[k]);
    for (size_t k = 0; k < sizeof positions / sizeof *positions; k++) {
        table_one(c, &g, 128, 140, positions[k]);
        table_one(c, &g, 256, 139, positions[k]);
    }
    for (size_t k = 0; k < 100; k++)
        table_one(c, &g, 256, 101, rnd_below(&g.state, 1000000));
    rig_free(&g);
}

void check_rope(struct checks *c)
{
    check_variants(c, "rope_table", "f32", check_rope_table_variant);
    check_variants(c, "rope", "f32", check_rope_variant);
    check_variants(c, "rope_apply", "f32", check_rope_variant);
}
