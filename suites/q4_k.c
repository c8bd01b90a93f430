/* SPDX-License-Identifier: Apache-2.0
 * Bindings of Q4_K: dequant, dot with Q8_K, and gemv with a vector that is quantised anew each time; and of
 * quantize/q8_k. All are over an m × k matrix, of one row where there is no m. */
#include "suites/quality.h"
#include "suites/quant_util.h"
#include "suites/threads_util.h"

#include <string.h>

enum { N = KERN_Q4_K_BLOCK };

struct state {
    struct bu_state head;
    struct kern_q4_k *a;
    struct kern_q4_kx16 *packed;
    struct kern_q8_k *xq;
    void *work;
    float *x, *y;
    size_t m, k;
    struct tu_pool pool;
    double roundings; /* those of a sum are k / roundings and a few */
};

static const struct km_param_spec blocks[] = {
    { .name = "blocks", .min = 1, .max = 1 << 20, .what = "blocks of 256 values" },
    { .name = NULL },
};
static const struct km_param_spec elements[] = {
    { .name = "n", .min = N, .max = 1 << 26, .multiple = N, .what = "elements of each vector" },
    { .name = NULL },
};
static const struct km_param_spec sizes[] = {
    { .name = "m", .min = 1, .max = 1 << 18, .what = "rows of the matrix" },
    { .name = "k", .min = N, .max = 1 << 18, .multiple = N, .what = "columns of the matrix" },
    KM_THREADS,
    { .name = NULL },
};

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    tu_stop(&s->pool);
    bu_end(c);
}

static enum km_answer setup(struct km_case *c, const char *op, const char *dtype, size_t m, size_t k)
{
    enum { MOST = 1 << 30 };
    if (m > MOST / k)
        return bu_cannot(c, "a matrix of more than %d elements", MOST);
    struct state *s = bu_begin(c, sizeof *s, op, dtype);
    if (!s)
        return KM_CANNOT;
    uint64_t random = c->seed;
    s->m = m;
    s->k = k;
    s->roundings = strcmp(op, "gemv_packed") == 0 ? 16 : N;
    s->a = bu_take(c, m * k / N * sizeof *s->a, 0);
    s->packed = bu_take(c, kern_pack_blocks(m, k) / 8 * sizeof *s->packed, 8);
    s->xq = bu_take(c, k / N * sizeof *s->xq, 8);
    s->work = bu_take(c, kern_pool_gemv_work_size(k, tu_threads(c)), 24);
    s->x = bu_take(c, k * sizeof *s->x, 16);
    s->y = bu_take(c, (m > k ? m : k) * sizeof *s->y, 48);
    if (tu_ready(c, !s->head.starved, &s->pool, teardown) != KM_RIGHT)
        return KM_CANNOT;
    qu_fill_q4_k(s->a, m * k / N, &random);
    kern_pack_q4_k(s->packed, s->a, m, k);
    bu_fill(s->x, k, -1, 1, &random);
    kern_quantize_q8_k_ref(s->xq, s->x, k / N);
    return KM_RIGHT;
}

/* Rows of products against double precision; the tolerance is the bound of quant.h. */
static enum km_answer check_rows(struct km_case *c)
{
    const struct state *s = c->state;
    for (size_t row = 0; row < s->m; row++) {
        double want = 0, magnitude = 0;
        for (size_t i = 0; i < s->k; i++) {
            const struct kern_q8_k *block = &s->xq[i / N];
            double product, minimum, x = (double)block->d * block->qs[i % N];
            qu_q4_k(s->a + row * (s->k / N), i, &product, &minimum);
            want += x * (product - minimum);
            magnitude += fabs(x) * (fabs(product) + fabs(minimum));
        }
        if (bu_check(c, "a product", s->y[row], want, ((double)s->k / s->roundings + 12) * BU_ROUNDOFF * magnitude) !=
            KM_RIGHT)
            return KM_WRONG;
    }
    return KM_RIGHT;
}

static enum km_answer check_values(struct km_case *c)
{
    const struct state *s = c->state;
    for (size_t i = 0; i < s->k; i++) {
        double product, minimum;
        qu_q4_k(s->a, i, &product, &minimum);
        if (bu_check(c, "a value", s->y[i], (float)(product - minimum), 0) != KM_RIGHT)
            return KM_WRONG;
    }
    return KM_RIGHT;
}

/* Each value within half a step of the largest magnitude of its block. */
static enum km_answer check_narrowed(struct km_case *c)
{
    const struct state *s = c->state;
    for (size_t i = 0; i < s->k; i++) {
        const struct kern_q8_k *block = &s->xq[i / N];
        double max = qu_largest(s->x + i / N * N, N);
        if (bu_check(c, "a value", (double)block->d * block->qs[i % N], s->x[i], (0.5 + 0x1p-15) * max / 127) !=
            KM_RIGHT)
            return KM_WRONG;
    }
    return KM_RIGHT;
}

