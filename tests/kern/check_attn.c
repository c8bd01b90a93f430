/* SPDX-License-Identifier: Apache-2.0
 * Checks of attention/f32. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kern/check.h"

enum { SMALL = 3 * 16 + 3, BIG = 5000, WIDE = KERN_HEAD_MOST };
static const size_t dims[] = { 16, 32, 48, 64, 80, 96, 112, 128, 144, 256, WIDE };
enum { NDIMS = sizeof dims / sizeof *dims };

struct attn {
    kern_attention_f32_fn *fn;
    struct fence q, k, v, work;
    double *score; /* BIG */
    uint64_t state;
};

struct shape {
    size_t n, dim;
    float scale;
};

static double one_score(const float *q, const float *k, const struct shape *s, double *size)
{
    double sum = 0, all = 0;

    for (size_t i = s->dim; i-- > 0;) { /* backwards: another order than any kernel's */
        sum += (double)q[i] * (double)k[i];
        all += fabs((double)q[i] * (double)k[i]);
    }
    *size = fmax(*size, all * fabs((double)s->scale));
    return sum * (double)s->scale;
}

/* Calls the kernel and judges each out against the definition, within the bound of kern/attn.h. */
static void judge(struct checks *c, const struct attn *a, const float *q, const float *k, const float *v,
                  const struct shape *s, const char *what)
{
    struct guard out = guard_new(s->dim * 4, 4 * (s->n % 16));
    float *got = (float *)(void *)out.data, *work = fence_end(&a->work, kern_attention_floats(s->n) * 4);
    double top = -INFINITY, size = 0, total = 0;

    a->fn(got, q, k, v, s->n, s->dim, s->scale, work);
    for (size_t j = 0; j < s->n; j++) {
        a->score[j] = one_score(q, k + j * s->dim, s, &size);
        top = fmax(top, a->score[j]);
    }
    for (size_t j = s->n; j-- > 0;)
        total += a->score[j] = exp(a->score[j] - top);
    for (size_t i = 0; i < s->dim; i++) {
        double want = 0, mixed = 0, largest = 0;
        for (size_t j = s->n; j-- > 0;) {
            double x = (double)v[j * s->dim + i];
            want += a->score[j] * x / total;
            mixed += a->score[j] * fabs(x) / total;
            largest = fmax(largest, fabs(x));
        }
        double n = (double)s->n, d = (double)s->dim;
        double most = ((2 * d + 8) * size + n + 16) * UNIT * mixed + n * 0x1p-125 * (largest + 1);
        check_that(c, fabs((double)got[i] - want) <= most, "n=%zu dim=%zu %s out[%zu]: got %.9g, want %.9g within %.3g",
                   s->n, s->dim, what, i, (double)got[i], want, most);
    }
    check_that(c, guard_ok(&out), "n=%zu dim=%zu %s: wrote outside out", s->n, s->dim, what);
    guard_free(&out);
}

static void scaled(float *x, size_t n, float by, uint64_t *state)
{
    input_fill(x, n, IN_UNIFORM, state);
    for (size_t i = 0; i < n; i++)
        x[i] *= by;
}

/* Scores that are all alike, ordinary, large (only one or two weights count) and far below zero. */
static void one_shape(struct checks *c, struct attn *a, size_t n, size_t dim)
{
    static const float by[] = { 0, 1, 8, 300 };
    struct shape s = { n, dim, 1 / sqrtf((float)dim) };
    float *q = fence_end(&a->q, dim * 4);

    for (size_t i = 0; i < sizeof by / sizeof *by; i++) {
        float *k = i % 2 ? fence_start(&a->k, n * dim * 4) : fence_end(&a->k, n * dim * 4);
        float *v = fence_end(&a->v, n * dim * 4);
        scaled(q, dim, by[i], &a->state);
        input_fill(k, n * dim, i == 3 ? IN_EQUAL : IN_UNIFORM, &a->state);
        input_fill(v, n * dim, (enum input_class)((n + i) % IN_CLASSES), &a->state);
        if (i == 2)
            scaled(v, n * dim, 1, &a->state);
        judge(c, a, q, k, v, &s, i == 0 ? "no scores" : i == 3 ? "equal" : "uniform");
    }
}

