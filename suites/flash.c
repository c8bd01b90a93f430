/* SPDX-License-Identifier: Apache-2.0
 * Bindings of flash/f32, f16, bf16 and i8: one iteration is the attention of the last `queries` positions, which see
 * the positions up to their own, over all heads. */
#include "suites/binding_util.h"
#include "suites/threads_util.h"

#include <kern/kern.h>

#include <math.h>
#include <string.h>

struct state {
    struct bu_state head;
    struct kern_flash f;
    void *k, *v;
    float *k_scale, *v_scale, *q;
    uint32_t *table;
    double *weight;         /* of each position, for verify */
    size_t elements, bytes; /* of each of K and V; of one of them */
    struct tu_pool pool;
    void (*over_pool)(struct kern_pool *pool, kern_flash_f32_fn *flash, const struct kern_flash *f);
};

static const struct km_param_spec params[] = {
    { .name = "queries", .min = 1, .max = 1 << 16, .what = "queries: 1 to decode, more to take in a prompt" },
    { .name = "positions", .min = 1, .max = 1 << 20, .what = "positions, those of the queries included" },
    { .name = "heads", .min = 1, .max = 1024, .what = "query heads" },
    { .name = "kv_heads", .min = 1, .max = 1024, .what = "heads of keys and values, which divide the query heads" },
    { .name = "dim", .min = 16, .max = KERN_HEAD_MOST, .multiple = 16, .what = "elements of one head" },
    { .name = "window", .min = 0, .max = 1 << 20, .what = "positions a query sees at most; 0: all" },
    { .name = "page", .min = 0, .max = 1 << 16, .what = "positions of one page of a block table; 0: none" },
    KM_THREADS,
    { .name = NULL },
};

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    tu_stop(&s->pool);
    bu_free(s->k);
    bu_free(s->v);
    bu_free(s->k_scale);
    bu_free(s->v_scale);
    bu_free(s->q);
    bu_free(s->f.out);
    bu_free(s->f.work);
    bu_free(s->table);
    bu_free(s->weight);
    bu_free(s);
}

static size_t element_bytes(const char *dtype)
{
    return strcmp(dtype, "f32") == 0 ? 4 : strcmp(dtype, "i8") == 0 ? 1 : 2;
}

static void put_element(const char *dtype, void *x, size_t i, float f)
{
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    if (strcmp(dtype, "f32") == 0)
        ((float *)x)[i] = f;
    else if (strcmp(dtype, "f16") == 0)
        ((uint16_t *)x)[i] = kern_f32_to_f16(f);
    else if (strcmp(dtype, "i8") == 0)
        ((int8_t *)x)[i] = (int8_t)(f * 127);
    else
        ((uint16_t *)x)[i] = (uint16_t)(bits >> 16);
}

