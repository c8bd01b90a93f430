/* SPDX-License-Identifier: Apache-2.0
 * Checks of the quantised matrix products: every format against its definition, in shapes around the edges of tiles,
 * panels and blocks, in place, in parts and over a pool. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kern/check_quant.h"

enum { ROOM = 1 << 22, GAP = 3 };

/* A format: its blocks, and weight i of a row, as two terms whose difference it is. */
struct format {
    const char *dtype;
    size_t block, bytes; /* values of a block, and its bytes */
    void (*fill)(void *a, size_t n, uint64_t *state);
    void (*pack)(void *to, const void *a, size_t m, size_t k);
    size_t (*packed)(size_t m, size_t k);
    double (*product)(const void *row, size_t i);
    double (*minimum)(const void *row, size_t i);
    int per_row; /* one scale for a row, and exact */
};

static void fill_q8_0(void *a, size_t n, uint64_t *state)
{
    quant_fill_q8_0(a, n, state);
}

static void fill_q4_0(void *a, size_t n, uint64_t *state)
{
    quant_fill_q4_0(a, n, state);
}

static void fill_q4_k(void *a, size_t n, uint64_t *state)
{
    quant_fill_q4_k(a, n, state);
}

/* Any byte but -128. */
static void fill_i8(void *a, size_t n, uint64_t *state)
{
    for (size_t i = 0; i < n; i++)
        ((int8_t *)a)[i] = (int8_t)((int)rnd_below(state, 255) - 127);
}

static void fill_i4(void *a, size_t n, uint64_t *state)
{
    for (size_t i = 0; i < 16 * n; i++)
        ((uint8_t *)a)[i] = (uint8_t)rnd(state);
}

static void pack_q8_0(void *to, const void *a, size_t m, size_t k)
{
    kern_pack_q8_0(to, a, m, k);
}

static void pack_q4_0(void *to, const void *a, size_t m, size_t k)
{
    kern_pack_q4_0(to, a, m, k);
}

static void pack_q4_k(void *to, const void *a, size_t m, size_t k)
{
    kern_pack_q4_k(to, a, m, k);
}

static void pack_i8(void *to, const void *a, size_t m, size_t k)
{
    kern_pack_i8(to, a, m, k);
}

static void pack_i4(void *to, const void *a, size_t m, size_t k)
{
    kern_pack_i4(to, a, m, k);
}

static size_t packed_q8_0(size_t m, size_t k)
{
    return kern_pack_blocks(m, k) * sizeof(struct kern_q8_0x16);
}

static size_t packed_q4_0(size_t m, size_t k)
{
    return kern_pack_blocks(m, k) * sizeof(struct kern_q4_0x16);
}

static size_t packed_q4_k(size_t m, size_t k)
{
    return kern_pack_blocks(m, k) / 8 * sizeof(struct kern_q4_kx16);
}

static double value_q8_0(const void *row, size_t i)
{
    return quant_q8_0(row, i);
}

static double value_q4_0(const void *row, size_t i)
{
    return quant_q4_0(row, i);
}

static double product_q4_k(const void *row, size_t i)
{
    return quant_q4_k_product(row, i);
}

static double minimum_q4_k(const void *row, size_t i)
{
    return quant_q4_k_minimum(row, i);
}

static double value_i8(const void *row, size_t i)
{
    return ((const int8_t *)row)[i];
}

static double value_i4(const void *row, size_t i)
{
    int byte = ((const uint8_t *)row)[i / 32 * 16 + i % 16];
    return (i % 32 < 16 ? byte % 16 : byte / 16) - 8;
}

