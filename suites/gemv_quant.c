/* SPDX-License-Identifier: Apache-2.0
 * Bindings of gemv and gemv_packed of Q8_0 and Q4_0: one iteration is one product of an m × k matrix of blocks, as in the
 * file or packed before, with a vector of k floats, which is quantised anew each time. */
#include "suites/quality.h"
#include "suites/quant_util.h"
#include "suites/threads_util.h"

#include <stdio.h>

struct state {
    struct bu_state head;
    void *a, *packed, *work;
    float *x, *y;
    size_t m, k;
    struct tu_pool pool;
};

/* What differs between the four. */
struct format {
    const char *op, *dtype;
    size_t block_bytes;
    void (*fill)(void *blocks, size_t n, uint64_t *random);
    double (*value)(const void *row, size_t i);
};

static const struct km_param_spec params[] = {
    { .name = "m", .min = 1, .max = 1 << 18, .what = "rows of the matrix" },
    { .name = "k", .min = 32, .max = 1 << 18, .multiple = 32, .what = "columns of the matrix" },
    KM_THREADS,
    { .name = NULL },
};

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    tu_stop(&s->pool);
    bu_end(c);
}

/* The state with everything but the packed weights; NULL as bu_begin(). */
static struct state *begin(struct km_case *c, const struct format *f)
{
    enum { MOST = 1 << 30 };
    if (bu_number(c, "m") * bu_number(c, "k") > MOST) {
        bu_cannot(c, "a matrix of more than %d elements", MOST);
        return NULL;
    }
    struct state *s = bu_begin(c, sizeof *s, f->op, f->dtype);
    if (!s)
        return NULL;
    uint64_t random = c->seed;
    s->m = (size_t)bu_number(c, "m");
    s->k = (size_t)bu_number(c, "k");
    s->a = bu_take(c, s->m * s->k / 32 * f->block_bytes, 0);
    s->packed = bu_take(c, kern_pack_blocks(s->m, s->k) * 16 * f->block_bytes, 8);
    s->work = bu_take(c, kern_pool_gemv_work_size(s->k, tu_threads(c)), 24);
    s->x = bu_take(c, s->k * sizeof *s->x, 16);
    s->y = bu_take(c, s->m * sizeof *s->y, 48);
    if (tu_ready(c, !s->head.starved, &s->pool, teardown) != KM_RIGHT)
        return NULL;
    f->fill(s->a, s->m * s->k / 32, &random);
    bu_fill(s->x, s->k, -1, 1, &random);
    return s;
}

/* Each row against double precision with x quantised by the reference; the tolerance is the bound of quant.h. */
static enum km_answer check(struct km_case *c, const struct format *f)
{
    const struct state *s = c->state;
    size_t n = s->k / 32;
    struct kern_q8_0 *x = bu_alloc(n * sizeof *x, 0);
    enum km_answer answer = x ? KM_RIGHT : bu_cannot(c, "not enough memory");
    if (x)
        kern_quantize_q8_0_ref(x, s->x, n);
    for (size_t i = 0; i < s->m && answer == KM_RIGHT; i++) {
        const char *row = (const char *)s->a + i * n * f->block_bytes;
        double want = 0, magnitude = 0;
        char name[32];
        for (size_t j = 0; j < s->k; j++) {
            double product = f->value(row, j) * qu_q8_0(x, j);
            want += product;
            magnitude += fabs(product);
        }
        snprintf(name, sizeof name, "y[%zu]", i);
        answer = bu_check(c, name, s->y[i], want, (double)(n + 8) * BU_ROUNDOFF * magnitude);
    }
    bu_free(x);
    return answer;
}

/* Makes *layer the state of the layer that shows the loss; its weights are still to be quantised and packed. */
static struct quality *begin_layer(struct km_case *c, struct state *layer)
{
    struct quality *q = quality_begin(c, kern_pool_gemv_work_size(QUALITY_K, tu_threads(c)));
    *layer = *(const struct state *)c->state;
    layer->m = QUALITY_M;
    layer->k = QUALITY_K;
    if (q)
        layer->a = q->q, layer->packed = q->packed, layer->work = q->work, layer->x = q->x, layer->y = q->y;
    return q;
}

