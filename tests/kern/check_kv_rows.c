/* SPDX-License-Identifier: Apache-2.0
 * Checks of kv_append and kv_load of every type: bits of what is stored, gaps between rows, and the way back. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kern/check.h"

enum { ROWS = 5, WIDE = KERN_HEAD_MOST + 64 };

struct type {
    const char *name;
    size_t bytes;
};

/* The bf16 nearest to f, found among neighbours by their distance; ties to the even one. */
static uint16_t nearest_bf16(float f)
{
    uint32_t low = float_bits(f) >> 16, best = low;
    double distance = INFINITY;

    if (isnan(f))
        return (uint16_t)(low | 0x40u);
    for (uint32_t h = low; h <= low + 1; h++) {
        uint32_t bits = h << 16;
        float g;
        memcpy(&g, &bits, sizeof g);
        double x = isinf(g) && !isinf(f) ? copysign(0x1p128, (double)g) : (double)g; /* what would follow the largest */
        double d = isinf(f) ? (h == low ? 0 : 1) : fabs(x - (double)f);
        if (d < distance || (d == distance && h % 2 == 0)) {
            distance = d;
            best = h;
        }
    }
    return (uint16_t)best;
}

/* What element i of a row must be, as bits. */
static uint32_t wanted(const struct type *t, const float *x, size_t i, float largest)
{
    if (strcmp(t->name, "f32") == 0)
        return float_bits(x[i]);
    if (strcmp(t->name, "f16") == 0)
        return kern_f32_to_f16(x[i]);
    if (strcmp(t->name, "bf16") == 0)
        return nearest_bf16(x[i]);
    float by = largest > 0 ? 127 / largest : 0, product = x[i] * by;
    double down = floor((double)product), off = (double)product - down;
    int n = (int)down;
    return (uint8_t)(off > 0.5 || (off == 0.5 && n % 2 != 0) ? n + 1 : n);
}

static uint32_t stored(const struct type *t, const void *cache, size_t i)
{
    if (t->bytes == 4)
        return float_bits(((const float *)cache)[i]);
    return t->bytes == 2 ? ((const uint16_t *)cache)[i] : ((const uint8_t *)cache)[i];
}

/* Rows of ordinary, tiny, huge and mixed numbers, halves between two, and (not for i8) NaN and infinities. */
static void fill(const struct type *t, float *x, size_t n, int kind, uint64_t *state)
{
    static const float odd[] = {
        NAN, INFINITY, -INFINITY, -0.0f, 65520, 65519, 0x1p-24f, 0x1p-25f, 0x1.8p-25f, 3.4e38f
    };

    input_fill(x, n, (enum input_class)(kind % IN_CLASSES), state);
    for (size_t i = 0; i < n && kind % 3 == 1; i++) /* halfway between two: the lower bits are 1 and then zeros */
        x[i] = ldexpf((float)(2 * (int)rnd_below(state, 4096) + 1), -8 - (t->bytes == 1));
    for (size_t i = 0; i < n && kind % 3 == 2 && t->bytes != 1; i++) {
        uint32_t bits = (uint32_t)rnd(state);
        if (i % 3 == 0)
            x[i] = odd[rnd_below(state, sizeof odd / sizeof *odd)];
        else
            memcpy(&x[i], &bits, sizeof bits);
    }
}

static float largest(const float *x, size_t n)
{
    float most = 0;

    for (size_t i = 0; i < n; i++)
        most = fmaxf(most, fabsf(x[i]));
    return most < 0x1p-100f ? 0 : most;
}

static bool is_gap(const struct kern_kv_rows *c, size_t i)
{
    return i % c->step >= c->dim;
}

