/* SPDX-License-Identifier: Apache-2.0
 * Binding of layernorm/f32: one iteration normalises one vector of n floats into another. */
#include "suites/binding_util.h"

#include <kern/kern.h>

#include <math.h>
#include <stdio.h>

struct state {
    struct bu_state head;
    float *y, *x, *w, *b;
    size_t n;
};

static const float eps = 1e-5f; /* of GPT-2 and most models since */

static const struct km_param_spec params[] = {
    { .name = "n", .min = 1, .max = 1 << 27, .what = "elements of the vector" },
    { .name = NULL },
};

static const char *const *variants(void)
{
    return bu_variants("layernorm", "f32");
}

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    peer_close(s->head.peer);
    bu_free(s->y);
    bu_free(s->x);
    bu_free(s->w);
    bu_free(s->b);
    bu_free(s);
}

static enum km_answer setup(struct km_case *c)
{
    struct state *s = bu_begin(c, sizeof *s, "layernorm", "f32");
    if (!s)
        return KM_CANNOT;
    uint64_t random = c->seed;
    s->n = (size_t)bu_number(c, "n");
    s->x = bu_alloc(s->n * sizeof *s->x, 0);
    s->w = bu_alloc(s->n * sizeof *s->w, 16);
    s->b = bu_alloc(s->n * sizeof *s->b, 32);
    s->y = bu_alloc(s->n * sizeof *s->y, 48);
    int ok = s->x && s->w && s->b && s->y;
    if (ok) { /* activations off centre, gains near one, as in a trained model */
        bu_fill(s->x, s->n, -3, 4, &random);
        bu_fill(s->w, s->n, 0.5f, 1.5f, &random);
        bu_fill(s->b, s->n, -0.5f, 0.5f, &random);
    }
    const struct peer_job job = {
        .op = "layernorm", .dtype = "f32", .x = s->x, .w = s->w, .b = s->b, .y = s->y, .n = s->n, .factor = eps
    };
    return bu_ready_peer(c, ok, teardown, &job);
}

static void run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    if (bu_run_peer(&s->head, iterations))
        return;
    kern_layernorm_f32_fn *layernorm = (kern_layernorm_f32_fn *)s->head.fn;
    for (; iterations; iterations--) {
        layernorm(s->y, s->x, s->w, s->b, s->n, eps);
        km_do_not_optimize(s->y);
    }
}

/* What the reference needs to know about x. */
struct moments {
    double mean, deviation, largest;
};

static struct moments moments(const float *x, size_t n)
{
    struct moments m = { 0, 0, 0 };
    double squares = 0;
    for (size_t i = 0; i < n; i++) {
        m.mean += x[i] / (double)n;
        m.largest = fmax(m.largest, fabs((double)x[i]));
    }
    for (size_t i = 0; i < n; i++)
        squares += (x[i] - m.mean) * (x[i] - m.mean);
    m.deviation = sqrt(squares / (double)n + eps);
    return m;
}

/* Tolerance: the bound that kern.h promises. */
static enum km_answer verify(struct km_case *c)
{
    struct state *s = c->state;
    struct moments m = moments(s->x, s->n);
    enum km_answer answer = KM_RIGHT;
    for (size_t i = 0; i < s->n; i++)
        s->y[i] = NAN;
    run(c, 1);
    for (size_t i = 0; i < s->n && answer == KM_RIGHT; i++) {
        double x = (s->x[i] - m.mean) / m.deviation, w = s->w[i], b = s->b[i];
        double bound = fabs(w) * (m.largest / m.deviation + fabs(x)) + fabs(b);
        char name[32];
        snprintf(name, sizeof name, "y[%zu]", i);
        answer = bu_check(c, name, s->y[i], x * w + b, (double)(s->n + 32) * BU_ROUNDOFF * bound + BU_TINY);
    }
    return answer;
}

/* Per element: one addition for the mean, difference, square and sum for the variance, difference, scale, gain and bias
 * for the result. */
static struct km_cost cost(const struct km_case *c)
{
    double n = (double)bu_number(c, "n");
    return (struct km_cost){ .flops = 8 * n, .bytes = 16 * n, .items = n, .item = "element" };
}

const struct km_op km_op_layernorm_f32 = {
    "layernorm", "f32", 1, params, variants, setup, verify, run, cost, teardown
};
