/* SPDX-License-Identifier: Apache-2.0
 * Bindings of flash/f32, f16, bf16, i8, q8_0, q4_0 and tiers: one iteration is the attention of the last `queries` positions, which see
 * the positions up to their own, over all heads. */
#include "suites/binding_util.h"
#include "suites/threads_util.h"

#include <kern/kern.h>

#include <math.h>
#include <string.h>

/* A type of K and V: elements `per` to `bytes`; put fills as many, with floats from -1 to 1. */
struct type {
    const char *name;
    size_t per, bytes;
    void (*put)(void *to, const float *x);
    double (*get)(const void *from, size_t i);
    int scaled, tiered;
    void (*over_pool)(struct kern_pool *pool, kern_flash_f32_fn *flash, const struct kern_flash *f);
};

struct state {
    struct bu_state head;
    struct kern_flash f;
    void *k, *v;
    float *k_scale, *v_scale, *q;
    uint32_t *table;
    double *weight;  /* of each position, for verify */
    size_t elements; /* of each of K and V */
    const struct type *type;
    struct kern_kv_tiers tiers_k, tiers_v; /* what f points to if the type is tiered */
    uint16_t *tail_k, *tail_v;
    struct tu_pool pool;
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
    bu_free(s->tail_k);
    bu_free(s->tail_v);
    bu_free(s->k_scale);
    bu_free(s->v_scale);
    bu_free(s->q);
    bu_free(s->f.out);
    bu_free(s->f.work);
    bu_free(s->table);
    bu_free(s->weight);
    bu_free(s);
}

static void put_f32(void *to, const float *x)
{
    memcpy(to, x, sizeof *x);
}

static double get_f32(const void *from, size_t i)
{
    return ((const float *)from)[i];
}

static void put_f16(void *to, const float *x)
{
    *(uint16_t *)to = kern_f32_to_f16(*x);
}

static double get_f16(const void *from, size_t i)
{
    return kern_f16_to_f32(((const uint16_t *)from)[i]);
}

static void put_bf16(void *to, const float *x)
{
    uint32_t bits;
    memcpy(&bits, x, sizeof bits);
    *(uint16_t *)to = (uint16_t)(bits >> 16);
}

