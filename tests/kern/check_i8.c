/* SPDX-License-Identifier: Apache-2.0
 * Checks of symmetric INT8 and INT4 per channel: quantize, dequant, dot and gemv, all exact by the rule of quant.h. */
#include <math.h>
#include <string.h>

#include "tests/kern/check_quant.h"

enum { MOST_M = 9, MOST_K = 700 };
static const size_t widths[] = { 0,  1,   15,  16,  17,  31,  32,  33,  63,  64,  65,  95, 96,
                                 97, 127, 128, 129, 159, 160, 161, 192, 200, 511, 640, 700 };

/* What differs between the two. */
struct channel {
    const char *dtype;
    float top;
    size_t (*row)(size_t k); /* its bytes */
    int (*get)(const void *row, size_t i);
    void (*quantize)(void (*fn)(void), void *q, float *d, const float *x, size_t m, size_t k);
    void (*dequant)(void (*fn)(void), float *y, const void *q, const float *d, size_t m, size_t k);
    float (*dot)(void (*fn)(void), const void *q, const int8_t *x, float d, size_t k);
    void (*gemv)(void (*fn)(void), float *y, const void *q, const float *d, const float *x, size_t m, size_t k,
                 void *work);
};

static size_t row_i8(size_t k)
{
    return k;
}

static int get_i8(const void *row, size_t i)
{
    return ((const int8_t *)row)[i];
}

static size_t row_i4(size_t k)
{
    return k % 32 ? k / 32 * 16 + 16 : k / 2;
}

static int get_i4(const void *row, size_t i)
{
    int byte = ((const uint8_t *)row)[i / 32 * 16 + i % 16];

    return (i % 32 < 16 ? byte % 16 : byte / 16) - 8;
}