/* The products of rows, and then of the layer that shows the loss. */
static enum km_answer check_product(struct km_case *c, void (*run)(struct km_case *c, uint64_t iterations))
{
    enum km_answer answer = check_rows(c);
    if (answer != KM_RIGHT)
        return answer;
    struct quality *q = quality_begin(c, kern_pool_gemv_work_size(QUALITY_K, tu_threads(c)));
    if (!q)
        return KM_CANNOT;
    struct state *own = c->state, layer = *own;
    layer.m = QUALITY_M;
    layer.k = QUALITY_K;
    layer.a = (void *)q->q;
    layer.packed = (void *)q->packed;
    layer.work = q->work;
    layer.x = q->x;
    layer.y = q->y;
    quality_narrow_q4_k(layer.a, q->w, QUALITY_M * QUALITY_K);
    kern_pack_q4_k(layer.packed, layer.a, QUALITY_M, QUALITY_K);
    c->state = &layer;
    run(c, 1);
    c->state = own;
    return quality_end(c, q);
}

static struct km_cost cost_of(double flops, double bytes, double items, const char *item)
{
    return (struct km_cost){ .flops = flops, .bytes = bytes, .items = items, .item = item };
}

#define BINDING(operation, dtype, params, rows, columns, spoil, call, check, ...)                                      \
    static const char *const *variants_##operation(void)                                                               \
    {                                                                                                                  \
        return bu_variants(#operation, #dtype);                                                                        \
    }                                                                                                                  \
    static enum km_answer setup_##operation(struct km_case *c)                                                         \
    {                                                                                                                  \
        return setup(c, #operation, #dtype, (size_t)(rows), (size_t)(columns));                                        \
    }                                                                                                                  \
    static void run_##operation(struct km_case *c, uint64_t iterations)                                                \
    {                                                                                                                  \
        struct state *s = c->state;                                                                                    \
        kern_##operation##_##dtype##_fn *fn = (kern_##operation##_##dtype##_fn *)s->head.fn;                           \
        for (; iterations; iterations--) {                                                                             \
            call;                                                                                                      \
            km_do_not_optimize(s->y);                                                                                  \
            km_do_not_optimize(s->xq);                                                                                 \
        }                                                                                                              \
    }                                                                                                                  \
    static enum km_answer verify_##operation(struct km_case *c)                                                        \
    {                                                                                                                  \
        struct state *s = c->state;                                                                                    \
        spoil;                                                                                                         \
        run_##operation(c, 1);                                                                                         \
        return check;                                                                                                  \
    }                                                                                                                  \
    static struct km_cost cost_##operation(const struct km_case *c)                                                    \
    {                                                                                                                  \
        const struct state *s = c->state;                                                                              \
        double m = (double)s->m, n = (double)s->k / N;                                                                 \
        return cost_of(__VA_ARGS__);                                                                                   \
    }                                                                                                                  \
    const struct km_op km_op_##operation##_##dtype = { #operation,                                                     \
                                                       #dtype,                                                         \
                                                       1,                                                              \
                                                       params,                                                         \
                                                       variants_##operation,                                           \
                                                       setup_##operation,                                              \
                                                       verify_##operation,                                             \
                                                       run_##operation,                                                \
                                                       cost_##operation,                                               \
                                                       teardown };

#define SPOIL_Y memset(s->y, 0xff, s->m * sizeof *s->y)
BINDING(dequant, q4_k, blocks, 1, bu_number(c, "blocks") * N, memset(s->y, 0xff, s->k * sizeof *s->y),
        fn(s->y, s->a, s->k / N), check_values(c), 512 * n, (144 + 1024) * n + 0 * m, n, "block")
BINDING(quantize, q8_k, blocks, 1, bu_number(c, "blocks") * N, memset(s->xq, 0x55, s->k / N * sizeof *s->xq),
        fn(s->xq, s->x, s->k / N), check_narrowed(c), 512 * n, (292 + 1024) * n + 0 * m, n, "block")
BINDING(dot, q4_k, elements, 1, bu_number(c, "n"), SPOIL_Y, s->y[0] = fn(s->a, s->xq, s->k / N), check_rows(c), 512 * n,
        (144 + 292) * n, 256 * n * m, "element")
BINDING(gemv, q4_k, sizes, bu_number(c, "m"), bu_number(c, "k"), SPOIL_Y,
        kern_pool_gemv_q4_k(s->pool.pool, fn, s->y, s->a, s->x, s->m, s->k, s->work), check_product(c, run_gemv),
        512 * n * m, 144 * n * m + 1024 * n + 4 * m, 256 * n * m, "weight")
BINDING(gemv_packed, q4_k, sizes, bu_number(c, "m"), bu_number(c, "k"), SPOIL_Y,
        kern_pool_gemv_packed_q4_k(s->pool.pool, fn, s->y, s->packed, s->x, s->m, s->k, s->work),
        check_product(c, run_gemv_packed), 512 * n * m, 144 * n * m + 1024 * n + 4 * m, 256 * n * m, "weight")
