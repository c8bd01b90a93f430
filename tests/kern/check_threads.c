/* SPDX-License-Identifier: Apache-2.0
 * Checks of kernels over a pool: the bits of the kernel itself for any number of threads, and attention in chunks against
 * the definition in double. */
#include <stdlib.h>
#include <string.h>

#include "tests/kern/check.h"

enum { MOST = 5 }; /* threads */

/* Pools of 1 to MOST threads, and none. */
struct pools {
    struct guard mem[MOST + 1];
    struct kern_pool *pool[MOST + 1];
};

static void pools_start(struct checks *c, struct pools *p)
{
    p->pool[0] = NULL;
    for (size_t i = 1; i <= MOST; i++) {
        p->mem[i] = guard_new(kern_pool_size(i), 0);
        CHECK(c, kern_pool_start(&p->pool[i], p->mem[i].data, i) == 0);
    }
}

static void pools_stop(struct pools *p)
{
    for (size_t i = 1; i <= MOST; i++) {
        kern_pool_stop(p->pool[i]);
        guard_free(&p->mem[i]);
    }
}

static void *allocate(size_t bytes)
{
    void *mem = malloc(bytes + 1);

    if (!mem)
        abort();
    return mem;
}

/* Bytes that make numbers of moderate size in every format of weights. */
static void fill_bytes(void *x, size_t n, uint64_t *state)
{
    for (size_t i = 0; i < n; i++)
        ((unsigned char *)x)[i] = (unsigned char)(1 + rnd_below(state, 0x3a));
}

static void compare(struct checks *c, const struct guard *got, const float *want, size_t n, size_t threads)
{
    check_that(c, memcmp(got->data, want, n * 4) == 0, "not the same bits over %zu threads", threads);
    check_that(c, guard_ok(got), "over %zu threads: wrote outside the result", threads);
}

/* --- matrix times vector ------------------------------------------------------------------------------------------*/

struct vectors {
    struct pools *pools;
    float *x, *d, *want;
    uint64_t state;
};

/* `once` writes want with the kernel itself, `over` writes y over the pool with scratch `work`. */
#define CHECK_GEMV(op, type, element, offset, once, over)                                                              \
    static void gemv_##op##_##type(struct checks *c, kern_##op##_##type##_fn *gemv, struct vectors *v, size_t m,       \
                                   size_t k)                                                                           \
    {                                                                                                                  \
        size_t row = (m + 15) / 16 * 16, bytes = (offset) * sizeof(element);                                           \
        element *a = allocate(bytes);                                                                                  \
        float *want = v->want;                                                                                         \
        void *work = allocate(kern_quant_work_size(k));                                                                \
        fill_bytes(a, bytes, &v->state);                                                                               \
        gemv once;                                                                                                     \
        free(work);                                                                                                    \
        for (size_t t = 0; t <= MOST; t++) {                                                                           \
            struct kern_pool *pool = v->pools->pool[t];                                                                \
            struct guard y = guard_new(m * 4, 4),                                                                      \
                         scratch = guard_new(kern_pool_gemv_work_size(k, kern_pool_threads(pool)), 0);                 \
            float *to = (float *)(void *)y.data;                                                                       \
            work = scratch.data;                                                                                       \
            kern_pool_##op##_##type over;                                                                              \
            compare(c, &y, v->want, m, kern_pool_threads(pool));                                                       \
            CHECK(c, guard_ok(&scratch));                                                                              \
            guard_free(&y);                                                                                            \
            guard_free(&scratch);                                                                                      \
        }                                                                                                              \
        free(a);                                                                                                       \
    }
#define KERN_THREADS_PLAIN(op, type, element, offset)                                                                  \
    CHECK_GEMV(op, type, element, offset, (want, a, v->x, m, k), (pool, gemv, to, a, v->x, m, k))
#define KERN_THREADS_WORK(op, type, element, offset)                                                                   \
    CHECK_GEMV(op, type, element, offset, (want, a, v->x, m, k, work), (pool, gemv, to, a, v->x, m, k, work))
#define KERN_THREADS_SCALES(op, type, element, offset)                                                                 \
    CHECK_GEMV(op, type, element, offset, (want, a, v->d, v->x, m, k, work),                                           \
               (pool, gemv, to, a, v->d, v->x, m, k, work))
#include <kern/threads.def>
#undef KERN_THREADS_PLAIN
#undef KERN_THREADS_WORK
#undef KERN_THREADS_SCALES

/* Wrong: what a row gives depends on how many there are. */
static void bad_gemv(float *y, const float *a, const float *x, size_t m, size_t k)
{
    for (size_t i = 0; i < m; i++)
        y[i] = a[i * k] * x[0] + (float)m;
}

