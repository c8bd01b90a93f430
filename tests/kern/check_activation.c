/* SPDX-License-Identifier: Apache-2.0
 * Checks of exp/f32, silu/f32, gelu/f32, gelu_erf/f32 and swiglu/f32, and of softmax/f32. */
#include <math.h>
#include <string.h>

#include "tests/kern/check.h"

enum { SMALL = 2 * 64 + 3, ROOM = 33000, SWEEP = 16384 };

typedef void one_fn(float *y, const float *x, size_t n);

/* What the contract asks for: the value, and how far off it may be. */
struct answer {
    double value, most;
};

struct rig {
    const struct kern_variant *v;
    struct answer (*want)(double x, double u);
    bool two; /* takes two inputs */
    struct fence fx, fu;
    uint64_t state;
};

static void call(const struct rig *r, float *y, const float *x, const float *u, size_t n)
{
    if (r->two)
        ((kern_swiglu_f32_fn *)r->v->fn)(y, x, u, n);
    else
        ((one_fn *)r->v->fn)(y, x, n);
}

/* 1 / (1 + exp(-z)) without overflow. */
static double logistic(double z)
{
    return z > 0 ? 1 / (1 + exp(-z)) : exp(z) / (1 + exp(z));
}

static struct answer want_exp(double x, double u)
{
    (void)u;
    double value = exp(x);
    return (struct answer){ value, 4 * UNIT * value + TINY };
}

static struct answer want_silu(double x, double u)
{
    (void)u;
    double value = x * logistic(x);
    return (struct answer){ value, 12 * UNIT * fabs(value) + (fabs(x) + 1) * TINY };
}

static struct answer want_gelu(double x, double u)
{
    (void)u;
    double z = sqrt(2 / acos(-1)) * (x + 0.044715 * x * x * x), value = x * logistic(2 * z);
    return (struct answer){ value, (12 + 10 * fabs(z)) * UNIT * fabs(value) + (fabs(x) + 1) * TINY };
}

static struct answer want_gelu_erf(double x, double u)
{
    (void)u;
    double value = isinf(x) && x < 0 ? 0 : x / 2 * erfc(-x * sqrt(0.5));
    return (struct answer){ value, 12 * UNIT * fabs(value) + 2 * TINY };
}

static struct answer want_swiglu(double x, double u)
{
    double value = x * logistic(x) * u;
    return (struct answer){ value, 14 * UNIT * fabs(value) + ((fabs(x) + 1) * fabs(u) + 1) * TINY };
}

static const struct {
    const char *op;
    struct answer (*want)(double x, double u);
} answers[] = {
    { "exp", want_exp },           { "silu", want_silu },     { "gelu", want_gelu },
    { "gelu_erf", want_gelu_erf }, { "swiglu", want_swiglu },
};
enum { ANSWERS = sizeof answers / sizeof *answers };

/* A value beyond float's range, by the contract's bound or not, may be the largest float or infinity. */
static bool is_right(double got, struct answer a)
{
    const double limit = 0x1.fffffep+127;
    if (isnan(a.value))
        return isnan(got);
    if (fabs(a.value) + a.most > limit)
        return fabs(got) * (1 + 14 * UNIT) >= fabs(a.value) && got * a.value > 0;
    return fabs(got - a.value) <= a.most || (isnan(a.most) && fabs(got - a.value) <= 0);
}

static void judge(struct checks *c, const struct rig *r, const float *y, const float *x, const float *u, size_t n,
                  const char *what)
{
    size_t wrong = 0, first = 0;

    for (size_t i = n; i-- > 0;)
        if (!is_right((double)y[i], r->want((double)x[i], (double)u[i]))) {
            wrong++;
            first = i;
        }
    check_that(c, wrong == 0, "n=%zu %s: %zu are wrong; x[%zu]=%.9g u=%.9g: got %.9g, want %.9g", n, what, wrong, first,
               n ? (double)x[first] : 0, n ? (double)u[first] : 0, n ? (double)y[first] : 0,
               n ? r->want((double)x[first], (double)u[first]).value : 0);
}