enum { Q8_0, Q4_0, Q4_K, I8, I4 };
static const struct format formats[] = {
    { "q8_0", 32, sizeof(struct kern_q8_0), fill_q8_0, pack_q8_0, packed_q8_0, value_q8_0, NULL, 0 },
    { "q4_0", 32, sizeof(struct kern_q4_0), fill_q4_0, pack_q4_0, packed_q4_0, value_q4_0, NULL, 0 },
    { "q4_k", 256, sizeof(struct kern_q4_k), fill_q4_k, pack_q4_k, packed_q4_k, product_q4_k, minimum_q4_k, 0 },
    { "i8", 1, 1, fill_i8, pack_i8, kern_pack_i8_size, value_i8, NULL, 1 },
    { "i4", 32, 16, fill_i4, pack_i4, kern_pack_i4_size, value_i4, NULL, 1 },
};

struct rig {
    const struct format *f;
    kern_matmul_fn *fn;
    struct fence a, packed, x, d, work;
    uint64_t state;
};

/* m × k times k × n. */
struct shape {
    size_t m, n, k;
};

/* A problem: raw weights, and the arguments, which point into the rig. */
struct problem {
    unsigned char *a;
    size_t row; /* bytes of a row of it */
    struct kern_matmul g;
    float *x, *d;
};

static struct problem problem_of(struct rig *r, struct shape s, enum input_class class)
{
    size_t blocks = (s.k + r->f->block - 1) / r->f->block, bytes = r->f->packed(s.m, s.k);
    struct problem p = { .row = blocks * r->f->bytes, .a = fence_end(&r->a, s.m * blocks * r->f->bytes) };
    void *packed = fence_end(&r->packed, bytes);

    p.x = fence_end(&r->x, (s.n ? (s.n - 1) * (s.k + GAP) + s.k : 0) * 4);
    p.d = fence_end(&r->d, s.m * 4);
    r->f->fill(p.a, s.m * blocks, &r->state);
    input_fill(p.d, s.m, IN_MIXED, &r->state);
    for (size_t j = 0; j < s.n; j++)
        input_fill(p.x + j * (s.k + GAP), s.k, class, &r->state);
    r->f->pack(packed, p.a, s.m, s.k);
    p.g = (struct kern_matmul){ .m = s.m, .n = s.n, .k = s.k, .a = packed, .d = p.d, .x = p.x, .ldx = s.k + GAP };
    p.g.work = fence_end(&r->work, kern_matmul_work_size(s.n, s.k, 1));
    return p;
}

/* A column as the format quantises it: value i is scale(i) * q[i]. */
struct column {
    int8_t *q;
    double *scale; /* of each 32 */
};

static struct column column_of(const struct rig *r, const float *x, size_t k)
{
    struct column c = { malloc(k + 256), malloc((k / 32 + 8) * sizeof(double)) };

    if (!c.q || !c.scale)
        abort();
    if (r->f->per_row) {
        *c.scale = (double)quant_expect_i8(c.q, x, k);
        return c;
    }
    for (size_t i = 0; i < k; i += r->f->block) {
        struct kern_q8_0 small;
        struct kern_q8_k large;
        if (r->f->block == 32) {
            quant_expect_q8_0(&small, x + i);
            memcpy(c.q + i, small.qs, 32);
            c.scale[i / 32] = quant_half(small.d);
            continue;
        }
        quant_expect_q8_k(&large, x + i);
        memcpy(c.q + i, large.qs, 256);
        for (size_t b = 0; b < 8; b++)
            c.scale[i / 32 + b] = (double)large.d;
    }
    return c;
}

static bool exact_right(const struct rig *r, const struct problem *p, size_t i, const struct column *x, float y)
{
    int64_t sum = 0;

    for (size_t at = 0; at < p->g.k; at++)
        sum += (int64_t)r->f->product(p->a + i * p->row, at) * x->q[at];
    volatile float scale = p->d[i] * (float)*x->scale, whole = (float)sum;
    return same_float(y, whole * scale);
}

