/* SPDX-License-Identifier: Apache-2.0
 * Checks of layernorm/f32. */
#include <math.h>
#include <string.h>

#include "tests/kern/check.h"

/* Sizes 1..SMALL are all tried: twice the widest step (4 vectors of 16) and all tails. */
enum { SMALL = 2 * 64 + 3, ROOM = 5000 };
static const size_t big[] = { 255, 256, 384, 768, 1000, 4096, 4097 };

struct layernorm {
    kern_layernorm_f32_fn *fn;
    struct fence fx, fw, fb;
    uint64_t state;
};

/* The exact quantities of the contract. */
struct exact {
    double mean, s, max;
};

static struct exact exact_of(const float *x, size_t n, float eps)
{
    struct exact e = { 0, 0, 0 };

    for (size_t i = n; i-- > 0;) {
        e.mean += (double)x[i] / (double)n;
        e.max = fmax(e.max, fabs((double)x[i]));
    }
    for (size_t i = n; i-- > 0;)
        e.s += pow((double)x[i] - e.mean, 2);
    e.s = sqrt(e.s / (double)n + (double)eps);
    return e;
}

/* How many of y are off by more than the contract allows. */
static size_t count_wrong(const float *y, const float *x, const float *w, const float *b, size_t n, float eps)
{
    struct exact e = exact_of(x, n, eps);
    size_t wrong = 0;

    for (size_t i = 0; i < n; i++) {
        double norm = ((double)x[i] - e.mean) / e.s, want = norm * (double)w[i] + (double)b[i];
        double size = fabs((double)w[i]) * (e.max / e.s + fabs(norm)) + fabs((double)b[i]);
        wrong += !(fabs((double)y[i] - want) <= (double)(n + 32) * UNIT * size + TINY);
    }
    return wrong;
}

/* One size and class; in place or into a guarded array `offset` floats behind a boundary. */
static void one(struct checks *c, struct layernorm *l, size_t n, enum input_class class, bool in_place)
{
    size_t offset = n % 16;
    float eps = n % 3 ? 1e-5f : 1e-12f, x[ROOM];
    float *w = fence_end(&l->fw, n * 4), *b = fence_end(&l->fb, n * 4), *src = fence_end(&l->fx, n * 4);
    struct guard out = guard_new(n * 4, offset * 4);
    float *y = (float *)(void *)out.data;

    input_fill(x, n, class, &l->state);
    input_fill(w, n, n % 2 ? IN_UNIFORM : class == IN_ZERO ? IN_ZERO : IN_MIXED, &l->state);
    input_fill(b, n, IN_UNIFORM, &l->state);
    memcpy(in_place ? y : src, x, n * 4);
    l->fn(y, in_place ? y : src, w, b, n, eps);
    size_t wrong = count_wrong(y, x, w, b, n, eps);
    check_that(c, wrong == 0, "n=%zu %s%s eps=%g: %zu values are wrong", n, input_name(class),
               in_place ? " in place" : "", (double)eps, wrong);
    check_that(c, guard_ok(&out), "n=%zu offset=%zu: wrote outside y", n, offset);
    guard_free(&out);
}

static void one_size(struct checks *c, struct layernorm *l, size_t n)
{
    for (enum input_class k = 0; k < IN_CLASSES; k++) {
        one(c, l, n, k, false);
        one(c, l, n, k, true);
    }
}

/* w and b may be x itself; eps decides where x hardly varies; all equal gives b. */
static void corners(struct checks *c, struct layernorm *l, size_t n)
{
    float *x = fence_end(&l->fx, n * 4), w[ROOM], room[ROOM + 2], *y = room + 1;

    input_fill(x, n, IN_UNIFORM, &l->state);
    l->fn(y, x, x, x, n, 1e-5f);
    check_that(c, count_wrong(y, x, x, x, n, 1e-5f) == 0, "n=%zu: wrong when w and b are x", n);
    for (size_t i = 0; i < n; i++) {
        x[i] = i % 2 ? 0.5f : 0.25f;
        w[i] = (float)i + 1;
    }
    l->fn(y, x, w, w, n, 0.75f);
    check_that(c, count_wrong(y, x, w, w, n, 0.75f) == 0, "n=%zu: wrong for a large eps", n);
    if (n < 2)
        return;
    l->fn(y, x, w, w, n, 0);
    check_that(c, count_wrong(y, x, w, w, n, 0) == 0, "n=%zu: wrong for eps = 0", n);
}

/* A NaN or infinity anywhere makes all of y NaN. */
static void special(struct checks *c, struct layernorm *l, size_t n)
{
    static const float values[] = { NAN, INFINITY, -INFINITY };
    float *x = fence_end(&l->fx, n * 4), w[SMALL], room[SMALL + 2], *y = room + 1;
    size_t wrong = 0;

    input_fill(x, n, IN_UNIFORM, &l->state);
    input_fill(w, n, IN_UNIFORM, &l->state);
    for (size_t at = 0; at < 3 * n; at++) {
        float keep = x[at / 3];
        x[at / 3] = values[at % 3];
        l->fn(y, x, w, w, n, 1e-5f);
        for (size_t i = 0; i < n; i++)
            wrong += isnan(y[i]) == 0;
        x[at / 3] = keep;
    }
    check_that(c, wrong == 0, "n=%zu: a NaN or infinity left %zu values standing", n, wrong);
}

void check_layernorm_variant(struct checks *c, const struct kern_variant *v)
{
    struct layernorm l = { .fn = (kern_layernorm_f32_fn *)v->fn,
                           .fx = fence_new(ROOM * 4),
                           .fw = fence_new(ROOM * 4),
                           .fb = fence_new(ROOM * 4),
                           .state = check_seed(c, "layernorm") };
    struct guard nothing = guard_new(0, 0);

    for (size_t n = 1; n <= SMALL; n++) {
        one_size(c, &l, n);
        corners(c, &l, n);
    }
    for (size_t i = 0; i < sizeof big / sizeof *big; i++)
        one_size(c, &l, big[i]);
    for (size_t i = 0; i < 20; i++)
        one_size(c, &l, 1 + rnd_below(&l.state, 2000));
    for (size_t n = 1; n <= SMALL; n += 1 + n / 3)
        special(c, &l, n);
    l.fn((float *)(void *)nothing.data, NULL, NULL, NULL, 0, 1e-5f);
    check_that(c, guard_ok(&nothing), "n=0: wrote something");
    guard_free(&nothing);
    fence_free(&l.fx);
    fence_free(&l.fw);
    fence_free(&l.fb);
}

void check_layernorm(struct checks *c)
{
    check_variants(c, "layernorm", "f32", check_layernorm_variant);
}
