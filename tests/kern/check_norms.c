/* SPDX-License-Identifier: Apache-2.0
 * Checks of rmsnorm/f32, rmsnorm_add/f32 and layernorm_add/f32. */
#include <math.h>
#include <string.h>

#include "tests/kern/check.h"

/* Sizes 1..SMALL are all tried: twice the widest step (4 vectors of 16) and all tails. */
enum { SMALL = 2 * 64 + 3, ROOM = 8200 };
static const size_t big[] = { 255, 256, 768, 1000, 1024, 2048, 4097, 8192 };

struct norms {
    const struct kern_variant *v;
    bool adds, centres;
    struct fence fx, fw, fb;
    uint64_t state;
};

struct arrays {
    float *y, *r, *x, *w, *b;
};

static void call(const struct norms *l, const struct arrays *a, size_t n, float eps)
{
    if (l->centres)
        ((kern_layernorm_add_f32_fn *)l->v->fn)(a->y, a->r, a->x, a->w, a->b, n, eps);
    else if (l->adds)
        ((kern_rmsnorm_add_f32_fn *)l->v->fn)(a->y, a->r, a->x, a->w, n, eps);
    else
        ((kern_rmsnorm_f32_fn *)l->v->fn)(a->y, a->x, a->w, n, eps);
}

/* How many of y are not the norm of z within the contract. */
static size_t count_wrong(const struct norms *l, const struct arrays *a, const float *z, size_t n, float eps)
{
    double mean = 0, squares = 0, max = 0;
    size_t wrong = 0;

    for (size_t i = n; i-- > 0 && l->centres;)
        mean += (double)z[i] / (double)n;
    for (size_t i = n; i-- > 0;) {
        squares += pow((double)z[i] - mean, 2) / (double)n;
        max = fmax(max, fabs((double)z[i]));
    }
    double s = sqrt(squares + (double)eps);
    for (size_t i = 0; i < n; i++) {
        double norm = ((double)z[i] - mean) / s, w = (double)a->w[i], b = l->centres ? (double)a->b[i] : 0;
        double most = l->centres ? (double)(n + 32) * UNIT * (fabs(w) * (max / s + fabs(norm)) + fabs(b)) + TINY
                                 : (double)(n + 16) * UNIT * fabs(norm * w) + (fabs(w) + 1) * TINY;
        wrong += !(fabs((double)a->y[i] - (norm * w + b)) <= most);
    }
    return wrong;
}

static struct arrays arrays_of(const struct norms *l, const struct guard *y, const struct guard *r, size_t n)
{
    return (struct arrays){ (float *)(void *)y->data, (float *)(void *)r->data, fence_end(&l->fx, n * 4),
                            fence_end(&l->fw, n * 4), fence_end(&l->fb, n * 4) };
}

/* z is what is to be normalised: x, or the sum as float arithmetic gives it. */
static void one(struct checks *c, struct norms *l, size_t n, enum input_class class, bool in_place)
{
    float eps = n % 3 ? 1e-5f : 1e-12f, z[ROOM];
    struct guard y = guard_new(n * 4, n % 16 * 4), r = guard_new(n * 4, n % 7 * 4);
    struct arrays a = arrays_of(l, &y, &r, n);

    input_fill(a.w, n, n % 2 ? IN_UNIFORM : IN_MIXED, &l->state);
    input_fill(a.b, n, IN_UNIFORM, &l->state);
    input_fill(a.x, n, class, &l->state);
    input_fill(a.r, n, class, &l->state);
    if (n % 4 == 1) /* a first element at various distances from the mean */
        a.x[0] *= (float)(n % 17);
    for (size_t i = 0; i < n; i++)
        z[i] = l->adds ? a.r[i] + a.x[i] : a.x[i];
    if (in_place)
        a.x = memcpy(a.y, a.x, n * 4);
    call(l, &a, n, eps);
    size_t wrong = count_wrong(l, &a, z, n, eps);
    check_that(c, wrong == 0, "n=%zu %s%s: %zu values are wrong", n, input_name(class), in_place ? " in place" : "",
               wrong);
    check_that(c, !l->adds || memcmp(a.r, z, n * 4) == 0, "n=%zu %s: the sum is wrong", n, input_name(class));
    check_that(c, guard_ok(&y) && guard_ok(&r), "n=%zu: wrote outside y or r", n);
    guard_free(&y);
    guard_free(&r);
}

static void one_size(struct checks *c, struct norms *l, size_t n)
{
    for (enum input_class k = 0; k < IN_CLASSES; k++) {
        one(c, l, n, k, false);
        if (!l->adds)
            one(c, l, n, k, true);
    }
}

/* A NaN anywhere makes all of y NaN; an infinity itself. */
static void special(struct checks *c, struct norms *l, size_t n)
{
    struct guard y = guard_new(n * 4, 4), r = guard_new(n * 4, 8);
    struct arrays a = arrays_of(l, &y, &r, n);
    size_t wrong = 0;

    input_fill(a.w, n, IN_UNIFORM, &l->state);
    input_fill(a.b, n, IN_UNIFORM, &l->state);
    for (size_t at = 0; at < 2 * n; at++) {
        input_fill(a.x, n, IN_UNIFORM, &l->state);
        memset(a.r, 0, n * 4);
        a.x[at / 2] = at % 2 ? NAN : INFINITY;
        call(l, &a, n, 1e-5f);
        for (size_t i = 0; i < n; i++)
            wrong += (at % 2 || i == at / 2) && !isnan(a.y[i]);
    }
    check_that(c, wrong == 0, "n=%zu: a NaN or infinity left %zu values standing", n, wrong);
    check_that(c, guard_ok(&y) && guard_ok(&r), "n=%zu special: wrote outside y or r", n);
    guard_free(&y);
    guard_free(&r);
}

void check_norms_variant(struct checks *c, const struct kern_variant *v)
{
    struct norms l = { .v = v,
                       .adds = strstr(v->op, "_add") != NULL,
                       .centres = strstr(v->op, "layernorm") != NULL,
                       .fx = fence_new(ROOM * 4),
                       .fw = fence_new(ROOM * 4),
                       .fb = fence_new(ROOM * 4),
                       .state = check_seed(c, v->op) };
    struct guard nothing = guard_new(0, 0);
    struct arrays none = { (float *)(void *)nothing.data, NULL, NULL, NULL, NULL };

    for (size_t n = 1; n <= SMALL; n++)
        one_size(c, &l, n);
    for (size_t i = 0; i < sizeof big / sizeof *big; i++)
        one_size(c, &l, big[i]);
    for (size_t i = 0; i < 20; i++)
        one_size(c, &l, 1 + rnd_below(&l.state, 2000));
    for (size_t n = 1; n <= SMALL; n += 1 + n / 3)
        special(c, &l, n);
    call(&l, &none, 0, 1e-5f);
    check_that(c, guard_ok(&nothing), "n=0: wrote something");
    guard_free(&nothing);
    fence_free(&l.fx);
    fence_free(&l.fw);
    fence_free(&l.fb);
}

void check_norms(struct checks *c)
{
    check_variants(c, "rmsnorm", "f32", check_norms_variant);
    check_variants(c, "rmsnorm_add", "f32", check_norms_variant);
    check_variants(c, "layernorm_add", "f32", check_norms_variant);
}