static bool element_right(const struct rig *r, const struct problem *p, size_t i, const struct column *x, float y)
{
    double want = 0, size = 0, k = (double)p->g.k;

    if (r->f->per_row)
        return exact_right(r, p, i, x, y);
    for (size_t at = 0; at < p->g.k; at++) {
        double v = x->scale[at / 32] * x->q[at], product = r->f->product(p->a + i * p->row, at);
        double minimum = r->f->minimum ? r->f->minimum(p->a + i * p->row, at) : 0;
        want += v * (product - minimum);
        size += fabs(v) * (fabs(product) + fabs(minimum));
    }
    if (!isfinite(size)) /* x was too large for a scale */
        return !isfinite(y);
    return fabs((double)y - want) <= (r->f->minimum ? k / 10 + 12 : k / 16 + 8) * UNIT * size;
}

/* How many elements of y are wrong; rows of y are ldy apart. Columns beyond the first some are sampled. */
static size_t wrong_elements(const struct rig *r, const struct problem *p, const float *y, size_t ldy)
{
    size_t wrong = 0, step = 1 + p->g.m * p->g.n * p->g.k / (1 << 21);

    for (size_t j = 0; j < p->g.n; j += j + step < p->g.n || j + 1 == p->g.n ? step : p->g.n - 1 - j) {
        struct column x = column_of(r, p->x + j * p->g.ldx, p->g.k);
        for (size_t i = 0; i < p->g.m; i++)
            wrong += !element_right(r, p, i, &x, y[j * ldy + i]);
        free(x.q);
        free(x.scale);
    }
    return wrong;
}

/* Each column alone, and the same in three parts, must be what the whole is. */
static size_t differing(const struct rig *r, const struct problem *p, const float *y, size_t ldy)
{
    struct kern_matmul g = p->g;
    float *again = malloc((g.m * g.n + 1) * sizeof *again);
    size_t differ = 0;

    g.y = again;
    g.ldy = g.m;
    g.parts = 3;
    g.work = fence_end(&r->work, kern_matmul_work_size(g.n, g.k, 3));
    for (int step = KERN_MATMUL_PREPARE; step <= KERN_MATMUL_MULTIPLY; step++)
        for (g.part = 3; g.part-- > 0;) {
            g.step = (enum kern_matmul_step)step;
            r->fn(&g);
        }
    for (size_t at = 0; at < g.m * g.n; at++)
        differ += !same_float(again[at], y[at / g.m * ldy + at % g.m]);
    for (size_t j = 0; j < p->g.n; j += 1 + p->g.n / 5) {
        struct kern_matmul one = p->g;
        one.n = 1;
        one.x += j * one.ldx;
        one.y = again;
        one.work = fence_end(&r->work, kern_matmul_work_size(1, g.k, 1));
        r->fn(&one);
        for (size_t i = 0; i < g.m; i++)
            differ += !same_float(again[i], y[j * ldy + i]);
    }
    free(again);
    return differ;
}

/* Numbers between the rows of y that are not what they were. */
static size_t spoilt(const unsigned char *y, const unsigned char *before, struct shape s, size_t ldy)
{
    size_t count = 0;

    for (size_t j = 0; j + 1 < s.n; j++)
        count += memcmp(y + (j * ldy + s.m) * 4, before + (j * ldy + s.m) * 4, (ldy - s.m) * 4) != 0;
    return count;
}

static void one_shape(struct checks *c, struct rig *r, struct shape s, enum input_class class)
{
    size_t ldy = s.m + GAP, bytes = (s.n ? (s.n - 1) * ldy + s.m : 0) * 4;
    struct problem p = problem_of(r, s, class);
    struct guard out = guard_new(bytes, (s.m + s.n) * 4 % 64);
    unsigned char *before = malloc(bytes + 1);

    memcpy(before, out.data, bytes);
    p.g.y = (float *)(void *)out.data;
    p.g.ldy = ldy;
    r->fn(&p.g);
    size_t wrong = wrong_elements(r, &p, p.g.y, ldy), differ = differing(r, &p, p.g.y, ldy);
    check_that(c, wrong == 0, "m=%zu n=%zu k=%zu %s: %zu wrong", s.m, s.n, s.k, input_name(class), wrong);
    check_that(c, differ == 0, "m=%zu n=%zu k=%zu: split, %zu differ", s.m, s.n, s.k, differ);
    check_that(c, guard_ok(&out), "m=%zu n=%zu k=%zu: wrote outside y", s.m, s.n, s.k);
    check_that(c, spoilt(out.data, before, s, ldy) == 0, "m=%zu n=%zu k=%zu: wrote between rows", s.m, s.n, s.k);
    free(before);
    guard_free(&out);
}

