/* SPDX-License-Identifier: Apache-2.0
 * Bindings of exp/f32, silu/f32, gelu/f32, gelu_erf/f32, swiglu/f32 and softmax/f32: one iteration is one vector of n floats. */
#include "suites/binding_util.h"

#include <kern/kern.h>

#include <math.h>
#include <stdio.h>

struct state {
    struct bu_state head;
    float *y, *x, *u;
    size_t n;
};

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
    s->x = bu_floats(c, s->n, 0, -8, 8, &random);
    s->u = bu_floats(c, s->n, 21, -1, 1, &random);
    s->y = bu_take(c, s->n * sizeof *s->y, 42);
    const struct peer_job job = { .op = op, .dtype = "f32", .x = s->x, .y = s->y, .n = s->n };
    return bu_made_peer(c, &job);
}

typedef void one_fn(float *y, const float *x, size_t n);

static void run_one(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    if (bu_run_peer(&s->head, iterations))
        return;
    for (; iterations; iterations--) {
        ((one_fn *)s->head.fn)(s->y, s->x, s->n);
        km_do_not_optimize(s->y);
    }
}

static void run_two(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    for (; iterations; iterations--) {
        ((kern_swiglu_f32_fn *)s->head.fn)(s->y, s->x, s->u, s->n);
        km_do_not_optimize(s->y);
    }
}

static double logistic(double x)
{
    return 1 / (1 + exp(-x)); /* |x| is small here */
}

static double want_exp(double x, double u)
{
    (void)u;
    return exp(x);
}

static double want_silu(double x, double u)
{
    (void)u;
    return x * logistic(x);
}

static double want_gelu(double x, double u)
{
    (void)u;
    return x / 2 * (1 + tanh(0.79788456080286535588 * (x + 0.044715 * x * x * x)));
}

static double want_gelu_erf(double x, double u)
{
    (void)u;
    return x / 2 * erfc(-0.70710678118654752440 * x);
}

static double want_swiglu(double x, double u)
{
    return x * logistic(x) * u;
}

/* Tolerance: what vec.h promises for the operation, which for |x| <= 8 is at most 262 u; and, for GELU, what double
 * precision loses in 1 + tanh. */
static enum km_answer check(struct km_case *c, void (*run)(struct km_case *, uint64_t), double (*want)(double, double),
                            double roundings)
{
    struct state *s = c->state;
    enum km_answer answer = KM_RIGHT;
    for (size_t i = 0; i < s->n; i++)
        s->y[i] = NAN;
    run(c, 1);
    for (size_t i = 0; i < s->n && answer == KM_RIGHT; i++) {
        double value = want(s->x[i], s->u[i]);
        char name[32];
        snprintf(name, sizeof name, "y[%zu]", i);
        answer = bu_check(c, name, s->y[i], value, roundings * BU_ROUNDOFF * fabs(value) + 0x1p-48);
    }
    return answer;
}

static enum km_answer exp_verify(struct km_case *c)
{
    return check(c, run_one, want_exp, 4);
}

static enum km_answer silu_verify(struct km_case *c)
{
    return check(c, run_one, want_silu, 12);
}

static enum km_answer gelu_verify(struct km_case *c)
{
    return check(c, run_one, want_gelu, 262);
}

static enum km_answer gelu_erf_verify(struct km_case *c)
{
    return check(c, run_one, want_gelu_erf, 12);
}

static enum km_answer swiglu_verify(struct km_case *c)
{
    return check(c, run_two, want_swiglu, 14);
}

static enum km_answer softmax_verify(struct km_case *c)
{
    struct state *s = c->state;
    double max = -INFINITY, sum = 0;
    enum km_answer answer = KM_RIGHT;
    for (size_t i = 0; i < s->n; i++) {
        max = fmax(max, s->x[i]);
        s->y[i] = NAN;
    }
    for (size_t i = 0; i < s->n; i++)
        sum += exp(s->x[i] - max);
    run_one(c, 1);
    for (size_t i = 0; i < s->n && answer == KM_RIGHT; i++) {
        double value = exp(s->x[i] - max) / sum;
        char name[32];
        snprintf(name, sizeof name, "y[%zu]", i);
        answer = bu_check(c, name, s->y[i], value,
                          ((double)s->n + 32 + 2 * (max - s->x[i])) * BU_ROUNDOFF * value + BU_TINY);
    }
    return answer;
}

/* flops and floats moved, per element; an exponential counts as one. */
#define BINDING(name, run, flops, floats)                                                                              \
    static struct km_cost name##_cost(const struct km_case *c)                                                         \
    {                                                                                                                  \
        return bu_cost(c, flops, floats);                                                                              \
    }                                                                                                                  \
    BU_OP_F32(name, params, setup(c, #name), run, name##_cost)
BINDING(exp, run_one, 1, 2)
BINDING(silu, run_one, 4, 2)
BINDING(gelu, run_one, 8, 2)
BINDING(gelu_erf, run_one, 22, 2)
BINDING(swiglu, run_two, 5, 3)
BINDING(softmax, run_one, 4, 2)