static struct km_cost cost(const struct km_case *c, const struct format *f)
{
    double m = (double)bu_number(c, "m"), k = (double)bu_number(c, "k");
    return (struct km_cost){
        .flops = 2 * m * k, .bytes = m * k / 32 * (double)f->block_bytes + 4 * (m + k), .items = m * k, .item = "weight"
    };
}

#define BINDING(operation, type, weights, pack)                                                                        \
    static const struct format format_##operation##_##type = { #operation, #type, sizeof(struct kern_##type),          \
                                                               qu_fill_##type, qu_##type };                            \
    static const char *const *variants_##operation##_##type(void)                                                      \
    {                                                                                                                  \
        return bu_variants(#operation, #type);                                                                         \
    }                                                                                                                  \
    static enum km_answer setup_##operation##_##type(struct km_case *c)                                                \
    {                                                                                                                  \
        struct state *s = begin(c, &format_##operation##_##type);                                                      \
        if (!s)                                                                                                        \
            return KM_CANNOT;                                                                                          \
        pack;                                                                                                          \
        return KM_RIGHT;                                                                                               \
    }                                                                                                                  \
    static void run_##operation##_##type(struct km_case *c, uint64_t iterations)                                       \
    {                                                                                                                  \
        struct state *s = c->state;                                                                                    \
        kern_##operation##_##type##_fn *gemv = (kern_##operation##_##type##_fn *)s->head.fn;                           \
        for (; iterations; iterations--) {                                                                             \
            kern_pool_##operation##_##type(s->pool.pool, gemv, s->y, weights, s->x, s->m, s->k, s->work);              \
            km_do_not_optimize(s->y);                                                                                  \
        }                                                                                                              \
    }                                                                                                                  \
    static enum km_answer quality_##operation##_##type(struct km_case *c)                                              \
    {                                                                                                                  \
        struct state layer, *s = &layer, *own = c->state;                                                              \
        struct quality *q = begin_layer(c, s);                                                                         \
        if (!q)                                                                                                        \
            return KM_CANNOT;                                                                                          \
        kern_quantize_##type##_ref(s->a, q->w, QUALITY_M *QUALITY_K / 32);                                             \
        pack;                                                                                                          \
        c->state = s;                                                                                                  \
        run_##operation##_##type(c, 1);                                                                                \
        c->state = own;                                                                                                \
        return quality_end(c, q);                                                                                      \
    }                                                                                                                  \
    static enum km_answer verify_##operation##_##type(struct km_case *c)                                               \
    {                                                                                                                  \
        struct state *s = c->state;                                                                                    \
        for (size_t i = 0; i < s->m; i++)                                                                              \
            s->y[i] = NAN;                                                                                             \
        run_##operation##_##type(c, 1);                                                                                \
        enum km_answer answer = check(c, &format_##operation##_##type);                                                \
        return answer == KM_RIGHT ? quality_##operation##_##type(c) : answer;                                          \
    }                                                                                                                  \
    static struct km_cost cost_##operation##_##type(const struct km_case *c)                                           \
    {                                                                                                                  \
        return cost(c, &format_##operation##_##type);                                                                  \
    }                                                                                                                  \
    const struct km_op km_op_##operation##_##type = { #operation,                                                      \
                                                      #type,                                                           \
                                                      1,                                                               \
                                                      params,                                                          \
                                                      variants_##operation##_##type,                                   \
                                                      setup_##operation##_##type,                                      \
                                                      verify_##operation##_##type,                                     \
                                                      run_##operation##_##type,                                        \
                                                      cost_##operation##_##type,                                       \
                                                      teardown };

BINDING(gemv, q8_0, s->a, (void)0)
BINDING(gemv, q4_0, s->a, (void)0)
BINDING(gemv_packed, q8_0, s->packed, kern_pack_q8_0(s->packed, s->a, s->m, s->k))
BINDING(gemv_packed, q4_0, s->packed, kern_pack_q4_0(s->packed, s->a, s->m, s->k))