static void check_gemvs(struct checks *c, struct pools *pools)
{
    static const size_t rows[] = { 0, 1, 15, 16, 17, 64, 100, 333 }, columns[] = { 256, 2048 };
    struct vectors v = { pools, allocate(2048 * 4), allocate(333 * 4), allocate(333 * 4), check_seed(c, "threads") };

    input_fill(v.x, 2048, IN_UNIFORM, &v.state);
    input_fill(v.d, 333, IN_UNIFORM, &v.state);
#define GEMV(op, type, element, offset)                                                                                \
    for (size_t i = 0; i < 16; i++) {                                                                                  \
        check_at(c, #op "/" #type " over a pool, %zu by %zu", rows[i / 2], columns[i % 2]);                            \
        gemv_##op##_##type(c, kern_##op##_##type, &v, rows[i / 2], columns[i % 2]);                                    \
    }
#define KERN_THREADS_PLAIN  GEMV
#define KERN_THREADS_WORK   GEMV
#define KERN_THREADS_SCALES GEMV
#include <kern/threads.def>
    struct checks quiet = { .quiet = true };
    gemv_gemv_f32(&quiet, bad_gemv, &v, 333, 256);
    check_at(c, "a row that depends on the number of rows");
    check_that(c, quiet.failed > 0, "was not noticed");
    free(v.x);
    free(v.d);
    free(v.want);
}

/* --- products -----------------------------------------------------------------------------------------------------*/

static void gemm_f32(struct checks *c, struct pools *pools, size_t m, size_t n, size_t k, bool pack)
{
    uint64_t state = check_seed(c, "threads gemm");
    float *a = allocate(m * k * 4), *b = allocate(k * n * 4), *want = allocate(m * n * 4), *bias = allocate(n * 4);
    float *packed = allocate(kern_gemm_packed_floats(k, n) * 4);
    struct kern_gemm g = { .m = m, .n = n, .k = k, .a = a, .lda = k, .b = b, .ldb = n, .ldc = n, .bias = bias };

    input_fill(a, m * k, IN_UNIFORM, &state);
    input_fill(b, k * n, IN_UNIFORM, &state);
    input_fill(bias, n, IN_UNIFORM, &state);
    kern_gemm_pack_f32(packed, b, n, k, n);
    for (size_t t = 0; t <= MOST + 1; t++) { /* first the kernel itself */
        struct kern_pool *pool = t ? pools->pool[t - 1] : NULL;
        struct guard y = guard_new(m * n * 4, 4),
                     work = guard_new(kern_gemm_work_size(n, k, kern_pool_threads(pool)), 0);
        g.packed = pack ? packed : NULL;
        g.c = t ? (float *)(void *)y.data : want;
        g.work = work.data;
        if (t == 0)
            kern_gemm_f32(&g);
        else
            kern_pool_gemm_f32(pool, kern_gemm_f32, &g);
        if (t)
            compare(c, &y, want, m * n, kern_pool_threads(pool));
        CHECK(c, guard_ok(&work));
        guard_free(&y);
        guard_free(&work);
    }
    free(a), free(b), free(want), free(bias), free(packed);
}

/* A type of 16 bits. */
struct half_type {
    kern_gemm_bf16_fn *const *fn;
    void (*pool)(struct kern_pool *pool, kern_gemm_bf16_fn *gemm, const struct kern_gemm_half *g);
    void (*pack)(uint16_t *packed, const uint16_t *b, size_t ldb, size_t k, size_t n);
    size_t (*packed)(size_t k, size_t n);
};

static void gemm_half(struct checks *c, struct pools *pools, const struct half_type *type, const size_t shape[3])
{
    size_t m = shape[0], n = shape[1], k = shape[2];
    uint64_t state = check_seed(c, "threads halves");
    uint16_t *a = allocate(m * k * 2), *b = allocate(k * n * 2), *packed = allocate(type->packed(k, n) * 2);
    float *want = allocate(m * n * 4);
    struct kern_gemm_half g = { .m = m, .n = n, .k = k, .a = a, .lda = k, .packed = packed, .ldc = n };

    fill_bytes(a, m * k * 2, &state);
    fill_bytes(b, k * n * 2, &state);
    type->pack(packed, b, n, k, n);
    for (size_t t = 0; t <= MOST + 1; t++) {
        struct kern_pool *pool = t ? pools->pool[t - 1] : NULL;
        struct guard y = guard_new(m * n * 4, 4),
                     work = guard_new(kern_gemm_work_size(n, k, kern_pool_threads(pool)), 0);
        g.c = t ? (float *)(void *)y.data : want;
        g.work = work.data;
        if (t == 0)
            (*type->fn)(&g);
        else
            type->pool(pool, *type->fn, &g);
        if (t)
            compare(c, &y, want, m * n, kern_pool_threads(pool));
        CHECK(c, guard_ok(&work));
        guard_free(&y);
        guard_free(&work);
    }
    free(a), free(b), free(want), free(packed);
}

static void check_gemms(struct checks *c, struct pools *pools)
{
    static const struct half_type half_types[] = {
        { &kern_gemm_f16, kern_pool_gemm_f16, kern_gemm_pack_f16, kern_gemm_packed_f16 },
        { &kern_gemm_bf16, kern_pool_gemm_bf16, kern_gemm_pack_bf16, kern_gemm_packed_bf16 },
    };
    static const size_t shapes[][3] = { { 37, 400, 90 }, { 150, 40, 600 }, { 1, 333, 65 }, { 13, 1, 7 }, { 0, 64, 8 } };

    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const size_t *s = shapes[i];
        check_at(c, "gemm over a pool, %zu by %zu by %zu", s[0], s[1], s[2]);
        gemm_f32(c, pools, s[0], s[1], s[2], false);
        gemm_f32(c, pools, s[0], s[1], s[2], true);
        for (size_t type = 0; type < sizeof half_types / sizeof *half_types; type++)
            gemm_half(c, pools, half_types + type, s);
    }
}

