/* SPDX-License-Identifier: Apache-2.0
 * Checks of axpy/f32, argmax/f32, topk/f32 and topp/f32. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kern/check.h"

/* Sizes 0..SMALL are all tried: the widest block (16 vectors of 16) and a tail behind it. */
enum { SMALL = 256 + 67, ROOM = 33000, MOST = 64 };

struct rig {
    const struct kern_variant *v;
    struct fence fx;
    uint64_t state;
};

static struct rig rig_new(const struct checks *c, const struct kern_variant *v)
{
    return (struct rig){ .v = v, .fx = fence_new(ROOM * 4), .state = check_seed(c, v->op) };
}

/* --- axpy ---------------------------------------------------------------------------------------------------------*/

static void axpy_one(struct checks *c, struct rig *r, size_t n, enum input_class class, bool itself)
{
    float *x = fence_end(&r->fx, n * 4), a = rnd_float(&r->state) * 3, was[SMALL + 2000];
    struct guard out = guard_new(n * 4, n % 16 * 4);
    float *y = (float *)(void *)out.data;
    size_t wrong = 0;

    input_fill(x, n, class, &r->state);
    input_fill(y, n, class, &r->state);
    if (itself)
        memcpy(y, x, n * 4);
    memcpy(was, y, n * 4);
    ((kern_axpy_f32_fn *)r->v->fn)(y, a, itself ? y : x, n);
    for (size_t i = 0; i < n; i++) {
        double product = (double)a * (double)x[i], before = (double)was[i];
        wrong += !(fabs((double)y[i] - (product + before)) <= 2 * UNIT * (fabs(product) + fabs(before)) + 2 * TINY);
    }
    check_that(c, wrong == 0, "n=%zu %s: %zu values are wrong", n, input_name(class), wrong);
    check_that(c, guard_ok(&out), "n=%zu: wrote outside y", n);
    guard_free(&out);
}

void check_axpy_variant(struct checks *c, const struct kern_variant *v)
{
    struct rig r = rig_new(c, v);

    for (size_t n = 0; n <= SMALL; n++)
        for (enum input_class k = 0; k < IN_CLASSES; k++)
            axpy_one(c, &r, n, k, (n + k) % 2);
    for (size_t i = 0; i < 20; i++)
        axpy_one(c, &r, rnd_below(&r.state, 2000), IN_UNIFORM, false);
    fence_free(&r.fx);
}

/* --- argmax and top-k ---------------------------------------------------------------------------------------------*/

/* Numbers with many ties, some of them NaN or infinite, or only those. */
static void fill_ties(float *x, size_t n, size_t different, uint64_t *state)
{
    static const float odd[] = { NAN, -INFINITY, -0.0f, 0.0f, INFINITY };

    for (size_t i = 0; i < n; i++)
        x[i] = different == 0             ? odd[rnd_below(state, 2)]
               : rnd_below(state, 8) == 0 ? odd[rnd_below(state, different > 3 ? 5 : 4)]
               : different > n            ? rnd_float(state)
                                          : (float)rnd_below(state, different) - (float)different / 2;
}

/* Sorts indices by value, largest first, ties by index, NaNs last: insertion, as plain as can be. */
static size_t sorted(uint32_t *order, const float *x, size_t n)
{
    size_t numbers = 0;

    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i]))
            continue;
        size_t j = numbers++;
        for (; j > 0 && x[order[j - 1]] < x[i]; j--)
            order[j] = order[j - 1];
        order[j] = (uint32_t)i;
    }
    return numbers;
}

static void argmax_one(struct checks *c, struct rig *r, size_t n, size_t different)
{
    float *x = n % 2 ? fence_end(&r->fx, n * 4) : fence_start(&r->fx, n * 4);
    static uint32_t order[4096];

    fill_ties(x, n, different, &r->state);
    size_t want = sorted(order, x, n) ? order[0] : 0, got = ((kern_argmax_f32_fn *)r->v->fn)(x, n);
    check_that(c, got == want, "n=%zu different=%zu: got %zu, want %zu", n, different, got, want);
}

void check_argmax_variant(struct checks *c, const struct kern_variant *v)
{
    struct rig r = rig_new(c, v);
    size_t wrong = 0;

    for (size_t n = 0; n <= SMALL; n++)
        for (size_t k = 0; k < 6; k++)
            argmax_one(c, &r, n, k < 5 ? k * k : 1000000);
    for (size_t k = 0; k < 100; k++)
        argmax_one(c, &r, rnd_below(&r.state, 4000), k % 2 ? 50 : 1000000);
    for (size_t at = 0; at < 2 * SMALL; at++) { /* the largest at every place, beside NaNs or minus infinities */
        float *x = fence_end(&r.fx, SMALL * 4);
        for (size_t i = 0; i < SMALL; i++)
            x[i] = at % 2 ? NAN : -INFINITY;
        x[at / 2] = -1e30f;
        wrong += ((kern_argmax_f32_fn *)v->fn)(x, SMALL) != at / 2;
    }
    check_that(c, wrong == 0, "%zu largest numbers were not found", wrong);
    fence_free(&r.fx);
}

