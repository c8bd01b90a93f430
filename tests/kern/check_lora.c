/* SPDX-License-Identifier: Apache-2.0
 * Checks of lora/f32, lora_grad/f32 and lora_update/f32. */
#include <math.h>
#include <string.h>

#include "tests/kern/check.h"

/* Sizes 1..SMALL are all tried: twice the widest step (4 vectors of 16) and all tails. */
enum { SMALL = 2 * 64 + 3, ROOM = 4200 * KERN_LORA_RANK };

struct rig {
    const struct kern_variant *v;
    struct fence fa, fb, fx, fy;
    uint64_t state;
};

static struct rig rig_new(const struct checks *c, const struct kern_variant *v)
{
    return (struct rig){ .v = v,
                         .fa = fence_new(ROOM * 4),
                         .fb = fence_new(ROOM * 4),
                         .fx = fence_new(ROOM * 4),
                         .fy = fence_new(ROOM * 4),
                         .state = check_seed(c, v->op) };
}

static void rig_free(struct rig *g)
{
    fence_free(&g->fa);
    fence_free(&g->fb);
    fence_free(&g->fx);
    fence_free(&g->fy);
}

static struct kern_lora lora_new(struct rig *g, size_t m, size_t k, size_t rank, enum input_class class)
{
    float *a = fence_end(&g->fa, rank * k * 4), *b = fence_end(&g->fb, rank * m * 4);

    input_fill(a, rank * k, class, &g->state);
    input_fill(b, rank * m, IN_UNIFORM, &g->state);
    return (struct kern_lora){ a, b, m, k, rank, rnd_float(&g->state) * 2 };
}

/* A product of a row and a vector, backwards, and the sum of its terms' magnitudes. */
struct product {
    double value, size;
};

static struct product product_of(const float *row, const float *x, size_t n, float scale)
{
    struct product p = { 0, 0 };

    for (size_t i = n; i-- > 0;) {
        p.value += (double)scale * (double)row[i] * (double)x[i];
        p.size += fabs((double)scale * (double)row[i] * (double)x[i]);
    }
    return p;
}

/* Whether got is before + the sum of `rank` products' values times factors, which stand `apart` from each other. */
static bool is_right(double got, double before, const struct product *p, const float *factor, size_t apart,
                     const struct kern_lora *l, size_t rank, size_t terms)
{
    double want = before, size = 0, factors = 1;

    for (size_t r = 0; r < rank; r++) {
        double f = (double)factor[r * apart];
        want += p[r].value * f;
        size += p[r].size * fabs(f);
        factors += fabs(f);
    }
    double most = (double)(terms + 24) * UNIT * size + 18 * UNIT * fabs(before) +
                  TINY * (double)(terms + 1) * factors * (1 + fabs((double)l->scale));
    return fabs(got - want) <= most;
}

static void forward(struct checks *c, struct rig *g, const struct kern_lora *l, enum input_class class)
{
    float *x = fence_end(&g->fx, l->k * 4), *was = fence_end(&g->fy, l->m * 4);
    struct guard out = guard_new(l->m * 4, l->m % 16 * 4);
    float *y = (float *)(void *)out.data;
    struct product p[KERN_LORA_RANK];
    size_t wrong = 0;

    input_fill(x, l->k, class == IN_HUGE ? IN_TINY : class, &g->state);
    input_fill(was, l->m, IN_UNIFORM, &g->state);
    memcpy(y, was, l->m * 4);
    ((kern_lora_f32_fn *)g->v->fn)(y, x, l);
    for (size_t r = 0; r < l->rank; r++)
        p[r] = product_of(l->a + r * l->k, x, l->k, l->scale);
    for (size_t i = 0; i < l->m; i++)
        wrong += !is_right((double)y[i], (double)was[i], p, l->b + i, l->m, l, l->rank, l->k);
    check_that(c, wrong == 0, "m=%zu k=%zu rank=%zu %s: %zu values are wrong", l->m, l->k, l->rank, input_name(class),
               wrong);
    check_that(c, guard_ok(&out), "m=%zu k=%zu rank=%zu: wrote outside y", l->m, l->k, l->rank);
    guard_free(&out);
}

/* How many of d ([rank][n], on top of was) are not the product of each rank's row and `in` times out. */
static size_t count_wrong(const struct kern_lora *l, const float *d, const float *was, size_t n, const float *out,
                          const float *row, size_t terms, const float *in)
{
    size_t wrong = 0;

    for (size_t r = 0; r < l->rank; r++) {
        struct product p = product_of(row + r * terms, in, terms, l->scale);
        for (size_t i = 0; i < n; i++)
            wrong += !is_right((double)d[r * n + i], (double)was[r * n + i], &p, &out[i], 0, l, 1, terms);
    }
    return wrong;
}