static void check_append(struct checks *c, const struct type *t, kern_kv_append_f32_fn *fn, size_t dim, int kind,
                         uint64_t *state)
{
    size_t step = dim * (1 + rnd_below(state, 3)), n = (ROWS - 1) * step + dim, rows = (ROWS - 1) * (step / dim) + 1;
    struct guard cache = guard_new(n * t->bytes, rnd_below(state, 16) * t->bytes);
    struct guard scale = guard_new(rows * 4, 12);
    struct kern_kv_rows r = { cache.data, (float *)(void *)scale.data, ROWS, dim, step };
    struct fence from = fence_new(ROWS * WIDE * 4);
    float *x = fence_end(&from, ROWS * dim * 4);
    unsigned char *before = malloc(n * t->bytes);
    size_t wrong = 0, gaps = 0, scales = 0;

    fill(t, x, ROWS * dim, kind, state);
    memcpy(before, cache.data, n * t->bytes);
    fn(&r, x);
    for (size_t i = 0; i < n; i++) {
        const float *row = x + i / step * dim;
        if (is_gap(&r, i))
            gaps += memcmp(before + i * t->bytes, cache.data + i * t->bytes, t->bytes) != 0;
        else
            wrong += stored(t, cache.data, i) != wanted(t, row, i % step, largest(row, dim));
    }
    for (size_t i = 0; i < ROWS && t->bytes == 1; i++)
        scales += float_bits(r.scale[i * (step / dim)]) != float_bits(largest(x + i * dim, dim) / 127);
    check_that(c, wrong == 0 && scales == 0, "dim=%zu step=%zu kind=%d: %zu elements and %zu scales are wrong", dim,
               step, kind, wrong, scales);
    check_that(c, gaps == 0 && guard_ok(&cache) && guard_ok(&scale), "dim=%zu step=%zu: wrote outside the rows", dim,
               step);
    guard_free(&cache);
    guard_free(&scale);
    fence_free(&from);
    free(before);
}

static void check_load(struct checks *c, const struct type *t, kern_kv_load_f32_fn *fn, size_t dim, uint64_t *state)
{
    size_t step = dim * (1 + rnd_below(state, 3)), n = (ROWS - 1) * step + dim, rows = (ROWS - 1) * (step / dim) + 1;
    struct fence from = fence_new(ROWS * WIDE * 4 * 3), scale = fence_new(rows * 4);
    struct guard to = guard_new(ROWS * dim * 4, rnd_below(state, 16) * 4);
    struct kern_kv_rows r = { fence_end(&from, n * t->bytes), fence_end(&scale, rows * 4), ROWS, dim, step };
    float *y = (float *)(void *)to.data;
    size_t wrong = 0;

    for (size_t i = 0; i < n * t->bytes; i++)
        ((unsigned char *)r.cache)[i] = (unsigned char)rnd(state);
    for (size_t i = 0; i < rows; i++)
        r.scale[i] = rnd_float(state);
    fn(y, &r);
    for (size_t i = 0; i < n; i++) {
        uint32_t bits = stored(t, r.cache, i);
        float want, scaled = r.scale[i / step * (step / dim)];
        uint32_t wide = t->bytes == 4 ? bits : bits << 16;
        memcpy(&want, &wide, sizeof want);
        if (strcmp(t->name, "f16") == 0)
            want = kern_f16_to_f32((uint16_t)bits);
        if (t->bytes == 1)
            want = (float)(int8_t)bits * scaled;
        wrong += !is_gap(&r, i) && !same_float(y[i / step * dim + i % step], want);
    }
    check_that(c, wrong == 0, "dim=%zu step=%zu: %zu elements are not what the cache holds", dim, step, wrong);
    check_that(c, guard_ok(&to), "dim=%zu step=%zu: wrote outside y", dim, step);
    fence_free(&from);
    fence_free(&scale);
    guard_free(&to);
}

static struct type type_of(const struct kern_variant *v)
{
    size_t bytes = strcmp(v->dtype, "f32") == 0 ? 4 : strcmp(v->dtype, "i8") == 0 ? 1 : 2;
    return (struct type){ v->dtype, bytes };
}

void check_kv_append_variant(struct checks *c, const struct kern_variant *v)
{
    uint64_t state = check_seed(c, "kv_append");
    struct type t = type_of(v);

    for (size_t dim = 16; dim <= 256; dim += 16)
        for (int kind = 0; kind < 3 * IN_CLASSES; kind++)
            check_append(c, &t, (kern_kv_append_f32_fn *)v->fn, dim, kind, &state);
    check_append(c, &t, (kern_kv_append_f32_fn *)v->fn, KERN_HEAD_MOST, 0, &state);
    ((kern_kv_append_f32_fn *)v->fn)(&(struct kern_kv_rows){ NULL, NULL, 0, 16, 16 }, NULL);
}

void check_kv_load_variant(struct checks *c, const struct kern_variant *v)
{
    uint64_t state = check_seed(c, "kv_load");
    struct type t = type_of(v);

    for (size_t dim = 16; dim <= KERN_HEAD_MOST; dim += 16)
        for (int i = 0; i < 8; i++)
            check_load(c, &t, (kern_kv_load_f32_fn *)v->fn, dim, &state);
}

void check_kv_rows(struct checks *c)
{
    static const char *const types[] = { "f32", "f16", "bf16", "i8" };

    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        check_variants(c, "kv_append", types[i], check_kv_append_variant);
        check_variants(c, "kv_load", types[i], check_kv_load_variant);
    }
}
