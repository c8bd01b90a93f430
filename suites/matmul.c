/* SPDX-License-Identifier: Apache-2.0
 * Bindings of matmul, the products of quantised weights that were packed in set-up with many vectors of floats, which
 * are quantised anew each time: one iteration is a layer of m outputs and k inputs over n tokens. */
#include "suites/quality.h"
#include "suites/quant_util.h"
#include "suites/threads_util.h"

#include <stdio.h>
#include <string.h>

/* What differs between the formats. */
struct format {
    const char *dtype;
    size_t block, bytes; /* values of a block in a row, and its bytes */
    void (*fill)(void *blocks, size_t n, uint64_t *random);
    void (*pack)(void *to, const void *a, size_t m, size_t k);
    void (*value)(const void *row, size_t i, double *product, double *minimum);
    void (*narrow)(void *blocks, float *d, const float *w, size_t m, size_t k);
    double roundings; /* those of a sum over k are k / roundings and a few */
};

struct state {
    struct bu_state head;
    const struct format *f;
    struct kern_matmul g;
    unsigned char *a, *packed;
    float *d, *x, *y;
    void *work;
    struct tu_pool pool;
};

#define PARAMS(least_k)                                                                                                \
    {                                                                                                                  \
        { .name = "m", .min = 1, .max = 1 << 16, .what = "rows of the weights: outputs" },                             \
            { .name = "n", .min = 1, .max = 1 << 16, .what = "columns of the product: tokens" },                       \
            { .name = "k",                                                                                             \
              .min = (least_k),                                                                                        \
              .max = 1 << 16,                                                                                          \
              .multiple = (least_k),                                                                                   \
              .what = "length of each sum: inputs" },                                                                  \
            KM_THREADS, { .name = NULL },                                                                              \
    }
static const struct km_param_spec params_32[] = PARAMS(32), params_256[] = PARAMS(256), params_1[] = PARAMS(1);

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    tu_stop(&s->pool);
    bu_end(c);
}

/* --- formats ----------------------------------------------------------------------------------------------------- */

#define VALUE_AND_PACK(type)                                                                                           \
    static void value_##type(const void *row, size_t i, double *product, double *minimum)                              \
    {                                                                                                                  \
        *product = qu_##type(row, i);                                                                                  \
        *minimum = 0;                                                                                                  \
    }                                                                                                                  \
    static void pack_##type(void *to, const void *a, size_t m, size_t k)                                               \
    {                                                                                                                  \
        kern_pack_##type(to, a, m, k);                                                                                 \
    }
VALUE_AND_PACK(q8_0)
VALUE_AND_PACK(q4_0)
VALUE_AND_PACK(i8)
VALUE_AND_PACK(i4)

static void pack_q4_k(void *to, const void *a, size_t m, size_t k)
{
    kern_pack_q4_k(to, a, m, k);
}

static void fill_i8(void *blocks, size_t n, uint64_t *random)
{
    for (size_t i = 0; i < n; i++)
        ((int8_t *)blocks)[i] = (int8_t)((int)(bu_random(random) % 255) - 127);
}

static void fill_i4(void *blocks, size_t n, uint64_t *random)
{
    for (size_t i = 0; i < 16 * n; i++)
        ((uint8_t *)blocks)[i] = (uint8_t)bu_random(random);
}

#define NARROW(type)                                                                                                   \
    static void narrow_##type(void *blocks, float *d, const float *w, size_t m, size_t k)                              \
    {                                                                                                                  \
        (void)d;                                                                                                       \
        kern_quantize_##type##_ref(blocks, w, m *k / 32);                                                              \
    }
#define NARROW_CHANNELS(type)                                                                                          \
    static void narrow_##type(void *blocks, float *d, const float *w, size_t m, size_t k)                              \
    {                                                                                                                  \
        kern_quantize_##type##_ref(blocks, d, w, m, k);                                                                \
    }
NARROW(q8_0)
NARROW(q4_0)
NARROW_CHANNELS(i8)
NARROW_CHANNELS(i4)

static void narrow_q4_k(void *blocks, float *d, const float *w, size_t m, size_t k)
{
    (void)d;
    quality_narrow_q4_k(blocks, w, m * k);
}

