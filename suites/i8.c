/* SPDX-License-Identifier: Apache-2.0
 * Bindings of symmetric INT8 and INT4 per channel: quantising an m × k matrix, widening it, the dot product of one row
 * with a vector quantised before, and the product with a vector that is quantised anew each time. */
#include "suites/quality.h"
#include "suites/quant_util.h"
#include "suites/threads_util.h"

#include <string.h>

/* What differs between the two. */
struct channel {
    const char *dtype;
    size_t (*row)(size_t k); /* its bytes */
    double (*level)(const void *row, size_t i);
    void (*quantize)(void *q, float *d, const float *x, size_t m, size_t k);
    double bytes; /* of a level */
};

struct state {
    struct bu_state head;
    const struct channel *t;
    float *x, *v, *d, *y; /* matrix, vector, scales, answer */
    int8_t *xq;           /* the vector, quantised, with scale dx */
    float dx;
    void *q, *work;
    size_t m, k;
    struct tu_pool pool;
};

static size_t row_i8(size_t k)
{
    return k;
}

static void narrow_i8(void *q, float *d, const float *x, size_t m, size_t k)
{
    kern_quantize_i8_ref(q, d, x, m, k);
}

static void narrow_i4(void *q, float *d, const float *x, size_t m, size_t k)
{
    kern_quantize_i4_ref(q, d, x, m, k);
}

static const struct channel channel_i8 = { "i8", row_i8, qu_i8, narrow_i8, 1 };
static const struct channel channel_i4 = { "i4", kern_i4_row, qu_i4, narrow_i4, 0.5 };

#define M                                                                                                              \
    {                                                                                                                  \
        "m", 1, 1 << 18, 0, NULL, "rows of the matrix"                                                                 \
    }
#define K(name)                                                                                                        \
    {                                                                                                                  \
        name, 1, 1 << 17, 0, NULL, "columns of the matrix"                                                             \
    }
static const struct km_param_spec sizes[] = { M, K("k"), { .name = NULL } };
static const struct km_param_spec sizes_threads[] = { M, K("k"), KM_THREADS, { .name = NULL } };
static const struct km_param_spec elements[] = { K("n"), { .name = NULL } };

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    tu_stop(&s->pool);
    bu_end(c);
}

static enum km_answer setup(struct km_case *c, const char *op, const struct channel *t, int64_t m, int64_t k)
{
    enum { MOST = 1 << 27 };
    if (m * k > MOST)
        return bu_cannot(c, "a matrix of more than %d elements", MOST);
    struct state *s = bu_begin(c, sizeof *s, op, t->dtype);
    if (!s)
        return KM_CANNOT;
    uint64_t random = c->seed;
    s->t = t;
    s->m = (size_t)m;
    s->k = (size_t)k;
    int wide = strcmp(op, "dequant") == 0;
    s->x = bu_take(c, s->m * s->k * sizeof *s->x, 0);
    s->v = bu_take(c, s->k * sizeof *s->v, 16);
    s->d = bu_take(c, s->m * sizeof *s->d, 24);
    s->y = bu_take(c, (wide ? s->m * s->k : s->m) * sizeof *s->y, 32);
    s->xq = bu_take(c, s->k, 36);
    s->q = bu_take(c, s->m * t->row(s->k), 40);
    s->work = bu_take(c, kern_pool_gemv_work_size(s->k, tu_threads(c)), 48);
    if (tu_ready(c, !s->head.starved, &s->pool, teardown) != KM_RIGHT)
        return KM_CANNOT;
    struct peer_job job = {
        .op = op, .dtype = t->dtype, .x = s->v, .w = s->q, .b = s->d, .y = s->y, .m = s->m, .k = s->k
    };
    enum km_answer answer = bu_ready_peer(c, 1, teardown, &job);
    if (answer != KM_RIGHT)
        return answer;
    bu_fill(s->x, s->m * s->k, -1, 1, &random);
    bu_fill(s->v, s->k, -1, 1, &random);
    t->quantize(s->q, s->d, s->x, s->m, s->k);
    kern_quantize_i8_ref(s->xq, &s->dx, s->v, 1, s->k);
    return KM_RIGHT;
}

static double level(const struct state *s, size_t row, size_t i)
{
    return s->t->level((const char *)s->q + row * s->t->row(s->k), i);
}

/* Every value within half a step of its row's scale, after a change of d by one rounding. */
static enum km_answer check_quantize(struct km_case *c)
{
    const struct state *s = c->state;
    for (size_t i = 0; i < s->m * s->k; i++) {
        double d = s->d[i / s->k];
        if (bu_check(c, "a value", d * level(s, i / s->k, i % s->k), s->x[i], (0.5 + 0x1p-14) * d) != KM_RIGHT)
            return KM_WRONG;
    }
    return KM_RIGHT;
}

static enum km_answer check_dequant(struct km_case *c)
{
    const struct state *s = c->state;
    for (size_t i = 0; i < s->m * s->k; i++) {
        double want = (double)s->d[i / s->k] * level(s, i / s->k, i % s->k);
        if (bu_check(c, "a value", s->y[i], (float)want, 0) != KM_RIGHT)
            return KM_WRONG;
    }
    return KM_RIGHT;
}