/* A NaN in a scale is in its row and in no other; a NaN in x in its column. */
static void special(struct checks *c, struct rig *r, struct shape s)
{
    static const uint16_t nan = 0x7e00;
    struct problem p = problem_of(r, s, IN_UNIFORM);
    size_t row = s.m / 2, column = s.n - 1, wrong = 0;
    float *y = malloc(s.m * s.n * sizeof *y);

    p.d[row] = NAN;
    if (!r->f->per_row)
        memcpy(p.a + row * p.row, &nan, 2); /* d of a block comes first */
    r->f->pack((void *)(uintptr_t)p.g.a, p.a, s.m, s.k);
    p.x[column * p.g.ldx + s.k / 2] = -INFINITY;
    p.g.y = y;
    p.g.ldy = s.m;
    r->fn(&p.g);
    for (size_t at = 0; at < s.m * s.n; at++)
        wrong += (isnan(y[at]) != 0) != (at % s.m == row || at / s.m == column);
    check_that(c, wrong == 0, "m=%zu n=%zu k=%zu: NaN or not in %zu wrong places", s.m, s.n, s.k, wrong);
    free(y);
}

static void all_claims(struct checks *c, const struct kern_variant *v, const struct format *f)
{
    static const size_t ms[] = { 0, 1, 15, 16, 17, 33, 64, 67 }, ns[] = { 0, 1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 27 };
    static const size_t ks[] = { 0, 1, 3, 16, 17 }; /* blocks, or of 1 value 37 each */
    struct rig r = { f,
                     (kern_matmul_fn *)v->fn,
                     fence_new(ROOM),
                     fence_new(ROOM),
                     fence_new(ROOM),
                     fence_new(4096),
                     fence_new(ROOM),
                     check_seed(c, f->dtype) };

    for (size_t m = 0; m < sizeof ms / sizeof *ms; m++)
        for (size_t n = 0; n < sizeof ns / sizeof *ns; n++) {
            size_t k = ks[(m + n) % 5] * (f->per_row ? 37 : f->block == 256 && (m + n) % 5 > 2 ? 64 : f->block);
            one_shape(c, &r, (struct shape){ ms[m], ns[n], k / f->block * f->block },
                      (enum input_class)(n % IN_CLASSES));
        }
    one_shape(c, &r, (struct shape){ 33, 530, 256 }, IN_UNIFORM);  /* more columns than are taken together */
    one_shape(c, &r, (struct shape){ 16, 50, 16384 }, IN_UNIFORM); /* the same, because they are long */
    one_shape(c, &r, (struct shape){ 35, 14, 1280 }, IN_MIXED);    /* weights widened in three turns */
    for (size_t i = 0; i < 12; i++)
        one_shape(c, &r,
                  (struct shape){ rnd_below(&r.state, 90), rnd_below(&r.state, 40),
                                  f->per_row ? rnd_below(&r.state, 700) : 256 * rnd_below(&r.state, 4) },
                  (enum input_class)(i % IN_CLASSES));
    special(c, &r, (struct shape){ 37, 14, 512 });
    special(c, &r, (struct shape){ 1, 1, 256 });
    fence_free(&r.a);
    fence_free(&r.packed);
    fence_free(&r.x);
    fence_free(&r.d);
    fence_free(&r.work);
}

