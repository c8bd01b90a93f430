/* SPDX-License-Identifier: Apache-2.0
 * Bindings of symmetric INT8 per channel: quantising an m × k matrix, widening it, and its product with a vector that is
 * quantised anew each time. */
#include "suites/quant_util.h"
#include "suites/threads_util.h"

#include <string.h>

struct state {
    struct bu_state head;
    float *x, *v, *d, *y; /* matrix, vector, scales, answer */
    int8_t *q;
    void *work;
    size_t m, k;
    struct tu_pool pool;
};

#define M                                                                                                              \
    {                                                                                                                  \
        "m", 1, 1 << 18, 0, NULL, "rows of the matrix"                                                                 \
    }
#define K                                                                                                              \
    {                                                                                                                  \
        "k", 1, 1 << 17, 0, NULL, "columns of the matrix"                                                              \
    }
static const struct km_param_spec sizes[] = { M, K, { .name = NULL } };
static const struct km_param_spec sizes_threads[] = { M, K, KM_THREADS, { .name = NULL } };

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    tu_stop(&s->pool);
    peer_close(s->head.peer);
    bu_free(s->x);
    bu_free(s->v);
    bu_free(s->d);
    bu_free(s->y);
    bu_free(s->q);
    bu_free(s->work);
    bu_free(s);
}

static enum km_answer setup(struct km_case *c, const char *op)
{
    enum { MOST = 1 << 27 };
    if (bu_number(c, "m") * bu_number(c, "k") > MOST)
        return bu_cannot(c, "a matrix of more than %d elements", MOST);
    struct state *s = bu_begin(c, sizeof *s, op, "i8");
    if (!s)
        return KM_CANNOT;
    uint64_t random = c->seed;
    s->m = (size_t)bu_number(c, "m");
    s->k = (size_t)bu_number(c, "k");
    int is_gemv = strcmp(op, "gemv") == 0;
    s->x = bu_alloc(s->m * s->k * sizeof *s->x, 0);
    s->v = bu_alloc(s->k * sizeof *s->v, 16);
    s->d = bu_alloc(s->m * sizeof *s->d, 24);
    s->y = bu_alloc((is_gemv ? s->m : s->m * s->k) * sizeof *s->y, 32);
    s->q = bu_alloc(s->m * s->k, 40);
    s->work = bu_alloc(kern_pool_gemv_work_size(s->k, tu_threads(c)), 48);
    if (tu_ready(c, s->x && s->v && s->d && s->y && s->q && s->work, &s->pool, teardown) != KM_RIGHT)
        return KM_CANNOT;
    struct peer_job job = { .op = op, .dtype = "i8", .x = s->v, .w = s->q, .b = s->d, .y = s->y, .m = s->m, .k = s->k };
    enum km_answer answer = bu_ready_peer(c, 1, teardown, &job);
    if (answer != KM_RIGHT)
        return answer;
    bu_fill(s->x, s->m * s->k, -1, 1, &random);
    bu_fill(s->v, s->k, -1, 1, &random);
    kern_quantize_i8_ref(s->q, s->d, s->x, s->m, s->k);
    return KM_RIGHT;
}

/* Every value within half a step of its row's largest magnitude, after a change of d by one rounding. */
static enum km_answer check_quantize(struct km_case *c)
{
    const struct state *s = c->state;
    for (size_t i = 0; i < s->m * s->k; i++) {
        double d = s->d[i / s->k];
        if (bu_check(c, "a value", d * s->q[i], s->x[i], (0.5 + 0x1p-14) * d) != KM_RIGHT)
            return KM_WRONG;
    }
    return KM_RIGHT;
}

static enum km_answer check_dequant(struct km_case *c)
{
    const struct state *s = c->state;
    for (size_t i = 0; i < s->m * s->k; i++)
        if (bu_check(c, "a value", s->y[i], (float)((double)s->d[i / s->k] * s->q[i]), 0) != KM_RIGHT)
            return KM_WRONG;
    return KM_RIGHT;
}

/* Against exact integers with the vector quantised by the reference; three roundings are allowed. */
static enum km_answer check_gemv(struct km_case *c)
{
    const struct state *s = c->state;
    int8_t *v = bu_alloc(s->k, 0);
    float dv = 0;
    enum km_answer answer = v ? KM_RIGHT : bu_cannot(c, "not enough memory");
    if (v)
        kern_quantize_i8_ref(v, &dv, s->v, 1, s->k);
    for (size_t i = 0; i < s->m && answer == KM_RIGHT; i++) {
        int64_t sum = 0;
        for (size_t j = 0; j < s->k; j++)
            sum += s->q[i * s->k + j] * v[j];
        double want = (double)sum * s->d[i] * dv;
        answer = bu_check(c, "a product", s->y[i], want, 4 * BU_ROUNDOFF * fabs(want));
    }
    bu_free(v);
    return answer;
}

#define BINDING(operation, params, spoil, call, flops_each, bytes_each)                                                \
    static const char *const *variants_##operation(void)                                                               \
    {                                                                                                                  \
        return bu_variants(#operation, "i8");                                                                          \
    }                                                                                                                  \
    static enum km_answer setup_##operation(struct km_case *c)                                                         \
    {                                                                                                                  \
        return setup(c, #operation);                                                                                   \
    }                                                                                                                  \
    static void run_##operation(struct km_case *c, uint64_t iterations)                                                \
    {                                                                                                                  \
        struct state *s = c->state;                                                                                    \
        kern_##operation##_i8_fn *fn = (kern_##operation##_i8_fn *)s->head.fn;                                         \
        if (bu_run_peer(&s->head, iterations))                                                                         \
            return;                                                                                                    \
        for (; iterations; iterations--) {                                                                             \
            call;                                                                                                      \
            km_do_not_optimize(s->y);                                                                                  \
            km_do_not_optimize(s->q);                                                                                  \
        }                                                                                                              \
    }                                                                                                                  \
    static enum km_answer verify_##operation(struct km_case *c)                                                        \
    {                                                                                                                  \
        struct state *s = c->state;                                                                                    \
        spoil;                                                                                                         \
        run_##operation(c, 1);                                                                                         \
        return check_##operation(c);                                                                                   \
    }                                                                                                                  \
    static struct km_cost cost_##operation(const struct km_case *c)                                                    \
    {                                                                                                                  \
        const struct state *s = c->state;                                                                              \
        double n = (double)s->m * (double)s->k;                                                                        \
        return (struct km_cost){ .flops = (flops_each)*n, .bytes = (bytes_each)*n, .items = n, .item = "weight" };     \
    }                                                                                                                  \
    const struct km_op km_op_##operation##_i8 = { #operation,                                                          \
                                                  "i8",                                                                \
                                                  1,                                                                   \
                                                  params,                                                              \
                                                  variants_##operation,                                                \
                                                  setup_##operation,                                                   \
                                                  verify_##operation,                                                  \
                                                  run_##operation,                                                     \
                                                  cost_##operation,                                                    \
                                                  teardown };

BINDING(quantize, sizes, memset(s->q, 0x55, s->m * s->k), fn(s->q, s->d, s->x, s->m, s->k), 2, 5)
BINDING(dequant, sizes, memset(s->y, 0xff, s->m * s->k * sizeof *s->y), fn(s->y, s->q, s->d, s->m, s->k), 1, 5)
BINDING(gemv, sizes_threads, memset(s->y, 0xff, s->m * sizeof *s->y),
        kern_pool_gemv_i8(s->pool.pool, fn, s->y, s->q, s->d, s->v, s->m, s->k, s->work), 2, 1)
