/* SPDX-License-Identifier: Apache-2.0
 * Binding of gemm/bf16: one iteration is one product of an m × k matrix with packed k × n weights. */
#include "suites/binding_util.h"
#include "suites/threads_util.h"

#include <kern/kern.h>

#include <math.h>
#include <stdio.h>

struct state {
    struct bu_state head;
    struct kern_gemm_bf16 g;
    uint16_t *a, *b, *packed; /* b: n rows of k, as layers store their weights */
    float *c;
    void *work;
    struct tu_pool pool;
};

static const struct km_param_spec params[] = {
    { .name = "m", .min = 1, .max = 1 << 16, .what = "rows of the result: tokens" },
    { .name = "n", .min = 1, .max = 1 << 16, .what = "columns of the result: outputs" },
    { .name = "k", .min = 1, .max = 1 << 16, .what = "length of each sum: inputs" },
    KM_THREADS,
    { .name = NULL },
};

static const char *const *variants(void)
{
    return bu_variants("gemm", "bf16");
}

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    tu_stop(&s->pool);
    peer_close(s->head.peer);
    bu_free(s->a);
    bu_free(s->b);
    bu_free(s->packed);
    bu_free(s->c);
    bu_free(s->work);
    bu_free(s);
}

/* Numbers between 2^-7 and 4 of both signs, four from each draw: the matrices are large. */
static void fill(uint16_t *x, size_t n, uint64_t *random)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < n; i++, bits >>= 16) {
        if (i % 4 == 0)
            bits = bu_random(random);
        x[i] = (uint16_t)((bits & 0x83ff) + 0x3c00);
    }
}

static enum km_answer setup(struct km_case *c)
{
    enum { MOST = 1 << 28 }; /* elements of one matrix */
    int64_t m = bu_number(c, "m"), n = bu_number(c, "n"), k = bu_number(c, "k");
    if (m * k > MOST || k * n > MOST || m * n > MOST)
        return bu_cannot(c, "a matrix of more than %d elements", MOST);
    struct state *s = bu_begin(c, sizeof *s, "gemm", "bf16");
    if (!s)
        return KM_CANNOT;
    uint64_t random = c->seed;
    struct kern_gemm_bf16 *g = &s->g;
    *g = (struct kern_gemm_bf16){ .m = (size_t)m, .n = (size_t)n, .k = (size_t)k };
    g->lda = g->k;
    g->ldc = g->n;
    g->a = s->a = bu_alloc(g->m * g->k * sizeof *s->a, 0);
    s->b = bu_alloc(g->k * g->n * sizeof *s->b, 16);
    g->packed = s->packed = bu_alloc(kern_gemm_packed_bf16(g->k, g->n) * sizeof *s->packed, 0);
    g->c = s->c = bu_alloc(g->m * g->n * sizeof *s->c, 32);
    g->work = s->work = bu_alloc(kern_gemm_work_size(g->n, g->k, tu_threads(c)), 48);
    int ok = s->a && s->b && s->packed && s->c && s->work;
    if (ok) {
        fill(s->a, g->m * g->k, &random);
        fill(s->b, g->k * g->n, &random);
        kern_gemm_pack_transposed_bf16(s->packed, s->b, g->k, g->k, g->n);
    }
    if (tu_ready(c, ok, &s->pool, teardown) != KM_RIGHT)
        return KM_CANNOT;
    return bu_ready_peer(c, 1, teardown,
                         &(struct peer_job){ .op = "gemm",
                                             .dtype = "bf16",
                                             .x = s->a,
                                             .w = s->b,
                                             .y = s->c,
                                             .m = g->m,
                                             .n = g->n,
                                             .k = g->k,
                                             .transposed = 1,
                                             .packed = 1 });
}

static void run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    if (bu_run_peer(&s->head, iterations))
        return;
    kern_gemm_bf16_fn *gemm = (kern_gemm_bf16_fn *)s->head.fn;
    for (; iterations; iterations--) {
        kern_pool_gemm_bf16(s->pool.pool, gemm, &s->g);
        km_do_not_optimize(s->c);
    }
}

/* Tolerance: the bound that kern/gemm.h promises. */
static enum km_answer verify_element(struct km_case *c, size_t i, size_t j)
{
    const struct state *s = c->state;
    size_t k = s->g.k;
    double want = 0, magnitude = 0;
    char name[64];
    for (size_t p = 0; p < k; p++) {
        double product = (double)kern_bf16_to_f32(s->a[i * k + p]) * (double)kern_bf16_to_f32(s->b[j * k + p]);
        want += product;
        magnitude += fabs(product);
    }
    snprintf(name, sizeof name, "c[%zu][%zu]", i, j);
    return bu_check(c, name, s->c[i * s->g.n + j], want,
                    (double)(k + 3) * BU_ROUNDOFF * magnitude + (double)(k + 1) * BU_TINY);
}

/* All elements of a small product; of a large one the corners and as many at random as keep this under a second. */
static enum km_answer verify(struct km_case *c)
{
    enum { MOST = 1 << 22 }; /* products */
    struct state *s = c->state;
    size_t n = s->g.n, elements = s->g.m * n;
    size_t some = elements * s->g.k <= MOST ? elements : MOST / s->g.k + 4;
    enum km_answer answer = KM_RIGHT;
    uint64_t random = c->seed;
    for (size_t i = 0; i < elements; i++)
        s->c[i] = NAN;
    run(c, 1);
    for (size_t i = 0; i < elements; i++)
        if (!isfinite(s->c[i]))
            return bu_wrong(c, "c[%zu][%zu] is %g", i / n, i % n, (double)s->c[i]);
    for (size_t i = 0; i < some && answer == KM_RIGHT; i++) {
        size_t at = some == elements ? i : i == 0 ? 0 : i == 1 ? elements - 1 : (size_t)(bu_random(&random) % elements);
        answer = verify_element(c, at / n, at % n);
    }
    return answer;
}

static struct km_cost cost(const struct km_case *c)
{
    double m = (double)bu_number(c, "m"), n = (double)bu_number(c, "n"), k = (double)bu_number(c, "k");
    return (struct km_cost){
        .flops = 2 * m * n * k, .bytes = 2 * (m * k + k * n) + 4 * m * n, .items = m, .item = "token"
    };
}

const struct km_op km_op_gemm_bf16 = { "gemm", "bf16", 1, params, variants, setup, verify, run, cost, teardown };