static const struct format format_q8_0 = { "q8_0", 32, 34, qu_fill_q8_0, pack_q8_0, value_q8_0, narrow_q8_0, 16 };
static const struct format format_q4_0 = { "q4_0", 32, 18, qu_fill_q4_0, pack_q4_0, value_q4_0, narrow_q4_0, 16 };
static const struct format format_q4_k = { "q4_k", 256, 144, qu_fill_q4_k, pack_q4_k, qu_q4_k, narrow_q4_k, 10 };
static const struct format format_i8 = { "i8", 1, 1, fill_i8, pack_i8, value_i8, narrow_i8, 1e9 };
static const struct format format_i4 = { "i4", 32, 16, fill_i4, pack_i4, value_i4, narrow_i4, 1e9 };

/* --- set-up ------------------------------------------------------------------------------------------------------ */

/* Bytes of a row of weights; packing takes as many, but for the last rows and values being rounded up. */
static size_t row_bytes(const struct format *f, size_t k)
{
    return (k + f->block - 1) / f->block * f->bytes;
}

/* Random blocks for the first part, which is repeated: the matrices are large and set up again in every process. */
static void fill(struct state *s, uint64_t *random)
{
    size_t all = s->g.m * row_bytes(s->f, s->g.k), fresh = 4099 * s->f->bytes, x = s->g.n * s->g.k;
    fresh = all < fresh ? all : fresh;
    s->f->fill(s->a, fresh / s->f->bytes, random);
    for (size_t i = fresh; i < all; i += fresh)
        memcpy(s->a + i, s->a, all - i < fresh ? all - i : fresh);
    bu_fill(s->d, s->g.m, 0.01f, 0.1f, random);
    bu_fill(s->x, x, -1, 1, random);
    s->f->pack(s->packed, s->a, s->g.m, s->g.k);
}

static void allocate(struct km_case *c)
{
    struct state *s = c->state;
    const struct kern_matmul *g = &s->g;
    size_t rows = (g->m + 15) / 16 * 16;
    s->a = bu_take(c, g->m * row_bytes(s->f, g->k), 0);
    s->packed = bu_take(c, rows * row_bytes(s->f, (g->k + 31) / 32 * 32), 8);
    s->d = bu_take(c, g->m * sizeof(float), 16);
    s->x = bu_take(c, g->n * g->k * sizeof(float), 24);
    s->y = bu_take(c, g->n * g->m * sizeof(float), 32);
    s->work = bu_take(c, kern_matmul_work_size(g->n, g->k, tu_threads(c)), 48);
}

static enum km_answer setup(struct km_case *c, const struct format *f)
{
    enum { MOST = 1 << 28 }; /* elements of one matrix */
    int64_t m = bu_number(c, "m"), n = bu_number(c, "n"), k = bu_number(c, "k");
    if (m * k > MOST || n * k > MOST || m * n > MOST)
        return bu_cannot(c, "a matrix of more than %d elements", MOST);
    struct state *s = bu_begin(c, sizeof *s, "matmul", f->dtype);
    if (!s)
        return KM_CANNOT;
    uint64_t random = c->seed;
    s->f = f;
    s->g = (struct kern_matmul){ .m = (size_t)m, .n = (size_t)n, .k = (size_t)k, .ldx = (size_t)k, .ldy = (size_t)m };
    allocate(c);
    if (tu_ready(c, !s->head.starved, &s->pool, teardown) != KM_RIGHT)
        return KM_CANNOT;
    s->g.a = s->packed, s->g.d = s->d, s->g.x = s->x, s->g.y = s->y, s->g.work = s->work;
    fill(s, &random);
    return KM_RIGHT;
}

static void run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    for (; iterations; iterations--) {
        kern_pool_matmul(s->pool.pool, (kern_matmul_fn *)s->head.fn, &s->g);
        km_do_not_optimize(s->y);
    }
}

/* --- verification ------------------------------------------------------------------------------------------------ */

/* The values of 256 floats at x + at, or of as many as there are, as the format quantises them. */
static void quantised(const struct state *s, const float *x, size_t at, double value[256])
{
    struct kern_q8_0 small[8];
    struct kern_q8_k large;
    size_t n = s->g.k - at < 256 ? s->g.k - at : 256;
    if (s->f->block == 256)
        kern_quantize_q8_k_ref(&large, x + at, 1);
    else
        kern_quantize_q8_0_ref(small, x + at, n / 32);
    for (size_t i = 0; i < n; i++)
        value[i] = s->f->block == 256 ? (double)large.d * large.qs[i] : qu_q8_0(small, i);
}

/* The same by one scale for the whole column, d. */
static void quantised_whole(const struct state *s, const float *x, size_t at, double most, double value[256])
{
    for (size_t i = at; i < s->g.k && i < at + 256; i++)
        value[i - at] = nearbyint((double)(x[i] * (127 / (float)most))) * (most / 127);
}