/* in_place: 0 no, 1 over x, 2 over u. */
static void one(struct checks *c, struct rig *r, size_t n, enum input_class class, int in_place)
{
    float *x = fence_end(&r->fx, n * 4), *u = fence_end(&r->fu, n * 4), keep_x[512], keep_u[512];
    struct guard out = guard_new(n * 4, n % 16 * 4);
    float *y = (float *)(void *)out.data;

    input_fill(x, n, class, &r->state);
    for (size_t i = 0; i < n && class == IN_UNIFORM; i++)
        x[i] *= 20;
    input_fill(u, n, IN_UNIFORM, &r->state);
    memcpy(keep_x, x, n * 4);
    memcpy(keep_u, u, n * 4);
    if (in_place)
        memcpy(y, in_place == 1 ? x : u, n * 4);
    call(r, y, in_place == 1 ? y : x, in_place == 2 ? y : u, n);
    judge(c, r, y, keep_x, keep_u, n, input_name(class));
    check_that(c, guard_ok(&out), "n=%zu: wrote outside y", n);
    guard_free(&out);
}

/* Many arguments at a fixed step: all of where the function is neither 0 nor the identity, and beyond. */
static void sweep(struct checks *c, struct rig *r, float from, float to)
{
    static float x[SWEEP], u[SWEEP], y[SWEEP];

    for (size_t i = 0; i < SWEEP; i++) {
        x[i] = from + (to - from) * ((float)i + 0.5f * rnd_float(&r->state)) / SWEEP;
        u[i] = rnd_float(&r->state);
    }
    call(r, y, x, u, SWEEP);
    judge(c, r, y, x, u, SWEEP, "sweep");
}

/* Special values at every place of a vector and in the tail, with others untouched by them. */
static void special(struct checks *c, struct rig *r)
{
    static const float values[] = { NAN,  INFINITY, -INFINITY, 0.0f,   -0.0f, 88.7f, 88.73f, 89,        -87.4f,
                                    -103, -104,     -104.5f,   -1e30f, 1e30f, -1000, 1000,   0x1p-149f, -0x1p-149f };
    enum { N = 37 };
    float x[N], u[N], y[N];

    for (size_t k = 0; k < sizeof values / sizeof *values; k++)
        for (size_t at = 0; at < N; at++) {
            for (size_t i = 0; i < N; i++) {
                x[i] = i == at ? values[k] : 1;
                u[i] = i % 2 ? 0.5f : -2;
            }
            call(r, y, x, u, N);
            judge(c, r, y, x, u, N, "special");
        }
}

void check_activation_variant(struct checks *c, const struct kern_variant *v)
{
    struct rig r = { .v = v,
                     .two = strcmp(v->op, "swiglu") == 0,
                     .fx = fence_new(ROOM * 4),
                     .fu = fence_new(ROOM * 4),
                     .state = check_seed(c, v->op) };
    struct guard nothing = guard_new(0, 0);

    for (size_t i = 0; i < ANSWERS; i++)
        if (strcmp(v->op, answers[i].op) == 0)
            r.want = answers[i].want;
    for (size_t n = 1; n <= SMALL; n++)
        for (enum input_class k = 0; k < IN_CLASSES; k++)
            one(c, &r, n, k, (int)((n + k) % (r.two ? 3 : 2)));
    for (size_t i = 0; i < 20; i++)
        one(c, &r, 1 + rnd_below(&r.state, 500), IN_UNIFORM, 0);
    sweep(c, &r, -1, 1);
    sweep(c, &r, -10, 10);
    sweep(c, &r, -110, 92);
    sweep(c, &r, -15, -9); /* the far tail of GELU */
    sweep(c, &r, -1e-4f, 1e-4f);
    special(c, &r);
    call(&r, (float *)(void *)nothing.data, NULL, NULL, 0);
    check_that(c, guard_ok(&nothing), "n=0: wrote something");
    guard_free(&nothing);
    fence_free(&r.fx);
    fence_free(&r.fu);
}

/* --- softmax ------------------------------------------------------------------------------------------------------*/

