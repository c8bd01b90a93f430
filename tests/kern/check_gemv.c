/* SPDX-License-Identifier: Apache-2.0
 * Checks of gemv/f32, gemv/f16 and gemv/bf16. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kern/check.h"

/* All m up to two groups of rows and a rest; all k up to twice the widest step (2 vectors of 16) and all tails. */
enum { SMALL_M = 11, SMALL_K = 2 * 32 + 3, ROOM = 600 * 600 };
static const struct shape {
    size_t m, k;
} big[] = { { 384, 384 }, { 33, 1000 }, { 1, 4097 }, { 1000, 1 }, { 517, 129 } };

struct gemv {
    kern_gemv_f32_fn *fn;
    struct fence fa, fx;
    uint64_t state;
};

/* 1 if row a times x is y within the bound of dot. */
static bool row_right(const float *a, const float *x, size_t k, float y)
{
    double want = 0, size = 0;

    for (size_t j = k; j-- > 0;) {
        want += (double)a[j] * (double)x[j];
        size += fabs((double)a[j] * (double)x[j]);
    }
    return fabs((double)y - want) <= (double)(k + 1) * (UNIT * size + TINY);
}

static void one_shape(struct checks *c, struct gemv *g, struct shape s, enum input_class class, size_t offset)
{
    float *a = fence_end(&g->fa, s.m * s.k * 4), *x = fence_end(&g->fx, s.k * 4);
    struct guard out = guard_new(s.m * 4, offset * 4);
    float *y = (float *)(void *)out.data;
    size_t wrong = 0, split = 0;

    input_fill(a, s.m * s.k, class, &g->state);
    input_fill(x, s.k, class, &g->state);
    g->fn(y, a, x, s.m, s.k);
    for (size_t i = 0; i < s.m; i++) {
        float alone[3] = { 0 };
        g->fn(alone + 1, a + i * s.k, x, 1, s.k);
        wrong += !row_right(a + i * s.k, x, s.k, y[i]);
        split += !same_float(alone[1], y[i]) || alone[0] != 0 || alone[2] != 0;
    }
    check_that(c, wrong == 0, "m=%zu k=%zu %s offset=%zu: %zu rows are wrong", s.m, s.k, input_name(class), offset,
               wrong);
    check_that(c, split == 0, "m=%zu k=%zu: %zu rows alone are not what they are in company", s.m, s.k, split);
    check_that(c, guard_ok(&out), "m=%zu k=%zu offset=%zu: wrote outside y", s.m, s.k, offset);
    guard_free(&out);
}

/* A NaN in one row is in that row's answer and in no other. */
static void special(struct checks *c, struct gemv *g, struct shape s)
{
    float *a = fence_end(&g->fa, s.m * s.k * 4), *x = fence_end(&g->fx, s.k * 4);
    float room[SMALL_M + 2], *y = room + 1;
    size_t wrong = 0;

    input_fill(a, s.m * s.k, IN_UNIFORM, &g->state);
    input_fill(x, s.k, IN_UNIFORM, &g->state);
    for (size_t at = 0; at < s.m * s.k; at++) {
        float keep = a[at];
        a[at] = at % 2 ? NAN : INFINITY;
        x[at % s.k] = 1;
        g->fn(y, a, x, s.m, s.k);
        for (size_t i = 0; i < s.m; i++)
            wrong += i == at / s.k ? !same_float(y[i], a[at]) : !isfinite(y[i]);
        a[at] = keep;
    }
    check_that(c, wrong == 0, "m=%zu k=%zu: NaN or infinity in %zu wrong places", s.m, s.k, wrong);
}

void check_gemv_variant(struct checks *c, const struct kern_variant *v)
{
    struct gemv g = { .fn = (kern_gemv_f32_fn *)v->fn,
                      .fa = fence_new(ROOM * 4),
                      .fx = fence_new(ROOM * 4),
                      .state = check_seed(c, "gemv") };

    for (size_t m = 0; m <= SMALL_M; m++)
        for (size_t k = 0; k <= SMALL_K; k++)
            one_shape(c, &g, (struct shape){ m, k }, (enum input_class)(k % IN_CLASSES), (m + k) % 16);
    for (size_t i = 0; i < sizeof big / sizeof *big; i++)
        one_shape(c, &g, big[i], IN_UNIFORM, i);
    for (size_t i = 0; i < 64; i++) {
        struct shape s = { rnd_below(&g.state, 60), rnd_below(&g.state, 400) };
        one_shape(c, &g, s, (enum input_class)(i % IN_CLASSES), i % 16);
    }
    for (size_t k = 1; k <= SMALL_K; k += 1 + k / 2)
        special(c, &g, (struct shape){ 1 + k % SMALL_M, k });
    fence_free(&g.fa);
    fence_free(&g.fx);
}

