/* SPDX-License-Identifier: Apache-2.0
 * Bindings of lora/f32 (one iteration adds the adapter's change to one output), lora_grad/f32 (one example's gradient)
 * and lora_update/f32 (one step of all the adapter's weights). The scale's sign turns with every call, so that nothing
 * grows. */
#include "suites/binding_util.h"

#include <kern/kern.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

struct state {
    struct bu_state head;
    struct kern_lora lora;
    float *a, *b, *x, *y, *da, *db, *was;
    size_t na, nb;
};

static const struct km_param_spec params[] = {
    { .name = "m", .min = 1, .max = 1 << 16, .what = "outputs" },
    { .name = "k", .min = 1, .max = 1 << 16, .what = "inputs" },
    { .name = "rank", .min = 1, .max = KERN_LORA_RANK, .what = "rank of the adapter" },
    { .name = NULL },
};

static enum km_answer setup(struct km_case *c, const char *op)
{
    struct state *s = bu_begin(c, sizeof *s, op, "f32");
    if (!s)
        return KM_CANNOT;
    uint64_t random = c->seed;
    size_t m = (size_t)bu_number(c, "m"), k = (size_t)bu_number(c, "k"), rank = (size_t)bu_number(c, "rank");
    s->na = rank * k;
    s->nb = rank * m;
    s->a = bu_floats(c, s->na, 0, -1, 1, &random);
    s->b = bu_floats(c, s->nb, 9, -1, 1, &random);
    s->x = bu_floats(c, k, 18, -1, 1, &random);
    s->y = bu_floats(c, m, 27, -1, 1, &random);
    s->da = bu_floats(c, s->na, 36, -1, 1, &random);
    s->db = bu_floats(c, s->nb, 45, -1, 1, &random);
    s->was = bu_take(c, (s->na + s->nb) * sizeof *s->was, 0);
    s->lora = (struct kern_lora){ s->a, s->b, m, k, rank, 0.5f };
    return bu_made(c);
}

static void lora_run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    for (; iterations; iterations--) {
        ((kern_lora_f32_fn *)s->head.fn)(s->y, s->x, &s->lora);
        s->lora.scale = -s->lora.scale;
        km_do_not_optimize(s->y);
    }
}

static void lora_grad_run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    for (; iterations; iterations--) {
        ((kern_lora_grad_f32_fn *)s->head.fn)(s->da, s->db, s->x, s->y, &s->lora);
        s->lora.scale = -s->lora.scale;
        km_do_not_optimize(s->da);
        km_do_not_optimize(s->db);
    }
}

static void lora_update_run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    for (; iterations; iterations--) {
        ((kern_lora_update_f32_fn *)s->head.fn)(s->a, s->da, 0.01f, s->na);
        ((kern_lora_update_f32_fn *)s->head.fn)(s->b, s->db, 0.01f, s->nb);
        km_do_not_optimize(s->a);
        km_do_not_optimize(s->b);
    }
}

/* scale * row times x, and in *size the sum of the magnitudes. */
static double product(const struct state *s, const float *row, const float *x, size_t n, double *size)
{
    double sum = 0;
    *size = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)s->lora.scale * row[i] * x[i];
        *size += fabs((double)s->lora.scale * row[i] * x[i]);
    }
    return sum;
}

/* Tolerance here and below: what vec.h promises. */
static enum km_answer lora_verify(struct km_case *c)
{
    struct state *s = c->state;
    size_t m = s->lora.m, k = s->lora.k, rank = s->lora.rank;
    double d[KERN_LORA_RANK], size[KERN_LORA_RANK];
    enum km_answer answer = KM_RIGHT;
    s->lora.scale = 0.5f;
    for (size_t r = 0; r < rank; r++)
        d[r] = product(s, s->a + r * k, s->x, k, &size[r]);
    memcpy(s->was, s->y, m * sizeof *s->y);
    lora_run(c, 1);
    for (size_t i = 0; i < m && answer == KM_RIGHT; i++) {
        double want = s->was[i], most = 18 * BU_ROUNDOFF * fabs((double)s->was[i]);
        for (size_t r = 0; r < rank; r++) {
            want += d[r] * s->b[r * m + i];
            most += ((double)k + 24) * BU_ROUNDOFF * size[r] * fabs((double)s->b[r * m + i]);
        }
        char name[32];
        snprintf(name, sizeof name, "y[%zu]", i);
        answer = bu_check(c, name, s->y[i], want, most + BU_TINY);
    }
    memcpy(s->y, s->was, m * sizeof *s->y);
    return answer;
}