/* --- attention ----------------------------------------------------------------------------------------------------*/

static struct kern_pool *flash_pool; /* of the functions below, which have no parameter for it */

/* The kernel over a pool in the place of a kernel, so that all claims about those can be made. */
#define WRAP(type)                                                                                                     \
    static void pooled_##type(const struct kern_flash *f)                                                              \
    {                                                                                                                  \
        struct kern_flash g = *f;                                                                                      \
        struct guard work = guard_new(kern_pool_flash_floats(f, kern_pool_threads(flash_pool)) * 4, 0);                \
        g.work = (float *)(void *)work.data;                                                                           \
        kern_pool_flash_##type(flash_pool, kern_flash_##type, &g);                                                     \
        if (!guard_ok(&work))                                                                                          \
            abort();                                                                                                   \
        guard_free(&work);                                                                                             \
    }
WRAP(f32)
WRAP(f16)
WRAP(i8)
WRAP(q8_0)
WRAP(q4_0)
WRAP(tiers)

/* Heads of K and V, positions and queries of one shape in all types; whether a state is asked for. */
struct shape {
    size_t kv_heads, positions, queries, window;
    int causal, state;
};

static struct kern_flash flash_of(const struct shape *s, size_t group)
{
    struct kern_flash f = { .dim = 48, .kv_heads = s->kv_heads, .heads = s->kv_heads * group, .scale = 0.2F };

    f.positions = s->positions;
    f.queries = s->queries;
    f.window = s->window;
    f.causal = s->causal;
    f.kv_step = f.dim;
    f.kv_head = f.positions * f.dim;
    f.q_step = f.heads * f.dim;
    f.state_step = f.heads * 2;
    return f;
}

/* One run: the output, and behind it the state. */
static struct guard flash_run(struct kern_pool *pool, struct kern_flash f, bool state)
{
    size_t out = f.queries * f.q_step, kept = state ? f.queries * f.state_step : 0;
    struct guard y = guard_new((out + kept) * 4, 4);

    f.out = (float *)(void *)y.data;
    f.state = state ? f.out + out : NULL;
    flash_pool = pool;
    pooled_f16(&f);
    return y;
}

static void same_bits_flash(struct checks *c, struct pools *pools, const struct shape *s)
{
    struct kern_flash f = flash_of(s, 4);
    uint64_t state = check_seed(c, "threads flash");
    size_t elements = f.positions * f.kv_heads * f.dim, floats = f.queries * f.q_step;
    uint16_t *k = allocate(elements * 2), *v = allocate(elements * 2);
    float *q = allocate(floats * 4);

    for (size_t i = 0; i < elements; i++) {
        k[i] = kern_f32_to_f16(rnd_float(&state));
        v[i] = kern_f32_to_f16(rnd_float(&state));
    }
    input_fill(q, floats, IN_UNIFORM, &state);
    f.k = k, f.v = v, f.q = q;
    struct guard want = flash_run(NULL, f, s->state);
    for (size_t t = 1; t <= MOST; t++) {
        struct guard y = flash_run(pools->pool[t], f, s->state);
        check_that(c, guard_ok(&y) && memcmp(y.data, want.data, want.bytes) == 0, "differs over %zu threads", t);
        guard_free(&y);
    }
    guard_free(&want);
    free(k), free(v), free(q);
}