/* --- matrices of 16 bits ------------------------------------------------------------------------------------------*/

struct half {
    kern_gemv_f16_fn *fn;
    float (*widen)(uint16_t h);
    uint16_t (*narrow)(float f);
    struct fence fa, fx;
    uint64_t state;
};

/* The product of the widened matrix is what is wanted: all is checked as for floats, and each row alone. */
static void half_shape(struct checks *c, struct half *g, struct shape s, enum input_class class, size_t offset)
{
    size_t count = s.m * s.k, wrong = 0, split = 0;
    uint16_t *a = fence_end(&g->fa, count * 2);
    float *x = fence_end(&g->fx, s.k * 4), *wide = malloc(count * sizeof *wide + 1), alone;
    struct guard out = guard_new(s.m * 4, offset * 4);
    float *y = (float *)(void *)out.data;

    if (!wide)
        abort();
    input_fill(wide, count, class, &g->state);
    input_fill(x, s.k, class, &g->state);
    for (size_t i = 0; i < count; i++) {
        a[i] = g->narrow(wide[i]);
        if ((a[i] & 0x7c00) == 0x7c00) /* beyond binary16's range; any finite number will do */
            a[i] &= 0xbfff;
        wide[i] = g->widen(a[i]);
    }
    g->fn(y, a, x, s.m, s.k);
    for (size_t i = 0; i < s.m; i++) {
        g->fn(&alone, a + i * s.k, x, 1, s.k);
        wrong += !row_right(wide + i * s.k, x, s.k, y[i]);
        split += !same_float(alone, y[i]);
    }
    check_that(c, wrong == 0, "m=%zu k=%zu %s offset=%zu: %zu rows are wrong", s.m, s.k, input_name(class), offset,
               wrong);
    check_that(c, split == 0, "m=%zu k=%zu: %zu rows alone are not what they are in company", s.m, s.k, split);
    check_that(c, guard_ok(&out), "m=%zu k=%zu offset=%zu: wrote outside y", s.m, s.k, offset);
    guard_free(&out);
    free(wide);
}

/* Every one of the 65,536 numbers, times 1 among zeros, is itself. */
static void half_each(struct checks *c, struct half *g, size_t k)
{
    uint16_t *a = fence_end(&g->fa, k * 2);
    float *x = fence_end(&g->fx, k * 4), y;
    size_t wrong = 0;

    for (uint32_t h = 0; h < 65536; h++) {
        size_t at = h % k;
        memset(a, 0, k * 2);
        for (size_t j = 0; j < k; j++)
            x[j] = j == at ? 1 : 0;
        a[at] = (uint16_t)h;
        g->fn(&y, a, x, 1, k);
        float want = g->widen((uint16_t)h);
        wrong += isnan(want) ? isnan(y) == 0 : y != want;
    }
    check_that(c, wrong == 0, "k=%zu: %zu numbers are read wrongly", k, wrong);
}

void check_gemv_half_variant(struct checks *c, const struct kern_variant *v)
{
    bool f16 = strcmp(v->dtype, "bf16") != 0;
    struct half g = { .fn = (kern_gemv_f16_fn *)v->fn,
                      .widen = f16 ? kern_f16_to_f32 : kern_bf16_to_f32,
                      .narrow = f16 ? kern_f32_to_f16 : kern_f32_to_bf16,
                      .fa = fence_new(ROOM * 4),
                      .fx = fence_new(ROOM * 4),
                      .state = check_seed(c, v->dtype) };

    for (size_t m = 0; m <= SMALL_M; m++)
        for (size_t k = 0; k <= SMALL_K; k++)
            half_shape(c, &g, (struct shape){ m, k }, (enum input_class)(k % IN_CLASSES), (m + k) % 16);
    for (size_t i = 0; i < sizeof big / sizeof *big; i++)
        half_shape(c, &g, big[i], IN_UNIFORM, i);
    for (size_t i = 0; i < 64; i++) {
        struct shape s = { rnd_below(&g.state, 60), rnd_below(&g.state, 400) };
        half_shape(c, &g, s, (enum input_class)(i % IN_CLASSES), i % 16);
    }
    half_each(c, &g, 37);
    half_each(c, &g, 5);
    fence_free(&g.fa);
    fence_free(&g.fx);
}

void check_gemv(struct checks *c)
{
    check_variants(c, "gemv", "f32", check_gemv_variant);
    check_variants(c, "gemv", "f16", check_gemv_half_variant);
    check_variants(c, "gemv", "bf16", check_gemv_half_variant);
}