static void every_offset(struct checks *c, struct attn *a)
{
    struct shape s = { 19, 48, -0.3f };

    for (size_t at = 0; at < 64; at++) {
        float *q = (float *)fence_start(&a->q, 256 * 4) + at % 16;
        float *k = (float *)fence_start(&a->k, 19 * 64 * 4) + at / 4;
        float *v = (float *)fence_start(&a->v, 19 * 64 * 4) + (at * 5) % 16;
        scaled(q, s.dim, 1, &a->state);
        scaled(k, s.n * s.dim, 1, &a->state);
        scaled(v, s.n * s.dim, 1, &a->state);
        judge(c, a, q, k, v, &s, "misaligned");
    }
}

/* The exponential by itself: two positions, whose scores differ by x, weigh 1 and e^-x. */
static void exponential(struct checks *c, struct attn *a)
{
    enum { STEPS = 20000 };
    float *q = fence_end(&a->q, 64), *k = fence_end(&a->k, 128), *v = fence_end(&a->v, 128), out[32];
    float *work = fence_end(&a->work, kern_attention_floats(2) * 4);
    double worst = 0;

    memset(q, 0, 64);
    memset(k, 0, 128);
    memset(v, 0, 128);
    q[5] = 1;
    v[16 + 3] = 1;
    for (int i = 0; i <= STEPS; i++) {
        k[16 + 5] = (float)(-87.0 * i / STEPS);
        a->fn(out, q, k, v, 2, 16, 1, work);
        double e = exp((double)k[16 + 5]), want = e / (1 + e);
        worst = fmax(worst, fabs((double)out[3] - want) / want / UNIT);
    }
    check_that(c, worst <= 6, "e^-x is off by %.2f u: 3 of the exponential, 3 of the division", worst);
    for (float x = 100; x < 1e38f; x *= 3) {
        k[16 + 5] = -x;
        a->fn(out, q, k, v, 2, 16, 1, work);
        check_that(c, out[3] >= 0 && out[3] <= 0x1p-143f, "e^-%g is %g", (double)x, (double)out[3]);
    }
}

/* A NaN in q or k is seen everywhere, one in v only in its column. */
static void special(struct checks *c, struct attn *a, size_t n, size_t dim)
{
    float *q = fence_end(&a->q, dim * 4), *k = fence_end(&a->k, n * dim * 4), *v = fence_end(&a->v, n * dim * 4);
    float *work = fence_end(&a->work, kern_attention_floats(n) * 4), out[WIDE];

    scaled(q, dim, 1, &a->state);
    scaled(k, n * dim, 1, &a->state);
    scaled(v, n * dim, 1, &a->state);
    for (int t = 0; t < 60; t++) {
        size_t i = rnd_below(&a->state, dim), j = rnd_below(&a->state, n);
        float *x = t % 3 == 0 ? &q[i] : t % 3 == 1 ? &k[j * dim + i] : &v[j * dim + i], keep = *x;
        size_t wrong = 0;
        *x = NAN;
        a->fn(out, q, k, v, n, dim, 0.1f, work);
        *x = keep;
        for (size_t o = 0; o < dim; o++)
            wrong += !isnan(out[o]) != (t % 3 == 2 && o != i);
        check_that(c, wrong == 0, "n=%zu dim=%zu: a NaN in %c is wrong in %zu places", n, dim, "qkv"[t % 3], wrong);
    }
}

void check_attention_variant(struct checks *c, const struct kern_variant *v)
{
    size_t bytes = (size_t)BIG * 128 * 4;
    struct attn a = { .fn = (kern_attention_f32_fn *)v->fn,
                      .q = fence_new(4096),
                      .k = fence_new(bytes),
                      .v = fence_new(bytes),
                      .work = fence_new(kern_attention_floats(BIG) * 4),
                      .score = malloc(BIG * sizeof(double)),
                      .state = check_seed(c, "attention") };

    for (size_t n = 0; n <= SMALL; n++)
        one_shape(c, &a, n, dims[n % NDIMS]);
    for (size_t i = 0; i < NDIMS; i++)
        one_shape(c, &a, 1 + i, dims[i]);
    for (size_t i = 0; i < 30; i++)
        one_shape(c, &a, rnd_below(&a.state, 300), 16 + 16 * rnd_below(&a.state, 16));
    one_shape(c, &a, BIG, 128);
    every_offset(c, &a);
    exponential(c, &a);
    special(c, &a, 1, 16);
    special(c, &a, 37, 80);
    fence_free(&a.q);
    fence_free(&a.k);
    fence_free(&a.v);
    fence_free(&a.work);
    free(a.score);
}

void check_attention(struct checks *c)
{
    check_variants(c, "attention", "f32", check_attention_variant);
}