static void topk_one(struct checks *c, struct rig *r, size_t n, size_t k, size_t different)
{
    float *x = n % 2 ? fence_end(&r->fx, n * 4) : fence_start(&r->fx, n * 4);
    struct guard values = guard_new(k * 4, 4), index = guard_new(k * 4, 8);
    static uint32_t order[4096];
    size_t wrong = 0;

    fill_ties(x, n, different, &r->state);
    size_t numbers = sorted(order, x, n), want = numbers < k ? numbers : k;
    size_t got = ((kern_topk_f32_fn *)r->v->fn)((float *)(void *)values.data, (uint32_t *)(void *)index.data, x, n, k);
    check_that(c, got == want, "n=%zu k=%zu different=%zu: found %zu, want %zu", n, k, different, got, want);
    for (size_t i = 0; i < got && i < want; i++) {
        float value = ((float *)(void *)values.data)[i];
        wrong += ((uint32_t *)(void *)index.data)[i] != order[i] || !same_float(value, x[order[i]]);
    }
    check_that(c, wrong == 0, "n=%zu k=%zu different=%zu: %zu of the list are wrong", n, k, different, wrong);
    check_that(c, guard_ok(&values) && guard_ok(&index), "n=%zu k=%zu: wrote outside the list", n, k);
    guard_free(&values);
    guard_free(&index);
}

void check_topk_variant(struct checks *c, const struct kern_variant *v)
{
    struct rig r = rig_new(c, v);

    for (size_t n = 0; n <= SMALL; n++)
        for (size_t k = 0; k < 6; k++)
            topk_one(c, &r, n, n % 7 + (n % 5) * k, k < 5 ? k * k : 1000000);
    for (size_t k = 0; k < 60; k++)
        topk_one(c, &r, rnd_below(&r.state, 3000), rnd_below(&r.state, MOST), k % 3 ? 1000000 : 40);
    fence_free(&r.fx);
}

/* --- top-p --------------------------------------------------------------------------------------------------------*/

/* The contract, by sorting everything. */
static size_t topp_want(const float *p, size_t n, float top_p, float random)
{
    static uint32_t order[4096];
    static bool in[4096];
    uint64_t all = 0, sum = 0, passed = 0;

    memset(in, 0, sizeof in);
    for (size_t i = 0; i < n; i++)
        all += (uint64_t)((double)p[i] * 0x1p30);
    sorted(order, p, n);
    double wanted = fmax(1, fmin((double)top_p * (double)all, (double)all));
    for (size_t i = 0; i < n && sum < (uint64_t)wanted; i++) {
        sum += (uint64_t)((double)p[order[i]] * 0x1p30);
        in[order[i]] = true;
    }
    uint64_t chosen = (uint64_t)((double)random * (double)sum);
    chosen = sum && chosen >= sum ? sum - 1 : chosen;
    for (size_t i = 0; i < n; i++) {
        passed += in[i] ? (uint64_t)((double)p[i] * 0x1p30) : 0;
        if (passed > chosen)
            return i;
    }
    return 0;
}

/* Distributions: flat, with ties, peaked, very peaked, with zeros, and one certain. */
enum { SHAPES = 6 };
static void fill_distribution(float *p, size_t n, size_t shape, uint64_t *state)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        double f = fabs((double)rnd_float(state));
        double value = shape == 0   ? 1 + f
                       : shape == 1 ? (double)rnd_below(state, 3) + 1
                       : shape == 2 ? exp(10 * f)
                       : shape == 3 ? exp(60 * f)
                       : shape == 4 ? (double)rnd_below(state, 2) * f
                                    : (double)(i == n / 2);
        p[i] = (float)value;
        sum += value;
    }
    for (size_t i = 0; i < n; i++)
        p[i] = sum > 0 ? (float)((double)p[i] / sum) : i % 2 ? -0.0f : 0;
}

static void topp_one(struct checks *c, struct rig *r, size_t n, size_t shape)
{
    static const float tops[] = { 0, 1e-9f, 0.1f, 0.5f, 0.9f, 0.95f, 0.999f, 1, 2 };
    static const float randoms[] = { 0, 0.25f, 0.5f, 0.999f, 0x1.fffffep-1f };
    float *p = fence_end(&r->fx, n * 4);
    struct guard work = guard_new(kern_topp_work_size(n), 4);

    fill_distribution(p, n, shape, &r->state);
    for (size_t k = 0; k < sizeof tops / sizeof *tops; k++) {
        float random = k % 2 ? randoms[n % 5] : fabsf(rnd_float(&r->state));
        random = random < 1 ? random : 0;
        size_t want = topp_want(p, n, tops[k], random);
        size_t got = ((kern_topp_f32_fn *)r->v->fn)(p, n, tops[k], random, work.data);
        check_that(c, got == want, "n=%zu shape=%zu top_p=%g random=%g: got %zu, want %zu", n, shape, (double)tops[k],
                   (double)random, got, want);
    }
    check_that(c, guard_ok(&work), "n=%zu: wrote outside the scratch memory", n);
    guard_free(&work);
}

void check_topp_variant(struct checks *c, const struct kern_variant *v)
{
    struct rig r = rig_new(c, v);

    for (size_t n = 0; n <= SMALL; n += n < 70 ? 1 : 13)
        for (size_t shape = 0; shape < SHAPES; shape++)
            topp_one(c, &r, n, shape);
    for (size_t k = 0; k < 24; k++)
        topp_one(c, &r, 1 + rnd_below(&r.state, 4000), k % SHAPES);
    fence_free(&r.fx);
}

void check_sampling(struct checks *c)
{
    check_variants(c, "axpy", "f32", check_axpy_variant);
    check_variants(c, "argmax", "f32", check_argmax_variant);
    check_variants(c, "topk", "f32", check_topk_variant);
    check_variants(c, "topp", "f32", check_topp_variant);
}
