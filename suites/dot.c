/* SPDX-License-Identifier: Apache-2.0
 * Binding of dot/f32: one iteration is one inner product of two vectors of n floats. */
#include "suites/binding_util.h"

#include <kern/kern.h>

#include <math.h>

struct state {
    struct bu_state head;
    float *x, *y;
    size_t n;
    float result;
};

static const struct km_param_spec params[] = {
    { .name = "n", .min = 1, .max = 1 << 28, .what = "elements of each vector" },
    { .name = NULL },
};

static const char *const *variants(void)
{
    return bu_variants("dot", "f32");
}

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    peer_close(s->head.peer);
    bu_free(s->x);
    bu_free(s->y);
    bu_free(s);
}

static enum km_answer setup(struct km_case *c)
{
    struct state *s = bu_begin(c, sizeof *s, "dot", "f32");
    if (!s)
        return KM_CANNOT;
    uint64_t random = c->seed;
    s->n = (size_t)bu_number(c, "n");
    s->x = bu_alloc(s->n * sizeof *s->x, 0);
    s->y = bu_alloc(s->n * sizeof *s->y, 32);
    if (s->x && s->y) {
        bu_fill(s->x, s->n, -1, 1, &random);
        bu_fill(s->y, s->n, -1, 1, &random);
    }
    const struct peer_job job = { .op = "dot", .dtype = "f32", .x = s->x, .w = s->y, .y = &s->result, .n = s->n };
    return bu_ready_peer(c, s->x && s->y, teardown, &job);
}

static void run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    if (bu_run_peer(&s->head, iterations))
        return;
    kern_dot_f32_fn *dot = (kern_dot_f32_fn *)s->head.fn;
    for (; iterations; iterations--) {
        s->result = dot(s->x, s->y, s->n);
        km_do_not_optimize(&s->result);
    }
}

/* Tolerance: the bound that kern.h promises for summing in any order. */
static enum km_answer verify(struct km_case *c)
{
    struct state *s = c->state;
    double want = 0, magnitude = 0;
    for (size_t i = 0; i < s->n; i++) {
        want += (double)s->x[i] * s->y[i];
        magnitude += fabs((double)s->x[i] * s->y[i]);
    }
    s->result = NAN;
    run(c, 1);
    return bu_check(c, "the dot product", s->result, want,
                    (double)(s->n + 1) * BU_ROUNDOFF * magnitude + (double)s->n * BU_TINY);
}

static struct km_cost cost(const struct km_case *c)
{
    double n = (double)bu_number(c, "n");
    return (struct km_cost){ .flops = 2 * n, .bytes = 8 * n, .items = n, .item = "element" };
}

const struct km_op km_op_dot_f32 = { "dot", "f32", 1, params, variants, setup, verify, run, cost, teardown };
