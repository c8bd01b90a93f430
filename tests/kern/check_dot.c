/* SPDX-License-Identifier: Apache-2.0
 * Checks of dot/f32. */
#include <math.h>
#include <string.h>

#include "tests/kern/check.h"

/* Sizes 0..SMALL are all tried: twice the widest step (6 vectors of 16) and all tails. */
enum { SMALL = 2 * 96 + 3, BIG = 100003 };
static const size_t big[] = { 256, 384, 511, 768, 1000, 4096, 4097, BIG };

struct dot {
    kern_dot_f32_fn *fn;
    struct fence fx, fy;
    uint64_t state;
};

/* Judges the answer for n products; x and y as they are. */
static void judge(struct checks *c, const struct dot *d, const float *x, const float *y, size_t n, const char *what)
{
    double want = 0, size = 0;

    for (size_t i = n; i-- > 0;) { /* backwards: another order than any kernel's */
        want += (double)x[i] * (double)y[i];
        size += fabs((double)x[i] * (double)y[i]);
    }
    double got = (double)d->fn(x, y, n), most = (double)(n + 1) * (UNIT * size + TINY);
    check_that(c, fabs(got - want) <= most, "n=%zu %s: got %.9g, want %.9g within %.3g", n, what, got, want, most);
}

/* One size in every class of input, at the end and at the start of readable memory. */
static void one_size(struct checks *c, struct dot *d, size_t n)
{
    for (enum input_class k = 0; k < IN_CLASSES; k++) {
        float *x = k % 2 ? fence_start(&d->fx, n * 4) : fence_end(&d->fx, n * 4), *y = fence_end(&d->fy, n * 4);
        input_fill(x, n, k, &d->state);
        input_fill(y, n, k, &d->state);
        judge(c, d, x, y, n, input_name(k));
    }
}

/* Every product counts once: one 1 among zeros picks exactly its partner. */
static void one_hot(struct checks *c, struct dot *d, size_t n)
{
    float *x = fence_end(&d->fx, n * 4), *y = fence_start(&d->fy, n * 4);
    size_t wrong = 0;

    memset(x, 0, n * 4);
    for (size_t i = 0; i < n; i++)
        y[i] = (float)(i + 1);
    for (size_t i = 0; i < n; i++) {
        x[i] = 1;
        wrong += d->fn(x, y, n) != y[i];
        x[i] = 0;
    }
    check_that(c, wrong == 0, "n=%zu: %zu of %zu single products are not the answer", n, wrong, n);
}

static void every_offset(struct checks *c, struct dot *d)
{
    for (size_t at = 0; at < 256; at++) {
        size_t i = at % 16, j = at / 16;
        float *x = fence_start(&d->fx, 4096), *y = fence_start(&d->fy, 4096);
        input_fill(x, 500, IN_UNIFORM, &d->state);
        input_fill(y, 500, IN_UNIFORM, &d->state);
        judge(c, d, x + i, y + j, 195 + at % 5, "misaligned");
    }
}

/* A special value wherever it stands decides the answer. */
static void special(struct checks *c, struct dot *d, size_t n)
{
    static const struct {
        float x, y, want;
    } cases[] = { { NAN, 1, NAN },      { 1, NAN, NAN },         { INFINITY, 2, INFINITY }, { -INFINITY, 2, -INFINITY },
                  { INFINITY, 0, NAN }, { -0.0f, INFINITY, NAN } };
    float *x = fence_end(&d->fx, n * 4), *y = fence_end(&d->fy, n * 4);

    input_fill(x, n, IN_UNIFORM, &d->state);
    input_fill(y, n, IN_UNIFORM, &d->state);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        size_t wrong = 0;
        for (size_t i = 0; i < n; i++) {
            float keep_x = x[i], keep_y = y[i];
            x[i] = cases[k].x;
            y[i] = cases[k].y;
            wrong += !same_float(d->fn(x, y, n), cases[k].want);
            x[i] = keep_x;
            y[i] = keep_y;
        }
        check_that(c, wrong == 0, "n=%zu: %g * %g is ignored in %zu places", n, (double)cases[k].x, (double)cases[k].y,
                   wrong);
    }
    if (n < 2)
        return;
    x[0] = INFINITY;
    x[n - 1] = -INFINITY;
    y[0] = y[n - 1] = 1;
    check_that(c, isnan(d->fn(x, y, n)), "n=%zu: inf - inf is not NaN", n);
}

void check_dot_variant(struct checks *c, const struct kern_variant *v)
{
    struct dot d = { .fn = (kern_dot_f32_fn *)v->fn,
                     .fx = fence_new((size_t)BIG * 4),
                     .fy = fence_new((size_t)BIG * 4),
                     .state = check_seed(c, "dot") };

    for (size_t n = 0; n <= SMALL; n++) {
        one_size(c, &d, n);
        one_hot(c, &d, n);
    }
    for (size_t i = 0; i < sizeof big / sizeof *big; i++)
        one_size(c, &d, big[i]);
    for (size_t i = 0; i < 50; i++)
        one_size(c, &d, rnd_below(&d.state, 2000));
    every_offset(c, &d);
    for (size_t n = 1; n <= SMALL; n += 1 + n / 3)
        special(c, &d, n);
    check_that(c, float_bits(d.fn(NULL, NULL, 0)) == 0, "nothing does not add up to +0");
    fence_free(&d.fx);
    fence_free(&d.fy);
}

void check_dot(struct checks *c)
{
    check_variants(c, "dot", "f32", check_dot_variant);
}
