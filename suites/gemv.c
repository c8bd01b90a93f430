/* SPDX-License-Identifier: Apache-2.0
 * Binding of gemv/f32: one iteration is one product of an m × k matrix (row-major) with a vector of k floats. */
#include "suites/binding_util.h"

#include <kern/kern.h>

#include <math.h>
#include <stdio.h>

struct state {
    struct bu_state head;
    float *y, *a, *x;
    size_t m, k;
};

static const struct km_param_spec params[] = {
    { .name = "m", .min = 1, .max = 1 << 18, .what = "rows of the matrix" },
    { .name = "k", .min = 1, .max = 1 << 18, .what = "columns of the matrix" },
    { .name = NULL },
};

static const char *const *variants(void)
{
    return bu_variants("gemv", "f32");
}

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    peer_close(s->head.peer);
    bu_free(s->y);
    bu_free(s->a);
    bu_free(s->x);
    bu_free(s);
}

static enum km_answer setup(struct km_case *c)
{
    enum { MOST = 1 << 30 }; /* elements: 4 GiB of matrix */
    if (bu_number(c, "m") * bu_number(c, "k") > MOST)
        return bu_cannot(c, "a matrix of more than %d elements", MOST);
    struct state *s = bu_begin(c, sizeof *s, "gemv", "f32");
    if (!s)
        return KM_CANNOT;
    uint64_t random = c->seed;
    s->m = (size_t)bu_number(c, "m");
    s->k = (size_t)bu_number(c, "k");
    s->a = bu_alloc(s->m * s->k * sizeof *s->a, 0);
    s->x = bu_alloc(s->k * sizeof *s->x, 16);
    s->y = bu_alloc(s->m * sizeof *s->y, 48);
    int ok = s->a && s->x && s->y;
    if (ok) {
        bu_fill(s->a, s->m * s->k, -1, 1, &random);
        bu_fill(s->x, s->k, -1, 1, &random);
    }
    const struct peer_job job = { .op = "gemv", .dtype = "f32", .x = s->x, .w = s->a, .y = s->y, .m = s->m, .k = s->k };
    return bu_ready_peer(c, ok, teardown, &job);
}

static void run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    if (bu_run_peer(&s->head, iterations))
        return;
    kern_gemv_f32_fn *gemv = (kern_gemv_f32_fn *)s->head.fn;
    for (; iterations; iterations--) {
        gemv(s->y, s->a, s->x, s->m, s->k);
        km_do_not_optimize(s->y);
    }
}

/* Tolerance of each row: the bound that kern.h promises for a dot product of k elements. */
static enum km_answer verify_row(struct km_case *c, size_t i)
{
    const struct state *s = c->state;
    const float *row = s->a + i * s->k;
    double want = 0, magnitude = 0;
    char name[32];
    for (size_t j = 0; j < s->k; j++) {
        want += (double)row[j] * s->x[j];
        magnitude += fabs((double)row[j] * s->x[j]);
    }
    snprintf(name, sizeof name, "y[%zu]", i);
    return bu_check(c, name, s->y[i], want, (double)(s->k + 1) * BU_ROUNDOFF * magnitude + (double)s->k * BU_TINY);
}

static enum km_answer verify(struct km_case *c)
{
    struct state *s = c->state;
    enum km_answer answer = KM_RIGHT;
    for (size_t i = 0; i < s->m; i++)
        s->y[i] = NAN;
    run(c, 1);
    for (size_t i = 0; i < s->m && answer == KM_RIGHT; i++)
        answer = verify_row(c, i);
    return answer;
}

static struct km_cost cost(const struct km_case *c)
{
    double m = (double)bu_number(c, "m"), k = (double)bu_number(c, "k");
    return (struct km_cost){ .flops = 2 * m * k, .bytes = 4 * (m * k + m + k), .items = m * k, .item = "weight" };
}

const struct km_op km_op_gemv_f32 = { "gemv", "f32", 1, params, variants, setup, verify, run, cost, teardown };