/* Tolerance: the bound that kern/matmul.h promises. */
static enum km_answer verify_element(struct km_case *c, size_t i, size_t j)
{
    const struct state *s = c->state;
    const float *x = s->x + j * s->g.k;
    int whole = s->f->roundings > 1e6;
    double want = 0, magnitude = 0, most = whole ? qu_largest(x, s->g.k) : 0, value[256], d = whole ? s->d[i] : 1;
    char name[64];
    for (size_t p = 0; p < s->g.k; p++) {
        double product, minimum;
        if (p % 256 == 0 && whole)
            quantised_whole(s, x, p, most, value);
        else if (p % 256 == 0)
            quantised(s, x, p, value);
        s->f->value(s->a + i * row_bytes(s->f, s->g.k), p, &product, &minimum);
        want += d * value[p % 256] * (product - minimum);
        magnitude += d * fabs(value[p % 256]) * (fabs(product) + fabs(minimum));
    }
    snprintf(name, sizeof name, "y[%zu][%zu]", j, i);
    return bu_check(c, name, s->y[j * s->g.m + i], want,
                    ((double)s->g.k / s->f->roundings + 12) * BU_ROUNDOFF * magnitude);
}

/* The layer that shows the loss, for one token. */
static enum km_answer verify_layer(struct km_case *c)
{
    struct quality *q = quality_begin(c, kern_matmul_work_size(1, QUALITY_K, tu_threads(c)));
    if (!q)
        return KM_CANNOT;
    struct state *own = c->state, layer = *own;
    layer.g = (struct kern_matmul){
        .m = QUALITY_M, .n = 1, .k = QUALITY_K, .a = q->packed, .d = q->d, .x = q->x, .ldx = QUALITY_K, .y = q->y
    };
    layer.g.ldy = QUALITY_M;
    layer.g.work = q->work;
    own->f->narrow(q->q, q->d, q->w, QUALITY_M, QUALITY_K);
    own->f->pack(q->packed, q->q, QUALITY_M, QUALITY_K);
    c->state = &layer;
    run(c, 1);
    c->state = own;
    return quality_end(c, q);
}

/* All elements of a small product; of a large one the corners and as many at random as keep this under a second (every
 * element of every shape is checked by the tests of libkern), and all for being finite. */
static enum km_answer verify(struct km_case *c)
{
    enum { MOST = 1 << 21 }; /* products */
    struct state *s = c->state;
    size_t m = s->g.m, elements = m * s->g.n;
    size_t some = elements * s->g.k <= MOST ? elements : MOST / s->g.k + 4;
    enum km_answer answer = KM_RIGHT;
    uint64_t random = c->seed;
    for (size_t i = 0; i < elements; i++)
        s->y[i] = NAN;
    run(c, 1);
    for (size_t i = 0; i < elements; i++)
        if (!isfinite(s->y[i]))
            return bu_wrong(c, "y[%zu][%zu] is %g", i / m, i % m, (double)s->y[i]);
    for (size_t i = 0; i < some && answer == KM_RIGHT; i++) {
        size_t at = some == elements ? i : i == 0 ? 0 : i == 1 ? elements - 1 : (size_t)(bu_random(&random) % elements);
        answer = verify_element(c, at % m, at / m);
    }
    return answer == KM_RIGHT ? verify_layer(c) : answer;
}

static struct km_cost cost(const struct km_case *c)
{
    const struct state *s = c->state;
    double m = (double)s->g.m, n = (double)s->g.n, k = (double)s->g.k;
    return (struct km_cost){ .flops = 2 * m * n * k,
                             .bytes = m * (double)row_bytes(s->f, s->g.k) + 4 * n * (k + m),
                             .items = n,
                             .item = "token" };
}

#define BINDING(type, params)                                                                                          \
    static const char *const *variants_##type(void)                                                                    \
    {                                                                                                                  \
        return bu_variants("matmul", #type);                                                                           \
    }                                                                                                                  \
    static enum km_answer setup_##type(struct km_case *c)                                                              \
    {                                                                                                                  \
        return setup(c, &format_##type);                                                                               \
    }                                                                                                                  \
    const struct km_op km_op_matmul_##type = { "matmul",     #type,  1,   params, variants_##type,                     \
                                               setup_##type, verify, run, cost,   teardown };

BINDING(q8_0, params_32)
BINDING(q4_0, params_32)
BINDING(q4_k, params_256)
BINDING(i8, params_1)
BINDING(i4, params_1)
