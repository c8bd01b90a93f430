/* SPDX-License-Identifier: Apache-2.0
 * Bindings of rmsnorm/f32, rmsnorm_add/f32 and layernorm_add/f32: one iteration normalises one vector of n floats. In
 * the fused ones x is zero while time is taken, so that the residual stream does not grow from call to call. */
#include "suites/binding_util.h"

#include <kern/kern.h>

#include <math.h>
#include <stdio.h>

struct state {
    struct bu_state head;
    float *y, *r, *x, *w, *b;
    size_t n;
};

static const float eps = 1e-5f;

static const struct km_param_spec params[] = {
    { .name = "n", .min = 1, .max = 1 << 27, .what = "elements of the vector" },
    { .name = NULL },
};

static enum km_answer setup(struct km_case *c, const char *op)
{
    struct state *s = bu_begin(c, sizeof *s, op, "f32");
    if (!s)
        return KM_CANNOT;
    uint64_t random = c->seed;
    s->n = (size_t)bu_number(c, "n");
    s->x = bu_floats(c, s->n, 0, -3, 4, &random);
    s->r = bu_floats(c, s->n, 39, -3, 4, &random);
    s->w = bu_floats(c, s->n, 13, 0.5f, 1.5f, &random);
    s->b = bu_floats(c, s->n, 26, -0.5f, 0.5f, &random);
    s->y = bu_take(c, s->n * sizeof *s->y, 52);
    return bu_made(c);
}

/* Whether y is the norm of z, about its mean if `centred`, within the bound that vec.h promises. */
static enum km_answer check(struct km_case *c, const float *z, int centred)
{
    struct state *s = c->state;
    double mean = 0, squares = 0, largest = 0, n = (double)s->n;
    enum km_answer answer = KM_RIGHT;
    for (size_t i = 0; i < s->n && centred; i++)
        mean += z[i] / n;
    for (size_t i = 0; i < s->n; i++) {
        squares += (z[i] - mean) * (z[i] - mean);
        largest = fmax(largest, fabs((double)z[i]));
    }
    double deviation = sqrt(squares / n + eps);
    for (size_t i = 0; i < s->n && answer == KM_RIGHT; i++) {
        double x = (z[i] - mean) / deviation, w = s->w[i], b = centred ? s->b[i] : 0;
        double size = centred ? fabs(w) * (largest / deviation + fabs(x)) + fabs(b) : fabs(w * x);
        char name[32];
        snprintf(name, sizeof name, "y[%zu]", i);
        answer = bu_check(c, name, s->y[i], x * w + b, (n + 32) * BU_ROUNDOFF * size + 2 * BU_TINY);
    }
    return answer;
}

/* The sum must be exact, and its norm within the bound. Puts r back as it was and clears x. */
static enum km_answer check_fused(struct km_case *c, void (*run)(struct km_case *, uint64_t), int centred)
{
    struct state *s = c->state;
    float *sum = bu_alloc(s->n * sizeof *sum, 0);
    if (!sum)
        return bu_cannot(c, "not enough memory");
    uint64_t random = c->seed;
    bu_fill(s->x, s->n, -3, 4, &random);
    enum km_answer answer = KM_RIGHT;
    for (size_t i = 0; i < s->n; i++) {
        sum[i] = s->r[i] + s->x[i];
        s->y[i] = NAN;
    }
    run(c, 1);
    for (size_t i = 0; i < s->n && answer == KM_RIGHT; i++)
        answer = bu_check(c, "the residual", s->r[i], sum[i], 0);
    if (answer == KM_RIGHT)
        answer = check(c, sum, centred);
    for (size_t i = 0; i < s->n; i++)
        s->x[i] = 0;
    bu_fill(s->r, s->n, -3, 4, &random);
    bu_free(sum);
    return answer;
}

static void rmsnorm_run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    for (; iterations; iterations--) {
        ((kern_rmsnorm_f32_fn *)s->head.fn)(s->y, s->x, s->w, s->n, eps);
        km_do_not_optimize(s->y);
    }
}

static enum km_answer rmsnorm_verify(struct km_case *c)
{
    struct state *s = c->state;
    for (size_t i = 0; i < s->n; i++)
        s->y[i] = NAN;
    rmsnorm_run(c, 1);
    return check(c, s->x, 0);
}

static void rmsnorm_add_run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    for (; iterations; iterations--) {
        ((kern_rmsnorm_add_f32_fn *)s->head.fn)(s->y, s->r, s->x, s->w, s->n, eps);
        km_do_not_optimize(s->y);
    }
}

static enum km_answer rmsnorm_add_verify(struct km_case *c)
{
    return check_fused(c, rmsnorm_add_run, 0);
}

static void layernorm_add_run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    for (; iterations; iterations--) {
        ((kern_layernorm_add_f32_fn *)s->head.fn)(s->y, s->r, s->x, s->w, s->b, s->n, eps);
        km_do_not_optimize(s->y);
    }
}

static enum km_answer layernorm_add_verify(struct km_case *c)
{
    return check_fused(c, layernorm_add_run, 1);
}

/* flops and floats moved, per element. */
#define NORM(name, flops, floats)                                                                                      \
    static struct km_cost name##_cost(const struct km_case *c)                                                         \
    {                                                                                                                  \
        return bu_cost(c, flops, floats);                                                                              \
    }                                                                                                                  \
    BU_OP_F32(name, params, setup(c, #name), name##_run, name##_cost)
NORM(rmsnorm, 4, 3)
NORM(rmsnorm_add, 5, 5)
NORM(layernorm_add, 9, 6)
