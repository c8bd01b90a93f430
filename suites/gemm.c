/* SPDX-License-Identifier: Apache-2.0
 * Binding of gemm/f32: one iteration is one product of an m × k matrix with a k × n matrix, plain or packed once in
 * set-up as weights are. A dense layer of n outputs and k inputs over m tokens is such a product. */
#include "suites/binding_util.h"
#include "suites/threads_util.h"

#include <kern/kern.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

struct state {
    struct bu_state head;
    struct kern_gemm g;
    float *a, *b, *packed, *c;
    void *work;
    struct tu_pool pool;
};

static const char *const weights[] = { "plain", "packed", NULL };

static const struct km_param_spec params[] = {
    { .name = "m", .min = 1, .max = 1 << 16, .what = "rows of the result: tokens" },
    { .name = "n", .min = 1, .max = 1 << 16, .what = "columns of the result: outputs" },
    { .name = "k", .min = 1, .max = 1 << 16, .what = "length of each sum: inputs" },
    { .name = "weights", .words = weights, .what = "whether the right matrix was packed before" },
    KM_THREADS,
    { .name = NULL },
};

static const char *const *variants(void)
{
    return bu_variants("gemm", "f32");
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

/* Random numbers for the first part, which is repeated: the matrices are large and set up again in every process. */
static void fill(float *x, size_t n, uint64_t *random)
{
    enum { FRESH = (1 << 18) - 5 };
    size_t fresh = n < FRESH ? n : FRESH;
    bu_fill(x, fresh, -1, 1, random);
    for (size_t i = fresh; i < n; i += fresh)
        memcpy(x + i, x, (n - i < fresh ? n - i : fresh) * sizeof *x);
}

static int allocate(struct state *s, int pack, size_t threads)
{
    const struct kern_gemm *g = &s->g;
    s->a = bu_alloc(g->m * g->k * sizeof(float), 0);
    s->b = bu_alloc(g->k * g->n * sizeof(float), 16);
    s->c = bu_alloc(g->m * g->n * sizeof(float), 32);
    s->work = bu_alloc(kern_gemm_work_size(g->n, g->k, threads), 48);
    s->packed = pack ? bu_alloc(kern_gemm_packed_floats(g->k, g->n) * sizeof(float), 0) : NULL;
    return s->a && s->b && s->c && s->work && (s->packed || !pack);
}

static enum km_answer setup(struct km_case *c)
{
    enum { MOST = 1 << 28 }; /* elements of one matrix: 1 GiB */
    int64_t m = bu_number(c, "m"), n = bu_number(c, "n"), k = bu_number(c, "k");
    if (m * k > MOST || k * n > MOST || m * n > MOST)
        return bu_cannot(c, "a matrix of more than %d elements", MOST);
    struct state *s = bu_begin(c, sizeof *s, "gemm", "f32");
    if (!s)
        return KM_CANNOT;
    uint64_t random = c->seed;
    s->g = (struct kern_gemm){ .m = (size_t)m, .n = (size_t)n, .k = (size_t)k };
    int ok = allocate(s, strcmp(bu_word(c, "weights"), "packed") == 0, tu_threads(c));
    if (ok) {
        struct kern_gemm *g = &s->g;
        g->a = s->a, g->b = s->b, g->packed = s->packed, g->c = s->c, g->work = s->work;
        g->lda = g->k, g->ldb = g->ldc = g->n;
        fill(s->a, g->m * g->k, &random);
        fill(s->b, g->k * g->n, &random);
        if (s->packed)
            kern_gemm_pack_f32(s->packed, s->b, g->n, g->k, g->n);
    }
    if (tu_ready(c, ok, &s->pool, teardown) != KM_RIGHT)
        return KM_CANNOT;
    return bu_ready_peer(c, 1, teardown,
                         &(struct peer_job){ .op = "gemm",
                                             .dtype = "f32",
                                             .x = s->a,
                                             .w = s->b,
                                             .y = s->c,
                                             .m = s->g.m,
                                             .n = s->g.n,
                                             .k = s->g.k,
                                             .packed = s->packed != NULL });
}

static void run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    if (bu_run_peer(&s->head, iterations))
        return;
    kern_gemm_f32_fn *gemm = (kern_gemm_f32_fn *)s->head.fn;
    for (; iterations; iterations--) {
        kern_pool_gemm_f32(s->pool.pool, gemm, &s->g);
        km_do_not_optimize(s->c);
    }
}

/* Tolerance: the bound that kern/gemm.h promises. */
static enum km_answer verify_element(struct km_case *c, size_t i, size_t j)
{
    const struct state *s = c->state;
    const struct kern_gemm *g = &s->g;
    double want = 0, magnitude = 0;
    char name[64];
    for (size_t p = 0; p < g->k; p++) {
        double product = (double)s->a[i * g->k + p] * s->b[p * g->n + j];
        want += product;
        magnitude += fabs(product);
    }
    snprintf(name, sizeof name, "c[%zu][%zu]", i, j);
    return bu_check(c, name, s->c[i * g->n + j], want,
                    (double)(g->k + 2) * BU_ROUNDOFF * magnitude + (double)g->k * BU_TINY);
}

/* All elements of a small product; of a large one the corners and as many at random as keep this under a second (every
 * element of every shape is checked by the tests of libkern), and all for being finite. */
static enum km_answer verify(struct km_case *c)
{
    enum { MOST = 1 << 22 }; /* products */
    struct state *s = c->state;
    size_t m = s->g.m, n = s->g.n, elements = m * n;
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
    return (
        struct km_cost){ .flops = 2 * m * n * k, .bytes = 4 * (m * k + k * n + m * n), .items = m, .item = "token" };
}

const struct km_op km_op_gemm_f32 = { "gemm", "f32", 2, params, variants, setup, verify, run, cost, teardown };