static void check_flashes(struct checks *c, struct pools *pools)
{
    static const struct shape shapes[] = {
        { 1, 1, 1, 0, 1, 0 },     { 1, 255, 1, 0, 1, 1 },   { 1, 256, 1, 0, 0, 1 },    { 1, 2000, 1, 0, 1, 1 },
        { 3, 2000, 1, 0, 1, 1 },  { 8, 4096, 1, 0, 1, 0 },  { 2, 3000, 1, 700, 1, 1 }, { 2, 3000, 1, 5000, 1, 0 },
        { 2, 130, 130, 0, 1, 1 }, { 3, 300, 90, 0, 1, 0 },  { 2, 300, 90, 33, 1, 0 },  { 2, 300, 90, 0, 0, 0 },
        { 2, 90, 70, 33, 0, 1 },  { 1, 400, 400, 0, 1, 0 },
    };

    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        check_at(c, "flash over a pool, %zu heads, %zu queries, %zu positions", shapes[i].kv_heads, shapes[i].queries,
                 shapes[i].positions);
        same_bits_flash(c, pools, &shapes[i]);
    }
    flash_pool = pools->pool[3];
    struct kern_variant pooled = { .op = "flash", .isa = "over a pool" };
    check_at(c, "flash over a pool");
    pooled.fn = (void (*)(void))pooled_f32;
    check_flash_f32_variant(c, &pooled);
    pooled.fn = (void (*)(void))pooled_f16;
    check_flash_f16_variant(c, &pooled);
    pooled.fn = (void (*)(void))pooled_i8;
    check_flash_i8_variant(c, &pooled);
    pooled.fn = (void (*)(void))pooled_q8_0;
    check_flash_q8_0_variant(c, &pooled);
    pooled.fn = (void (*)(void))pooled_q4_0;
    check_flash_q4_0_variant(c, &pooled);
    pooled.fn = (void (*)(void))pooled_tiers;
    check_flash_tiers_variant(c, &pooled);
}

/* Wrong: chunks are merged as if all had the same largest score. */
static void bad_flash(const struct kern_flash *f)
{
    kern_flash_f32_ref(f);
    for (size_t i = 0; f->state && i < f->queries; i++)
        for (size_t h = 0; h < f->heads; h++)
            f->state[i * f->state_step + 2 * h] = 0;
}

static void pooled_bad(const struct kern_flash *f)
{
    struct kern_flash g = *f;

    g.work = allocate(kern_pool_flash_floats(f, 1) * 4);
    kern_pool_flash_f32(NULL, bad_flash, &g);
    free(g.work);
}

static void check_bad_merge(struct checks *c)
{
    struct checks quiet = { .quiet = true, .isas = c->isas, .seed = c->seed };
    struct kern_variant v = { .op = "flash", .isa = "wrong", .fn = (void (*)(void))pooled_bad };

    check_flash_f32_variant(&quiet, &v);
    check_at(c, "chunks merged without their largest scores");
    check_that(c, quiet.failed > 0, "was not noticed");
}

static void check_heads(struct checks *c, struct pools *pools)
{
    enum { HEADS = 7, N = 50, DIM = 32 };
    uint64_t state = check_seed(c, "threads heads");
    float q[HEADS * DIM], want[HEADS * DIM], work[N + 16];
    float *k = allocate(HEADS * N * DIM * 4), *v = allocate(HEADS * N * DIM * 4);

    input_fill(q, HEADS * DIM, IN_UNIFORM, &state);
    input_fill(k, HEADS * N * DIM, IN_UNIFORM, &state);
    input_fill(v, HEADS * N * DIM, IN_UNIFORM, &state);
    for (size_t h = 0; h < HEADS; h++)
        kern_attention_f32(want + h * DIM, q + h * DIM, k + h * N * DIM, v + h * N * DIM, N, DIM, 0.2F, work);
    check_at(c, "attention over a pool");
    for (size_t t = 0; t <= MOST; t++) {
        size_t threads = kern_pool_threads(pools->pool[t]);
        struct guard y = guard_new(sizeof want, 4), scratch = guard_new(kern_pool_attention_floats(N) * threads * 4, 0);
        kern_pool_attention_f32(pools->pool[t], kern_attention_f32, (float *)(void *)y.data, q, k, v, HEADS, N, DIM,
                                0.2F, (float *)(void *)scratch.data);
        compare(c, &y, want, HEADS * DIM, threads);
        CHECK(c, guard_ok(&scratch));
        guard_free(&y);
        guard_free(&scratch);
    }
    free(k), free(v);
}

void check_threads(struct checks *c)
{
    struct pools pools;

    kern_init_mask(c->isas);
    pools_start(c, &pools);
    check_gemvs(c, &pools);
    check_gemms(c, &pools);
    check_heads(c, &pools);
    check_flashes(c, &pools);
    check_bad_merge(c);
    pools_stop(&pools);
}