static double get_bf16(const void *from, size_t i)
{
    uint32_t bits = (uint32_t)((const uint16_t *)from)[i] << 16;
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static void put_i8(void *to, const float *x)
{
    *(int8_t *)to = (int8_t)(*x * 127);
}

static double get_i8(const void *from, size_t i)
{
    return ((const int8_t *)from)[i];
}

static void put_q8_0(void *to, const float *x)
{
    kern_quantize_q8_0_ref(to, x, 1);
}

static double get_q8_0(const void *from, size_t i)
{
    const struct kern_q8_0 *b = (const struct kern_q8_0 *)from + i / KERN_Q8_0_BLOCK;
    return (double)kern_f16_to_f32(b->d) * b->qs[i % KERN_Q8_0_BLOCK];
}

static void put_q4_0(void *to, const float *x)
{
    uint16_t half[KERN_Q4_0_BLOCK];
    for (size_t i = 0; i < KERN_Q4_0_BLOCK; i++)
        half[i] = kern_f32_to_f16(x[i]);
    kern_kv_migrate_q4_0_ref(to, half, 1);
}

static double get_q4_0(const void *from, size_t i)
{
    const struct kern_q4_0 *b = (const struct kern_q4_0 *)from + i / KERN_Q4_0_BLOCK;
    size_t in = i % KERN_Q4_0_BLOCK;
    int q = in < 16 ? b->qs[in] & 15 : b->qs[in - 16] >> 4;
    return (double)kern_f16_to_f32(b->d) * (q - 8);
}

static const struct type types[] = {
    { "f32", 1, 4, put_f32, get_f32, 0, 0, kern_pool_flash_f32 },
    { "f16", 1, 2, put_f16, get_f16, 0, 0, kern_pool_flash_f16 },
    { "bf16", 1, 2, put_bf16, get_bf16, 0, 0, kern_pool_flash_bf16 },
    { "i8", 1, 1, put_i8, get_i8, 1, 0, kern_pool_flash_i8 },
    { "q8_0", KERN_Q8_0_BLOCK, sizeof(struct kern_q8_0), put_q8_0, get_q8_0, 0, 0, kern_pool_flash_q8_0 },
    { "q4_0", KERN_Q4_0_BLOCK, sizeof(struct kern_q4_0), put_q4_0, get_q4_0, 0, 0, kern_pool_flash_q4_0 },
    { "tiers", KERN_Q4_0_BLOCK, sizeof(struct kern_q4_0), put_q4_0, get_q4_0, 0, 1, kern_pool_flash_tiers },
};

static const struct type *type_of(const char *dtype)
{
    const struct type *t = types;
    while (strcmp(t->name, dtype))
        t++;
    return t;
}

static void fill_kv(const struct type *t, void *x, size_t elements, uint64_t *random)
{
    float some[KERN_Q8_0_BLOCK];
    for (size_t i = 0; i < elements; i += t->per) {
        bu_fill(some, t->per, -1, 1, random);
        t->put((char *)x + i / t->per * t->bytes, some);
    }
}

static void fill(struct state *s, uint64_t random)
{
    struct kern_flash *f = &s->f;
    size_t pages = f->page ? s->elements / f->kv_page : 0, tail = s->tiers_k.kept * f->kv_heads * f->dim;
    bu_fill(s->q, f->queries * f->q_step, -1, 1, &random);
    fill_kv(s->type, s->k, s->elements - tail, &random);
    fill_kv(s->type, s->v, s->elements - tail, &random);
    fill_kv(type_of("f16"), s->tail_k, tail, &random);
    fill_kv(type_of("f16"), s->tail_v, tail, &random);
    bu_fill(s->k_scale, s->elements / f->dim, 0.5F / 127, 1.0F / 127, &random);
    bu_fill(s->v_scale, s->elements / f->dim, 0.5F / 127, 1.0F / 127, &random);
    for (size_t i = 0; i < pages; i++) { /* pages in a random order (Fisher and Yates) */
        size_t j = (size_t)(bu_random(&random) % (i + 1));
        s->table[i] = s->table[j];
        s->table[j] = (uint32_t)i;
    }
}

/* The newest positions, an eighth of them but at most 512, in the tail, and all others in the store. */
static void make_tiers(struct state *s)
{
    const struct kern_flash *f = &s->f;
    struct kern_kv_tiers t = { .heads = f->kv_heads, .dim = f->dim, .batch = 1 };
    t.kept = t.tail_room = f->positions / 8 < 512 ? f->positions / 8 : 512;
    t.stored = t.store_room = f->positions - t.kept;
    s->tiers_k = s->tiers_v = t;
}

static int allocate_kv(struct state *s)
{
    size_t bytes = s->elements / s->type->per * s->type->bytes, tail = s->tiers_k.kept * s->f.kv_heads * s->f.dim;
    s->k = bu_alloc(bytes, 0);
    s->v = bu_alloc(bytes, 16);
    s->tail_k = bu_alloc((tail + 1) * sizeof *s->tail_k, 0);
    s->tail_v = bu_alloc((tail + 1) * sizeof *s->tail_v, 16);
    s->tiers_k.store = s->k;
    s->tiers_v.store = s->v;
    s->tiers_k.tail = s->tail_k;
    s->tiers_v.tail = s->tail_v;
    s->f.k = s->type->tiered ? (const void *)&s->tiers_k : s->k;
    s->f.v = s->type->tiered ? (const void *)&s->tiers_v : s->v;
    return s->k && s->v && s->tail_k && s->tail_v;
}

static int allocate(struct state *s, size_t threads)
{
    struct kern_flash *f = &s->f;
    size_t rows = s->elements / f->dim, floats = f->queries * f->q_step;
    int ok = allocate_kv(s);
    s->k_scale = bu_alloc(rows * sizeof *s->k_scale, 8);
    s->v_scale = bu_alloc(rows * sizeof *s->v_scale, 24);
    s->q = bu_alloc(floats * sizeof *s->q, 32);
    s->table = bu_alloc((f->positions + 1) * sizeof *s->table, 40);
    s->weight = bu_alloc(f->positions * sizeof *s->weight, 0);
    f->out = bu_alloc(floats * sizeof *f->out, 48);
    f->work = bu_alloc(kern_pool_flash_floats(f, threads) * sizeof *f->work, 0);
    f->q = s->q;
    f->k_scale = s->type->scaled ? s->k_scale : NULL;
    f->v_scale = s->type->scaled ? s->v_scale : NULL;
    f->table = f->page ? s->table : NULL;
    return ok && s->k_scale && s->v_scale && s->q && s->table && s->weight && f->out && f->work;
}

static enum km_answer setup(struct km_case *c, const char *dtype)
{
    enum { MOST = 1 << 30 }; /* elements each of K and V */
    const struct type *type = type_of(dtype);
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
    if (f.dim % type->per)
        return bu_cannot(c, "dim:%zu is no multiple of %zu, which a block of %s has", f.dim, type->per, dtype);
    if (f.page && type->tiered)
        return bu_cannot(c, "page:%zu: tiers are not paged", f.page);
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
    s->type = type;
    s->elements = slots * f.kv_heads * f.dim;
    if (type->tiered)
        make_tiers(s);
    int ok = allocate(s, tu_threads(c));
    if (ok)
        fill(s, c->seed);
    return tu_ready(c, ok, &s->pool, teardown);
}

static void run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    kern_flash_f32_fn *flash = (kern_flash_f32_fn *)s->head.fn; /* all types have the same function type */
    for (; iterations; iterations--) {
        if (s->pool.pool)
            s->type->over_pool(s->pool.pool, flash, &s->f);
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

/* Element i of a position of K or V, which f has as x. */
static double element(const struct state *s, const void *x, size_t head, size_t pos, size_t i)
{
    const struct kern_kv_tiers *t = x;
    if (!s->type->tiered)
        return s->type->get(x, place(&s->f, head, pos) + i);
    if (pos < t->stored)
        return s->type->get(t->store, (head * t->store_room + pos) * t->dim + i);
    return get_f16(t->tail, (head * t->tail_room + pos - t->stored) * t->dim + i);
}

/* Softmax weights of the positions that a query sees, from..own; *size: the largest scale * sum |q k|. */
static void weigh(struct state *s, const float *q, size_t head, const size_t span[2], double *size)
{
    const struct kern_flash *f = &s->f;
    double total = 0;
    for (size_t pos = span[0]; pos <= span[1]; pos++) {
        size_t at = place(f, head, pos);
        double sum = 0, all = 0, by = f->scale * (f->k_scale ? (double)f->k_scale[at / f->dim] : 1);
        for (size_t i = 0; i < f->dim; i++) {
            double p = q[i] * element(s, f->k, head, pos, i);
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
static enum km_answer verify_row(struct km_case *c, size_t query, size_t head)
{
    struct state *s = c->state;
    const struct kern_flash *f = &s->f;
    size_t own = f->positions - f->queries + query, kv = head / (f->heads / f->kv_heads);
    size_t span[2] = { f->window && own + 1 > f->window ? own + 1 - f->window : 0, own };
    double want[KERN_HEAD_MOST] = { 0 }, size = 0;
    const float *row = f->q + query * f->q_step + head * f->dim;
    weigh(s, row, kv, span, &size);
    for (size_t pos = span[0]; pos <= span[1]; pos++) {
        size_t at = place(f, kv, pos);
        double p = s->weight[pos] * (f->v_scale ? (double)f->v_scale[at / f->dim] : 1);
        for (size_t i = 0; i < f->dim; i++)
            want[i] += p * element(s, f->v, kv, pos, i);
    }
    double n = (double)(own + 1 - span[0]);
    double tolerance = ((2.0 * (double)f->dim + 8) * size + 2 * n + 24) * BU_ROUNDOFF;
    return bu_check_all(c, "out", f->out + query * f->q_step + head * f->dim, want, f->dim, tolerance);
}

/* The first and the last row and some of those between them. */
static enum km_answer verify(struct km_case *c)
{
    enum { ROWS = 61 };
    struct state *s = c->state;
    size_t rows = s->f.queries * s->f.heads, step = rows < ROWS ? 1 : rows / ROWS;
    enum km_answer answer = KM_RIGHT;
    for (size_t i = 0; i < rows * s->f.dim; i++)
        s->f.out[i] = NAN;
    run(c, 1);
    for (size_t i = 0; i < rows && answer == KM_RIGHT; i += step)
        answer = verify_row(c, i / s->f.heads, i % s->f.heads);
    return answer == KM_RIGHT ? verify_row(c, s->f.queries - 1, s->f.heads - 1) : answer;
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
    double bytes = (double)s->type->bytes / (double)s->type->per + (f->k_scale ? 4 / (double)f->dim : 0);
    double tail =
        fmin(span, (double)s->tiers_k.kept) * (2 - bytes); /* tiers: what its positions have more than others */
    return (struct km_cost){ .flops = 4 * seen(f) * (double)(f->heads * f->dim),
                             .bytes = 2 * (span * bytes + tail) * each + 8 * (double)(f->queries * f->heads * f->dim),
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
        return setup(c, #dtype);                                                                                       \
    }                                                                                                                  \
    const struct km_op km_op_flash_##dtype = { "flash",       #dtype, 1,   params, variants_##dtype,                   \
                                               setup_##dtype, verify, run, cost,   teardown };
BINDING(f32)
BINDING(f16)
BINDING(bf16)
BINDING(i8)
BINDING(q8_0)
BINDING(q4_0)
BINDING(tiers)