#define CHECK_OF(type, name)                                                                                           \
    void check_matmul_##type(struct checks *c, const struct kern_variant *v)                                           \
    {                                                                                                                  \
        all_claims(c, v, &formats[name]);                                                                              \
    }
CHECK_OF(q8_0, Q8_0)
CHECK_OF(q4_0, Q4_0)
CHECK_OF(q4_k, Q4_K)
CHECK_OF(i8, I8)
CHECK_OF(i4, I4)

/* Over pools of any size: the same bits. */
static void over_pools(struct checks *c, const struct format *f, kern_matmul_fn *fn)
{
    struct rig r = { f,
                     fn,
                     fence_new(ROOM),
                     fence_new(ROOM),
                     fence_new(ROOM),
                     fence_new(4096),
                     fence_new(ROOM),
                     check_seed(c, "pools") };
    struct shape s = { 83, 29, 512 };
    struct problem p = problem_of(&r, s, IN_UNIFORM);
    struct guard once = guard_new(s.m * s.n * 4, 0), again = guard_new(s.m * s.n * 4, 0);

    p.g.ldy = s.m;
    p.g.y = (float *)(void *)once.data;
    fn(&p.g);
    for (size_t threads = 1; threads <= 5; threads++) {
        struct guard mem = guard_new(kern_pool_size(threads), 0);
        struct guard work = guard_new(kern_matmul_work_size(s.n, s.k, threads), 0);
        struct kern_pool *pool;
        check_that(c, kern_pool_start(&pool, mem.data, threads) == 0, "a pool of %zu threads does not start", threads);
        p.g.y = (float *)(void *)again.data;
        p.g.work = work.data;
        memset(again.data, 0xff, again.bytes);
        kern_pool_matmul(pool, fn, &p.g);
        kern_pool_stop(pool);
        check_that(c, memcmp(once.data, again.data, once.bytes) == 0, "over %zu threads it differs", threads);
        check_that(c, guard_ok(&work) && guard_ok(&again), "over %zu threads it wrote outside", threads);
        guard_free(&work);
        guard_free(&mem);
    }
    guard_free(&once);
    guard_free(&again);
    fence_free(&r.a);
    fence_free(&r.packed);
    fence_free(&r.x);
    fence_free(&r.d);
    fence_free(&r.work);
}

void check_matmul(struct checks *c)
{
    check_variants(c, "matmul", "q8_0", check_matmul_q8_0);
    check_variants(c, "matmul", "q4_0", check_matmul_q4_0);
    check_variants(c, "matmul", "q4_k", check_matmul_q4_k);
    check_variants(c, "matmul", "i8", check_matmul_i8);
    check_variants(c, "matmul", "i4", check_matmul_i4);
    check_at(c, "matmul");
    kern_init_mask(c->isas);
    over_pools(c, &formats[Q8_0], kern_matmul_q8_0);
    over_pools(c, &formats[Q4_K], kern_matmul_q4_k);
    over_pools(c, &formats[I4], kern_matmul_i4);
    CHECK(c, sizeof(struct kern_q4_kx16) == 16 * sizeof(struct kern_q4_k));
    CHECK(c, kern_i4_row(0) == 0 && kern_i4_row(1) == 16 && kern_i4_row(32) == 16 && kern_i4_row(33) == 32);
    CHECK(c, kern_pack_i8_size(17, 33) == 2048 && kern_pack_i4_size(17, 33) == 1024 && kern_pack_i8_size(0, 32) == 0);
    CHECK(c, kern_pack_i8_size(SIZE_MAX, 32) == 0 && kern_pack_i4_size(16, SIZE_MAX) == 0);
    CHECK(c, kern_matmul_work_size(SIZE_MAX / 2, 4096, 1) == 0 && kern_matmul_work_size(1, SIZE_MAX, 1) == 0);
    CHECK(c, kern_matmul_work_size(1, 32, SIZE_MAX) == 0 && kern_matmul_work_size(8, 4096, 2) % 64 == 0);
}