#define CHANNEL(type, levels)                                                                                          \
    static void quantize_##type(void (*fn)(void), void *q, float *d, const float *x, size_t m, size_t k)               \
    {                                                                                                                  \
        ((kern_quantize_##type##_fn *)fn)(q, d, x, m, k);                                                              \
    }                                                                                                                  \
    static void dequant_##type(void (*fn)(void), float *y, const void *q, const float *d, size_t m, size_t k)          \
    {                                                                                                                  \
        ((kern_dequant_##type##_fn *)fn)(y, q, d, m, k);                                                               \
    }                                                                                                                  \
    static float dot_##type(void (*fn)(void), const void *q, const int8_t *x, float d, size_t k)                       \
    {                                                                                                                  \
        return ((kern_dot_##type##_fn *)fn)(q, x, d, k);                                                               \
    }                                                                                                                  \
    static void gemv_##type(void (*fn)(void), float *y, const void *q, const float *d, const float *x, size_t m,       \
                            size_t k, void *work)                                                                      \
    {                                                                                                                  \
        ((kern_gemv_##type##_fn *)fn)(y, q, d, x, m, k, work);                                                         \
    }                                                                                                                  \
    static const struct channel type = { #type,           levels,         row_##type, get_##type,                      \
                                         quantize_##type, dequant_##type, dot_##type, gemv_##type };
CHANNEL(i8, 127)
CHANNEL(i4, 7)

struct rig {
    const struct channel *t;
    struct fence x, q, d, y, work;
    uint64_t state;
};

static struct rig rig_new(const struct checks *c, const struct channel *t)
{
    return (struct rig){ .t = t,
                         .x = fence_new(MOST_M * MOST_K * 4),
                         .q = fence_new(MOST_M * MOST_K),
                         .d = fence_new(MOST_M * 4),
                         .y = fence_new(MOST_M * MOST_K * 4),
                         .work = fence_new(4096),
                         .state = check_seed(c, t->dtype) };
}

static void rig_free(struct rig *g)
{
    fence_free(&g->x);
    fence_free(&g->q);
    fence_free(&g->d);
    fence_free(&g->y);
    fence_free(&g->work);
}

/* The levels of one row by the rule, and its scale. */
static float expect(int8_t *q, const float *x, size_t k, float top)
{
    float max = 0;

    for (size_t i = 0; i < k; i++) {
        if (!isfinite(x[i]))
            max = NAN;
        else if (fabsf(x[i]) > max)
            max = fabsf(x[i]);
    }
    memset(q, 0, k);
    if (isnan(max) || max < 0x1p-100F)
        return isnan(max) ? NAN : 0;
    volatile float scale = top / max, d = max / top;
    for (size_t i = 0; i < k; i++) {
        volatile float level = x[i] * scale;
        q[i] = (int8_t)nearbyint((double)level);
    }
    return d;
}

float quant_expect_i8(int8_t *q, const float *x, size_t k)
{
    return expect(q, x, k, 127);
}

/* Levels that are not those of the rule, 0 behind the last; and values beyond the error bound, in double precision. */
static size_t count_wrong(const struct channel *t, const void *q, const int8_t *want, size_t k)
{
    size_t wrong = 0, all = t == &i4 ? 2 * row_i4(k) : k;

    for (size_t i = 0; i < all; i++)
        wrong += t->get(q, i) != (i < k ? want[i] : 0);
    return wrong;
}

static size_t count_far(const struct channel *t, const void *q, float d, const float *x, size_t k)
{
    size_t far = 0;

    for (size_t i = 0; i < k; i++)
        if (!(fabs((double)d * t->get(q, i) - (double)x[i]) <= (0.5 + 0x1p-15) * (double)d * (1 + 0x1p-22)))
            far++;
    return far;
}

static void fill(struct rig *g, float *x, size_t m, size_t k, size_t turn)
{
    static const float special[] = { NAN, INFINITY, -INFINITY };

    for (size_t i = 0; i < m; i++)
        input_fill(x + i * k, k, (enum input_class)((turn + i) % IN_CLASSES), &g->state);
    if (turn % 3 == 0 && m > 0 && k > 0)
        x[rnd_below(&g->state, m * k)] = special[turn / 3 % 3];
}

static void quantized(struct checks *c, struct rig *g, void (*fn)(void), size_t m, size_t k, size_t turn)
{
    const struct channel *t = g->t;
    size_t row = t->row(k), wrong = 0, far = 0;
    float *x = fence_end(&g->x, m * k * 4), *d = fence_end(&g->d, m * 4);
    struct guard out = guard_new(m * row, turn % 64);
    int8_t want[MOST_K];

    fill(g, x, m, k, turn);
    t->quantize(fn, out.data, d, x, m, k);
    for (size_t i = 0; i < m; i++) {
        float scale = expect(want, x + i * k, k, t->top);
        wrong += !same_float(d[i], scale) || count_wrong(t, out.data + i * row, want, k) > 0;
        if (scale > 0)
            far += count_far(t, out.data + i * row, d[i], x + i * k, k);
    }
    check_that(c, wrong == 0, "m=%zu k=%zu: %zu rows are wrong", m, k, wrong);
    check_that(c, far == 0, "m=%zu k=%zu: %zu values are too far off", m, k, far);
    check_that(c, guard_ok(&out), "m=%zu k=%zu: wrote outside q", m, k);
    guard_free(&out);
}

/* Any bytes, those behind the last value of a row too; but no -128 of INT8. */
static void random_weights(struct rig *g, void *q, float *d, size_t m, size_t k)
{
    int8_t *bytes = q;

    for (size_t i = 0; i < m * g->t->row(k); i++)
        bytes[i] = (int8_t)(g->t == &i8 ? (int)rnd_below(&g->state, 255) - 127 : (int)rnd_below(&g->state, 256) - 128);
    input_fill(d, m, IN_MIXED, &g->state);
}

static void widened(struct checks *c, struct rig *g, void (*fn)(void), size_t m, size_t k, size_t turn)
{
    size_t row = g->t->row(k), wrong = 0;
    char *q = fence_end(&g->q, m * row);
    float *d = fence_end(&g->d, m * 4);
    struct guard out = guard_new(m * k * 4, turn * 4 % 64);
    float *y = (float *)(void *)out.data;

    random_weights(g, q, d, m, k);
    g->t->dequant(fn, y, q, d, m, k);
    for (size_t i = 0; i < m * k; i++)
        wrong += !same_float(y[i], (float)((double)d[i / k] * g->t->get(q + i / k * row, i % k)));
    check_that(c, wrong == 0, "m=%zu k=%zu: %zu values are wrong", m, k, wrong);
    check_that(c, guard_ok(&out), "m=%zu k=%zu: wrote outside y", m, k);
    guard_free(&out);
}

/* Weights at one end of their range in some turns, where sums are largest. */
static void extreme_weights(struct rig *g, void *q, size_t m, size_t k, size_t turn)
{
    static const unsigned char ends[2][2] = { { 0x7f, 0x81 }, { 0xff, 0x00 } };

    if (turn % 4 == 0)
        memset(q, ends[g->t == &i4][turn % 8 > 0], m * g->t->row(k));
}

static float expect_product(const struct channel *t, const void *q, const int8_t *x, float d, size_t k)
{
    int64_t sum = 0;

    for (size_t j = 0; j < k; j++)
        sum += t->get(q, j) * x[j];
    volatile float whole = (float)sum;
    return whole * d;
}

/* One row; where m is 1, 2, ... the vector has one value only, all the largest or all the smallest. */
static void multiplied(struct checks *c, struct rig *g, void (*fn)(void), size_t m, size_t k, size_t turn)
{
    void *q = fence_end(&g->q, g->t->row(k));
    int8_t *x = fence_end(&g->x, k);
    float d;

    random_weights(g, q, &d, 1, k);
    extreme_weights(g, q, 1, k, turn);
    for (size_t i = 0; i < k; i++)
        x[i] = (int8_t)(m == 1 ? 127 : m == 2 ? -127 : (int)rnd_below(&g->state, 255) - 127);
    input_fill(&d, 1, m % 3 ? IN_UNIFORM : IN_MIXED, &g->state);
    float got = g->t->dot(fn, q, x, d, k), want = expect_product(g->t, q, x, d, k);
    check_that(c, same_float(got, want), "k=%zu: got %.9g, want %.9g", k, (double)got, (double)want);
    got = g->t->dot(fn, q, x, NAN, k);
    check_that(c, isnan(got), "k=%zu: a scale that is not a number gives %g", k, (double)got);
}

static void product(struct checks *c, struct rig *g, void (*fn)(void), size_t m, size_t k, size_t turn)
{
    size_t row = g->t->row(k), wrong = 0;
    int8_t xq[MOST_K];
    char *q = fence_end(&g->q, m * row);
    float *d = fence_end(&g->d, m * 4), *x = fence_end(&g->x, k * 4);
    struct guard out = guard_new(m * 4, turn * 4 % 64);
    float *y = (float *)(void *)out.data;

    random_weights(g, q, d, m, k);
    extreme_weights(g, q, m, k, turn);
    fill(g, x, 1, k, turn);
    g->t->gemv(fn, y, q, d, x, m, k, fence_end(&g->work, kern_quant_work_size(k)));
    volatile float dx = quant_expect_i8(xq, x, k);
    for (size_t i = 0; i < m; i++) {
        volatile float scale = d[i] * dx;
        wrong += !same_float(y[i], expect_product(g->t, q + i * row, xq, scale, k));
    }
    check_that(c, wrong == 0, "m=%zu k=%zu: %zu rows are wrong", m, k, wrong);
    check_that(c, guard_ok(&out), "m=%zu k=%zu: wrote outside y", m, k);
    guard_free(&out);
}

static void all_sizes(struct checks *c, const struct kern_variant *v, const struct channel *t,
                      void (*one)(struct checks *, struct rig *, void (*)(void), size_t, size_t, size_t))
{
    struct rig g = rig_new(c, t);

    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
        for (size_t m = 0; m <= MOST_M; m++)
            one(c, &g, v->fn, m, widths[w], 7 * w + m);
    rig_free(&g);
}

#define CHECK_OF(op, type, one)                                                                                        \
    void check_##op##_##type(struct checks *c, const struct kern_variant *v)                                           \
    {                                                                                                                  \
        all_sizes(c, v, &type, one);                                                                                   \
    }
#define CHECKS_OF(type)                                                                                                \
    CHECK_OF(quantize, type, quantized)                                                                                \
    CHECK_OF(dequant, type, widened)                                                                                   \
    CHECK_OF(dot, type, multiplied)                                                                                    \
    CHECK_OF(gemv, type, product)
CHECKS_OF(i8)
CHECKS_OF(i4)

void check_i8(struct checks *c)
{
    for (size_t k = 0; k < 200; k++)
        check_that(c, kern_i4_row(k) == row_i4(k), "a row of %zu has %zu bytes", k, kern_i4_row(k));
#define VARIANTS(type)                                                                                                 \
    check_variants(c, "quantize", #type, check_quantize_##type);                                                       \
    check_variants(c, "dequant", #type, check_dequant_##type);                                                         \
    check_variants(c, "dot", #type, check_dot_##type);                                                                 \
    check_variants(c, "gemv", #type, check_gemv_##type);
    VARIANTS(i8)
    VARIANTS(i4)
}