/* Against exact integers with the vector quantised by the reference and scaled by dx; three roundings are allowed. */
static enum km_answer check_rows(struct km_case *c, double dx)
{
    const struct state *s = c->state;
    enum km_answer answer = KM_RIGHT;
    for (size_t i = 0; i < s->m && answer == KM_RIGHT; i++) {
        double sum = 0; /* of integers below 2^53 */
        for (size_t j = 0; j < s->k; j++)
            sum += level(s, i, j) * s->xq[j];
        double want = sum * s->d[i] * dx;
        answer = bu_check(c, "a product", s->y[i], want, 4 * BU_ROUNDOFF * fabs(want));
    }
    return answer;
}

/* The layer that shows the loss; libkern's variants only, as another library is bound to the matrix that it was given. */
static enum km_answer check_layer(struct km_case *c, void (*run)(struct km_case *c, uint64_t iterations))
{
    struct state *own = c->state, layer = *own;
    if (own->head.peer)
        return KM_RIGHT;
    struct quality *q = quality_begin(c, kern_pool_gemv_work_size(QUALITY_K, tu_threads(c)));
    if (!q)
        return KM_CANNOT;
    layer.m = QUALITY_M;
    layer.k = QUALITY_K;
    layer.q = q->q;
    layer.d = q->d;
    layer.work = q->work;
    layer.v = q->x;
    layer.y = q->y;
    own->t->quantize(layer.q, layer.d, q->w, QUALITY_M, QUALITY_K);
    c->state = &layer;
    run(c, 1);
    c->state = own;
    return quality_end(c, q);
}

static enum km_answer check_gemv(struct km_case *c, void (*run)(struct km_case *c, uint64_t iterations))
{
    enum km_answer answer = check_rows(c, ((const struct state *)c->state)->dx);
    return answer == KM_RIGHT ? check_layer(c, run) : answer;
}

#define BINDING(operation, type, params, rows, columns, spoil, call, check, flops_each, bytes_beside)                  \
    static const char *const *variants_##operation##_##type(void)                                                      \
    {                                                                                                                  \
        return bu_variants(#operation, #type);                                                                         \
    }                                                                                                                  \
    static enum km_answer setup_##operation##_##type(struct km_case *c)                                                \
    {                                                                                                                  \
        return setup(c, #operation, &channel_##type, rows, columns);                                                   \
    }                                                                                                                  \
    static void run_##operation##_##type(struct km_case *c, uint64_t iterations)                                       \
    {                                                                                                                  \
        struct state *s = c->state;                                                                                    \
        kern_##operation##_##type##_fn *fn = (kern_##operation##_##type##_fn *)s->head.fn;                             \
        if (bu_run_peer(&s->head, iterations))                                                                         \
            return;                                                                                                    \
        for (; iterations; iterations--) {                                                                             \
            call;                                                                                                      \
            km_do_not_optimize(s->y);                                                                                  \
            km_do_not_optimize(s->q);                                                                                  \
        }                                                                                                              \
    }                                                                                                                  \
    static enum km_answer verify_##operation##_##type(struct km_case *c)                                               \
    {                                                                                                                  \
        struct state *s = c->state;                                                                                    \
        spoil;                                                                                                         \
        run_##operation##_##type(c, 1);                                                                                \
        return check;                                                                                                  \
    }                                                                                                                  \
    static struct km_cost cost_##operation##_##type(const struct km_case *c)                                           \
    {                                                                                                                  \
        const struct state *s = c->state;                                                                              \
        double n = (double)s->m * (double)s->k, bytes = channel_##type.bytes + (bytes_beside);                         \
        return (struct km_cost){ .flops = (flops_each)*n, .bytes = bytes * n, .items = n, .item = "weight" };          \
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

#define SPOIL_Q          memset(s->q, 0x55, s->m * s->t->row(s->k))
#define SPOIL_Y(columns) memset(s->y, 0xff, s->m *(columns) * sizeof *s->y)
#define BINDINGS(type)                                                                                                 \
    BINDING(quantize, type, sizes, bu_number(c, "m"), bu_number(c, "k"), SPOIL_Q, fn(s->q, s->d, s->x, s->m, s->k),    \
            check_quantize(c), 2, 4)                                                                                   \
    BINDING(dequant, type, sizes, bu_number(c, "m"), bu_number(c, "k"), SPOIL_Y(s->k),                                 \
            fn(s->y, s->q, s->d, s->m, s->k), check_dequant(c), 1, 4)                                                  \
    BINDING(dot, type, elements, 1, bu_number(c, "n"), SPOIL_Y(1), s->y[0] = fn(s->q, s->xq, s->d[0], s->k),           \
            check_rows(c, 1), 2, 1)                                                                                    \
    BINDING(gemv, type, sizes_threads, bu_number(c, "m"), bu_number(c, "k"), SPOIL_Y(1),                               \
            kern_pool_gemv_##type(s->pool.pool, fn, s->y, s->q, s->d, s->v, s->m, s->k, s->work),                      \
            check_gemv(c, run_gemv_##type), 2, 0)
BINDINGS(i8)
BINDINGS(i4)