static double element(const char *dtype, const void *x, size_t i)
{
    if (strcmp(dtype, "f32") == 0)
        return ((const float *)x)[i];
    if (strcmp(dtype, "i8") == 0)
        return ((const int8_t *)x)[i];
    if (strcmp(dtype, "f16") == 0)
        return kern_f16_to_f32(((const uint16_t *)x)[i]);
    uint32_t bits = (uint32_t)((const uint16_t *)x)[i] << 16;
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static void fill(struct state *s, const char *dtype, uint64_t random)
{
    struct kern_flash *f = &s->f;
    size_t pages = f->page ? s->elements / f->kv_page : 0;
    bu_fill(s->q, f->queries * f->q_step, -1, 1, &random);
    for (size_t i = 0; i < s->elements; i++) {
        float two[2];
        bu_fill(two, 2, -1, 1, &random);
        put_element(dtype, s->k, i, two[0]);
        put_element(dtype, s->v, i, two[1]);
    }
    bu_fill(s->k_scale, s->elements / f->dim, 0.5F / 127, 1.0F / 127, &random);
    bu_fill(s->v_scale, s->elements / f->dim, 0.5F / 127, 1.0F / 127, &random);
    for (size_t i = 0; i < pages; i++) { /* pages in a random order (Fisher and Yates) */
        size_t j = (size_t)(bu_random(&random) % (i + 1));
        s->table[i] = s->table[j];
        s->table[j] = (uint32_t)i;
    }
}

static int allocate(struct state *s, size_t threads)
{
    struct kern_flash *f = &s->f;
    size_t rows = s->elements / f->dim, floats = f->queries * f->q_step;
    s->k = bu_alloc(s->elements * s->bytes, 0);
    s->v = bu_alloc(s->elements * s->bytes, 16);
    s->k_scale = bu_alloc(rows * sizeof *s->k_scale, 8);
    s->v_scale = bu_alloc(rows * sizeof *s->v_scale, 24);
    s->q = bu_alloc(floats * sizeof *s->q, 32);
    s->table = bu_alloc((f->positions + 1) * sizeof *s->table, 40);
    s->weight = bu_alloc(f->positions * sizeof *s->weight, 0);
    f->out = bu_alloc(floats * sizeof *f->out, 48);
    f->work = bu_alloc(kern_pool_flash_floats(f, threads) * sizeof *f->work, 0);
    f->q = s->q;
    f->k = s->k;
    f->v = s->v;
    f->k_scale = s->bytes == 1 ? s->k_scale : NULL;
    f->v_scale = s->bytes == 1 ? s->v_scale : NULL;
    f->table = f->page ? s->table : NULL;
    return s->k && s->v && s->k_scale && s->v_scale && s->q && s->table && s->weight && f->out && f->work;
}

static enum km_answer setup(struct km_case *c, const char *dtype)
{
    enum { MOST = 1 << 30 }; /* elements each of K and V */
    struct kern_flash f = { .causal = 1 };
    f.queries = (size_t)bu_number(c, "queries");
    f.positions = (size_t)bu_number(c, "positions");
    f.heads = (size_t)bu_number(c, "heads");
    f.kv_heads = (size_t)bu_number(c, "kv_heads");
    f.dim = (size_t)bu_number(c, "dim");
    f.window = (size_t)bu_number(c, "window");
    f.page = (size_t)bu_number(c, "page");
    if (f.queries > f.positions)
        return bu_cannot(c, "queries:%zu is more than positions:%zu", f.queries, f.positions);
    if (f.heads % f.kv_heads)
        return bu_cannot(c, "kv_heads:%zu does not divide heads:%zu", f.kv_heads, f.heads);
    size_t slots = f.page ? (f.positions + f.page - 1) / f.page * f.page : f.positions;
    if (slots > MOST / (f.kv_heads * f.dim) || f.queries > MOST / (f.heads * f.dim))
        return bu_cannot(c, "a cache or an output of more than %d elements", MOST);
    struct state *s = bu_begin(c, sizeof *s, "flash", dtype);
    if (!s)
        return KM_CANNOT;
    f.q_step = f.heads * f.dim;
    f.kv_step = f.dim;
    f.kv_head = (f.page ? f.page : f.positions) * f.dim;
    f.kv_page = f.kv_heads * f.kv_head;
    f.scale = 1 / sqrtf((float)f.dim);
    s->f = f;
    s->bytes = element_bytes(dtype);
    s->elements = slots * f.kv_heads * f.dim;
    int ok = allocate(s, tu_threads(c));
    if (ok)
        fill(s, dtype, c->seed);
    return tu_ready(c, ok, &s->pool, teardown);
}

static void run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    kern_flash_f32_fn *flash = (kern_flash_f32_fn *)s->head.fn; /* all types have the same function type */
    for (; iterations; iterations--) {
        if (s->pool.pool)
            s->over_pool(s->pool.pool, flash, &s->f);
        else
            flash(&s->f);
        km_do_not_optimize(s->f.out);
    }
}

static size_t place(const struct kern_flash *f, size_t head, size_t pos)
{
    size_t page = f->page ? f->table[pos / f->page] : 0;
    return page * f->kv_page + head * f->kv_head + (f->page ? pos % f->page : pos) * f->dim;
}

/* Softmax weights of the positions that a query sees, from..own; *size: the largest scale * sum |q k|. */
static void weigh(struct state *s, const char *dtype, const float *q, size_t head, const size_t span[2], double *size)
{
    const struct kern_flash *f = &s->f;
    double total = 0;
    for (size_t pos = span[0]; pos <= span[1]; pos++) {
        size_t at = place(f, head, pos);
        double sum = 0, all = 0, by = f->scale * (f->k_scale ? (double)f->k_scale[at / f->dim] : 1);
        for (size_t i = 0; i < f->dim; i++) {
            double p = q[i] * element(dtype, f->k, at + i);
            sum += p;
            all += fabs(p);
        }
        *size = fmax(*size, all * by);
        total += s->weight[pos] = exp(sum * by); /* no overflow: at most sqrt(dim) */
    }
    for (size_t pos = span[0]; pos <= span[1]; pos++)
        s->weight[pos] /= total;
}

