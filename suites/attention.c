/* SPDX-License-Identifier: Apache-2.0
 * Binding of attention/f32: one iteration is one query of one head over n positions. */
#include "suites/binding_util.h"

#include <kern/kern.h>

#include <math.h>

struct state {
    struct bu_state head;
    float *q, *k, *v, *out, *work;
    size_t n, dim;
    float scale;
};

static const struct km_param_spec params[] = {
    { .name = "n", .min = 1, .max = 1 << 20, .what = "positions" },
    { .name = "dim", .min = 16, .max = KERN_HEAD_MOST, .multiple = 16, .what = "floats of one head" },
    { .name = NULL },
};

static const char *const *variants(void)
{
    return bu_variants("attention", "f32");
}

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    bu_free(s->q);
    bu_free(s->k);
    bu_free(s->v);
    bu_free(s->out);
    bu_free(s->work);
    bu_free(s);
}

static enum km_answer setup(struct km_case *c)
{
    struct state *s = bu_begin(c, sizeof *s, "attention", "f32");
    if (!s)
        return KM_CANNOT;
    uint64_t random = c->seed;
    s->n = (size_t)bu_number(c, "n");
    s->dim = (size_t)bu_number(c, "dim");
    s->scale = 1 / sqrtf((float)s->dim);
    s->q = bu_alloc(s->dim * sizeof *s->q, 0);
    s->out = bu_alloc(s->dim * sizeof *s->out, 16);
    s->k = bu_alloc(s->n * s->dim * sizeof *s->k, 8);
    s->v = bu_alloc(s->n * s->dim * sizeof *s->v, 24);
    s->work = bu_alloc(kern_attention_floats(s->n) * sizeof *s->work, 40);
    int ok = s->q && s->out && s->k && s->v && s->work;
    if (ok) {
        bu_fill(s->q, s->dim, -2, 2, &random);
        bu_fill(s->k, s->n * s->dim, -2, 2, &random);
        bu_fill(s->v, s->n * s->dim, -1, 1, &random);
    }
    return bu_ready(c, ok, teardown);
}

static void run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    kern_attention_f32_fn *attention = (kern_attention_f32_fn *)s->head.fn;
    for (; iterations; iterations--) {
        attention(s->out, s->q, s->k, s->v, s->n, s->dim, s->scale, s->work);
        km_do_not_optimize(s->out);
    }
}

static double score(const struct state *s, size_t j, double *size)
{
    double sum = 0;
    *size = 0;
    for (size_t i = 0; i < s->dim; i++) {
        sum += (double)s->q[i] * s->k[j * s->dim + i];
        *size += fabs((double)s->q[i] * s->k[j * s->dim + i]);
    }
    *size *= s->scale;
    return sum * s->scale;
}

/* Tolerance: the bound of kern/attn.h, with the sum of p |v| at its most, 1. */
static enum km_answer verify(struct km_case *c)
{
    struct state *s = c->state;
    double want[KERN_HEAD_MOST] = { 0 }, total = 0, most = 0, size;
    for (size_t j = 0; j < s->n; j++) {
        double p = exp(score(s, j, &size)); /* no overflow: at most 4 sqrt(dim) */
        most = fmax(most, size);
        total += p;
        for (size_t i = 0; i < s->dim; i++)
            want[i] += p * s->v[j * s->dim + i];
    }
    for (size_t i = 0; i < s->dim; i++) {
        want[i] /= total;
        s->out[i] = NAN;
    }
    run(c, 1);
    double tolerance = ((2.0 * (double)s->dim + 8) * most + (double)s->n + 16) * BU_ROUNDOFF;
    return bu_check_all(c, "out", s->out, want, s->dim, tolerance);
}

static struct km_cost cost(const struct km_case *c)
{
    double n = (double)bu_number(c, "n"), dim = (double)bu_number(c, "dim");
    return (struct km_cost){ .flops = 4 * n * dim, .bytes = 8 * n * dim, .items = n, .item = "position" };
}

const struct km_op km_op_attention_f32 = {
    "attention", "f32", 1, params, variants, setup, verify, run, cost, teardown
};