static void gradient(struct checks *c, struct rig *g, const struct kern_lora *l, enum input_class class)
{
    static float was_a[ROOM], was_b[ROOM];
    float *x = fence_end(&g->fx, l->k * 4), *dy = fence_end(&g->fy, l->m * 4);
    struct guard ga = guard_new(l->rank * l->k * 4, 4), gb = guard_new(l->rank * l->m * 4, 12);
    float *da = (float *)(void *)ga.data, *db = (float *)(void *)gb.data;

    input_fill(x, l->k, class == IN_HUGE ? IN_TINY : class, &g->state);
    input_fill(dy, l->m, IN_UNIFORM, &g->state);
    input_fill(was_a, l->rank * l->k, IN_UNIFORM, &g->state);
    input_fill(was_b, l->rank * l->m, IN_UNIFORM, &g->state);
    memcpy(da, was_a, l->rank * l->k * 4);
    memcpy(db, was_b, l->rank * l->m * 4);
    ((kern_lora_grad_f32_fn *)g->v->fn)(da, db, x, dy, l);
    size_t a = count_wrong(l, da, was_a, l->k, x, l->b, l->m, dy);
    size_t b = count_wrong(l, db, was_b, l->m, dy, l->a, l->k, x);
    check_that(c, a + b == 0, "m=%zu k=%zu rank=%zu %s: %zu of A and %zu of B are wrong", l->m, l->k, l->rank,
               input_name(class), a, b);
    check_that(c, guard_ok(&ga) && guard_ok(&gb), "m=%zu k=%zu rank=%zu: wrote outside", l->m, l->k, l->rank);
    guard_free(&ga);
    guard_free(&gb);
}

void check_lora_variant(struct checks *c, const struct kern_variant *v)
{
    void (*one)(struct checks *, struct rig *, const struct kern_lora *, enum input_class) =
        strcmp(v->op, "lora") == 0 ? forward : gradient;
    struct rig g = rig_new(c, v);
    static const size_t big[] = { 768, 2048, 4096 };
    struct kern_lora l;

    for (size_t n = 0; n <= SMALL; n++) {
        enum input_class class = (enum input_class)(n % IN_CLASSES);
        l = lora_new(&g, n, (n * 7) % (SMALL + 1), n % (KERN_LORA_RANK + 1), class);
        one(c, &g, &l, class);
        l = lora_new(&g, (n * 5) % 150, n, 1 + n % 4, IN_UNIFORM);
        one(c, &g, &l, IN_UNIFORM);
    }
    for (size_t i = 0; i < 3; i++)
        for (size_t rank = 1; rank <= KERN_LORA_RANK; rank += rank < 2 ? 1 : 14) {
            l = lora_new(&g, big[i], big[i], rank, IN_UNIFORM);
            one(c, &g, &l, IN_UNIFORM);
        }
    for (size_t i = 0; i < 40; i++) {
        l = lora_new(&g, rnd_below(&g.state, 700), rnd_below(&g.state, 700), rnd_below(&g.state, 17), IN_UNIFORM);
        one(c, &g, &l, IN_UNIFORM);
    }
    rig_free(&g);
}

/* --- update -------------------------------------------------------------------------------------------------------*/

static void update_one(struct checks *c, struct rig *g, size_t n, enum input_class class)
{
    float *w0 = fence_end(&g->fx, n * 4), *g0 = fence_end(&g->fy, n * 4), rate = rnd_float(&g->state);
    struct guard gw = guard_new(n * 4, n % 16 * 4), gg = guard_new(n * 4, n % 7 * 4);
    float *w = (float *)(void *)gw.data, *d = (float *)(void *)gg.data;
    size_t wrong = 0;

    input_fill(w0, n, class, &g->state);
    input_fill(g0, n, class, &g->state);
    memcpy(w, w0, n * 4);
    memcpy(d, g0, n * 4);
    ((kern_lora_update_f32_fn *)g->v->fn)(w, d, rate, n);
    for (size_t i = 0; i < n; i++) {
        double step = (double)rate * (double)g0[i], before = (double)w0[i];
        wrong += !(fabs((double)w[i] - (before - step)) <= 2 * UNIT * (fabs(step) + fabs(before)) + 2 * TINY);
        wrong += float_bits(d[i]) != 0;
    }
    check_that(c, wrong == 0, "n=%zu %s: %zu values are wrong", n, input_name(class), wrong);
    check_that(c, guard_ok(&gw) && guard_ok(&gg), "n=%zu: wrote outside w or g", n);
    guard_free(&gw);
    guard_free(&gg);
}

void check_lora_update_variant(struct checks *c, const struct kern_variant *v)
{
    struct rig g = rig_new(c, v);

    for (size_t n = 0; n <= SMALL; n++)
        for (enum input_class k = 0; k < IN_CLASSES; k++)
            update_one(c, &g, n, k);
    for (size_t i = 0; i < 20; i++)
        update_one(c, &g, rnd_below(&g.state, 5000), IN_UNIFORM);
    rig_free(&g);
}

void check_lora(struct checks *c)
{
    check_variants(c, "lora", "f32", check_lora_variant);
    check_variants(c, "lora_grad", "f32", check_lora_variant);
    check_variants(c, "lora_update", "f32", check_lora_update_variant);
}