/* Tolerance: the bound of kern/attn.h, with the sum of p |v| at its most, 1. */
static enum km_answer verify_row(struct km_case *c, const char *dtype, size_t query, size_t head)
{
    struct state *s = c->state;
    const struct kern_flash *f = &s->f;
    size_t own = f->positions - f->queries + query, kv = head / (f->heads / f->kv_heads);
    size_t span[2] = { f->window && own + 1 > f->window ? own + 1 - f->window : 0, own };
    double want[KERN_HEAD_MOST] = { 0 }, size = 0;
    const float *row = f->q + query * f->q_step + head * f->dim;
    weigh(s, dtype, row, kv, span, &size);
    for (size_t pos = span[0]; pos <= span[1]; pos++) {
        size_t at = place(f, kv, pos);
        double p = s->weight[pos] * (f->v_scale ? (double)f->v_scale[at / f->dim] : 1);
        for (size_t i = 0; i < f->dim; i++)
            want[i] += p * element(dtype, f->v, at + i);
    }
    double n = (double)(own + 1 - span[0]);
    double tolerance = ((2.0 * (double)f->dim + 8) * size + 2 * n + 24) * BU_ROUNDOFF;
    return bu_check_all(c, "out", f->out + query * f->q_step + head * f->dim, want, f->dim, tolerance);
}

/* The first and the last row and some of those between them. */
static enum km_answer verify(struct km_case *c, const char *dtype)
{
    enum { ROWS = 61 };
    struct state *s = c->state;
    size_t rows = s->f.queries * s->f.heads, step = rows < ROWS ? 1 : rows / ROWS;
    enum km_answer answer = KM_RIGHT;
    for (size_t i = 0; i < rows * s->f.dim; i++)
        s->f.out[i] = NAN;
    run(c, 1);
    for (size_t i = 0; i < rows && answer == KM_RIGHT; i += step)
        answer = verify_row(c, dtype, i / s->f.heads, i % s->f.heads);
    return answer == KM_RIGHT ? verify_row(c, dtype, s->f.queries - 1, s->f.heads - 1) : answer;
}

/* Positions that the queries see, added up. */
static double seen(const struct kern_flash *f)
{
    double sum = 0;
    for (size_t i = 0; i < f->queries; i++) {
        size_t own = f->positions - f->queries + i + 1;
        sum += (double)(f->window && f->window < own ? f->window : own);
    }
    return sum;
}

static struct km_cost cost(const struct km_case *c)
{
    const struct state *s = c->state;
    const struct kern_flash *f = &s->f;
    double each = (double)(f->kv_heads * f->dim), span = (double)f->positions;
    size_t reach = f->window + f->queries - 1; /* positions that any of the queries sees */
    if (f->window && reach < f->positions)
        span = (double)reach;
    double bytes = (double)s->bytes + (f->k_scale ? 4 / (double)f->dim : 0);
    return (struct km_cost){ .flops = 4 * seen(f) * (double)(f->heads * f->dim),
                             .bytes = 2 * span * each * bytes + 8 * (double)(f->queries * f->heads * f->dim),
                             .items = (double)f->queries,
                             .item = "query" };
}

#define BINDING(dtype)                                                                                                 \
    static const char *const *variants_##dtype(void)                                                                   \
    {                                                                                                                  \
        return bu_variants("flash", #dtype);                                                                           \
    }                                                                                                                  \
    static enum km_answer setup_##dtype(struct km_case *c)                                                             \
    {                                                                                                                  \
        enum km_answer answer = setup(c, #dtype);                                                                      \
        if (answer == KM_RIGHT)                                                                                        \
            ((struct state *)c->state)->over_pool = kern_pool_flash_##dtype;                                           \
        return answer;                                                                                                 \
    }                                                                                                                  \
    static enum km_answer verify_##dtype(struct km_case *c)                                                            \
    {                                                                                                                  \
        return verify(c, #dtype);                                                                                      \
    }                                                                                                                  \
    const struct km_op km_op_flash_##dtype = { "flash",       #dtype,         1,   params, variants_##dtype,           \
                                               setup_##dtype, verify_##dtype, run, cost,   teardown };
BINDING(f32)
BINDING(f16)
BINDING(bf16)
BINDING(i8)