/* The gradient d ([rank][n], on top of was): each rank's row times `in` times out[i]. */
static enum km_answer check_gradient(struct km_case *c, const char *what, const float *d, const float *was, size_t n,
                                     const float *out, const float *row, size_t terms, const float *in)
{
    struct state *s = c->state;
    enum km_answer answer = KM_RIGHT;
    for (size_t r = 0; r < s->lora.rank; r++) {
        double size, value = product(s, row + r * terms, in, terms, &size);
        for (size_t i = 0; i < n && answer == KM_RIGHT; i++) {
            double before = was[r * n + i];
            double most = ((double)terms + 24) * BU_ROUNDOFF * size * fabs((double)out[i]);
            char name[48];
            snprintf(name, sizeof name, "%s[%zu][%zu]", what, r, i);
            answer = bu_check(c, name, d[r * n + i], before + value * out[i],
                              most + 18 * BU_ROUNDOFF * fabs(before) + BU_TINY);
        }
    }
    return answer;
}

static enum km_answer lora_grad_verify(struct km_case *c)
{
    struct state *s = c->state;
    size_t m = s->lora.m, k = s->lora.k;
    memcpy(s->was, s->da, s->na * sizeof *s->da);
    memcpy(s->was + s->na, s->db, s->nb * sizeof *s->db);
    s->lora.scale = 0.5f;
    lora_grad_run(c, 1);
    s->lora.scale = 0.5f;
    enum km_answer answer = check_gradient(c, "dA", s->da, s->was, k, s->x, s->b, m, s->y);
    if (answer == KM_RIGHT)
        answer = check_gradient(c, "dB", s->db, s->was + s->na, m, s->y, s->a, k, s->x);
    memcpy(s->da, s->was, s->na * sizeof *s->da);
    memcpy(s->db, s->was + s->na, s->nb * sizeof *s->db);
    return answer;
}

static enum km_answer lora_update_verify(struct km_case *c)
{
    struct state *s = c->state;
    enum km_answer answer = KM_RIGHT;
    uint64_t random = c->seed;
    memcpy(s->was, s->a, s->na * sizeof *s->a);
    bu_fill(s->da, s->na, 1, 2, &random);
    bu_fill(s->db, s->nb, 1, 2, &random);
    lora_update_run(c, 1);
    random = c->seed;
    for (size_t i = 0; i < s->na && answer == KM_RIGHT; i++) {
        float gradient, before = s->was[i];
        bu_fill(&gradient, 1, 1, 2, &random);
        answer = bu_check(c, "a weight", s->a[i], before - (double)0.01f * gradient,
                          2 * BU_ROUNDOFF * (fabs((double)before) + 0.02) + BU_TINY);
    }
    for (size_t i = 0; i < s->nb && answer == KM_RIGHT; i++)
        answer = bu_check(c, "a gradient after its use", s->db[i] + s->da[i % s->na], 0, 0);
    memcpy(s->a, s->was, s->na * sizeof *s->a);
    return answer;
}

static struct km_cost lora_cost(const struct km_case *c)
{
    const struct state *s = c->state;
    double n = (double)(s->na + s->nb), vectors = (double)(s->lora.k + 2 * s->lora.m);
    return (struct km_cost){ .flops = 2 * n, .bytes = 4 * (n + vectors), .items = 1, .item = "vector" };
}

static struct km_cost lora_grad_cost(const struct km_case *c)
{
    const struct state *s = c->state;
    double n = (double)(s->na + s->nb), vectors = (double)(s->lora.k + s->lora.m);
    return (struct km_cost){ .flops = 4 * n, .bytes = 4 * (3 * n + vectors), .items = 1, .item = "example" };
}

static struct km_cost lora_update_cost(const struct km_case *c)
{
    const struct state *s = c->state;
    double n = (double)(s->na + s->nb);
    return (struct km_cost){ .flops = 2 * n, .bytes = 16 * n, .items = n, .item = "weight" };
}

BU_OP_F32(lora, params, setup(c, "lora"), lora_run, lora_cost)
BU_OP_F32(lora_grad, params, setup(c, "lora_grad"), lora_grad_run, lora_grad_cost)
BU_OP_F32(lora_update, params, setup(c, "lora_update"), lora_update_run, lora_update_cost)