static void softmax_judge(struct checks *c, const float *y, const float *x, size_t n, const char *what)
{
    double max = -INFINITY, sum = 0;
    size_t wrong = 0;

    for (size_t i = 0; i < n; i++)
        max = fmax(max, (double)x[i]);
    for (size_t i = n; i-- > 0;)
        sum += exp((double)x[i] - max);
    for (size_t i = 0; i < n; i++) {
        double below = max - (double)x[i], value = exp(-below) / sum;
        double most = isinf(below) ? 0 : ((double)n + 32 + 2 * below) * UNIT * value + 2 * TINY;
        wrong += !(fabs((double)y[i] - value) <= most);
    }
    check_that(c, wrong == 0, "n=%zu %s: %zu values are wrong", n, what, wrong);
}

static void softmax_one(struct checks *c, struct rig *r, size_t n, enum input_class class, bool in_place)
{
    float *x = fence_end(&r->fx, n * 4), *keep = fence_start(&r->fu, n * 4);
    struct guard out = guard_new(n * 4, n % 16 * 4);
    float *y = (float *)(void *)out.data;

    input_fill(x, n, class, &r->state);
    for (size_t i = 0; i < n && class == IN_UNIFORM; i++)
        x[i] = n % 2 && rnd_below(&r->state, 4) == 0 && i ? -INFINITY : x[i] * 40; /* masked here and there */
    memcpy(keep, x, n * 4);
    if (in_place)
        memcpy(y, x, n * 4);
    call(r, y, in_place ? y : x, NULL, n);
    softmax_judge(c, y, keep, n, input_name(class));
    check_that(c, guard_ok(&out), "n=%zu: wrote outside y", n);
    guard_free(&out);
}

/* The largest at every place; a NaN or infinity at every place; nothing but minus infinity. */
static void softmax_special(struct checks *c, struct rig *r, size_t n)
{
    static const float values[] = { NAN, INFINITY, 500 };
    float x[SMALL], y[SMALL];
    size_t wrong = 0;

    for (size_t at = 0; at < 3 * n; at++) {
        for (size_t i = 0; i < n; i++)
            x[i] = i % 3 ? -3 : 200; /* large enough for exp() to overflow, were the largest not found */
        x[at / 3] = values[at % 3];
        call(r, y, x, NULL, n);
        for (size_t i = 0; i < n; i++)
            wrong += at % 3 == 2 ? (size_t)(y[i] != (i == at / 3 ? 1.0f : 0.0f)) : (size_t)(isnan(y[i]) == 0);
    }
    check_that(c, wrong == 0, "n=%zu: %zu values are wrong beside a NaN, an infinity or a large number", n, wrong);
    for (size_t i = 0; i < n; i++)
        x[i] = -INFINITY;
    call(r, y, x, NULL, n);
    for (size_t i = 0; i < n; i++)
        wrong += isnan(y[i]) == 0;
    check_that(c, wrong == 0, "n=%zu: all masked does not give NaN", n);
}

void check_softmax_variant(struct checks *c, const struct kern_variant *v)
{
    static const size_t big[] = { 255, 512, 1000, 4096, 4097, 32000 };
    struct rig r = { .v = v, .fx = fence_new(ROOM * 4), .fu = fence_new(ROOM * 4), .state = check_seed(c, "softmax") };
    struct guard nothing = guard_new(0, 0);

    for (size_t n = 1; n <= SMALL; n++)
        for (enum input_class k = 0; k < IN_CLASSES; k++) {
            softmax_one(c, &r, n, k, false);
            softmax_one(c, &r, n, k, true);
        }
    for (size_t i = 0; i < sizeof big / sizeof *big; i++)
        for (enum input_class k = 0; k < IN_CLASSES; k++)
            softmax_one(c, &r, big[i], k, i % 2);
    for (size_t i = 0; i < 20; i++)
        softmax_one(c, &r, 1 + rnd_below(&r.state, 2000), IN_UNIFORM, i % 2);
    for (size_t n = 1; n < SMALL; n += 1 + n / 3)
        softmax_special(c, &r, n);
    call(&r, (float *)(void *)nothing.data, NULL, NULL, 0);
    check_that(c, guard_ok(&nothing), "n=0: wrote something");
    guard_free(&nothing);
    fence_free(&r.fx);
    fence_free(&r.fu);
}

void check_activation(struct checks *c)
{
    for (size_t i = 0; i < ANSWERS; i++)
        check_variants(c, answers[i].op, "f32", check_activation_variant);
    check_variants(c, "softmax", "f32", check_softmax_variant);
}
