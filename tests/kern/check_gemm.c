/* SPDX-License-Identifier: Apache-2.0
 * Checks of gemm/f32: packed and unpacked weights, gaps between rows, splitting into parts, bias and activation. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kern/check.h"

/* All m up to a full strip (14 rows) and a rest; n around the panel (32) and its tiles; k around a round of the loop. */
static const size_t some_n[] = { 0, 1, 2, 5, 15, 16, 17, 31, 32, 33, 63, 64, 71 },
                    some_k[] = { 0, 1, 2, 3, 4, 5, 7, 19 };
enum { SMALL_M = 17, ROOM = 1 << 19, WORK_ALIGN = 64 };

/* Across the blocks of k (512) and of n (512), and rows so far apart that a and b are copied (more than 512). */
static const struct shape {
    size_t m, n, k, gap;
} big[] = { { 3, 40, 1030, 0 },   { 30, 530, 20, 0 },  { 29, 97, 513, 3 },  { 128, 128, 128, 0 },
            { 65, 70, 100, 600 }, { 15, 600, 70, 10 }, { 16, 33, 550, 77 }, { 1, 100, 700, 0 } };

struct gemm {
    kern_gemm_f32_fn *fn;
    struct fence fa, fb;
    struct guard work, packed;
    uint64_t state;
};

/* What the answer is, exactly enough, and how far a float may be from it. */
struct answer {
    double value, tolerance;
};

static struct answer activated(double x, double error, enum kern_act act)
{
    double z = act == KERN_ACT_SILU ? x : 2 * sqrt(2 / acos(-1)) * (x + 0.044715 * x * x * x);

    if (act == KERN_ACT_NONE || act == KERN_ACT_RELU)
        return (struct answer){ act == KERN_ACT_RELU ? fmax(x, 0) : x, error };
    double y = z < -700 ? 0 : x / (1 + exp(-z));
    if (act == KERN_ACT_GELU_ERF) {
        y = x / 2 * erfc(-x * sqrt(0.5));
        z = 0;
    }
    return (struct answer){ y, 1.2 * error + 16 * UNIT * (1 + fmin(fabs(z), 1e3)) * fabs(y) + 0x1p-110 };
}

static struct answer element(const struct kern_gemm *g, size_t i, size_t j)
{
    double sum = g->bias ? (double)g->bias[j] : 0, size = fabs(sum);

    for (size_t p = g->k; p-- > 0;) {
        double product = (double)g->a[i * g->lda + p] * (double)g->b[p * g->ldb + j];
        sum += product;
        size += fabs(product);
    }
    return activated(sum, (double)(g->k + 2) * UNIT * size + (double)(g->k + 1) * TINY, g->act);
}

static size_t wrong_elements(const struct kern_gemm *g)
{
    size_t wrong = 0;

    for (size_t i = 0; i < g->m; i++)
        for (size_t j = 0; j < g->n; j++) {
            struct answer want = element(g, i, j);
            wrong += !(fabs((double)g->c[i * g->ldc + j] - want.value) <= want.tolerance);
        }
    return wrong;
}

/* Bytes of c's gaps that are not what guard_new() left there: a copy that no kernel has seen is the witness. */
static size_t touched_gaps(const struct kern_gemm *g, const float *witness)
{
    size_t touched = 0;

    for (size_t i = 0; i + 1 < g->m; i++)
        touched += memcmp(g->c + i * g->ldc + g->n, witness + i * g->ldc + g->n, (g->ldc - g->n) * sizeof *g->c) != 0;
    return touched;
}

static size_t span(size_t rows, size_t stride, size_t width)
{
    return rows && width ? (rows - 1) * stride + width : 0;
}

/* The same product in parts, and with packed weights; each must give the bits that are already in g->c. */
static void other_ways(struct checks *c, struct gemm *t, const struct kern_gemm *g, size_t parts)
{
    size_t floats = span(g->m, g->ldc, g->n), differ = 0;
    float *first = malloc(floats * sizeof *first + 1);
    struct kern_gemm again = *g, part;

    if (!first)
        abort();
    memcpy(first, g->c, floats * sizeof *first);
    for (int packed = 0; packed < 2; packed++) {
        if (packed) {
            kern_gemm_pack_f32((float *)(void *)t->packed.data, g->b, g->ldb, g->k, g->n);
            again.packed = (const float *)(const void *)t->packed.data;
            again.b = NULL;
        }
        for (size_t i = 0; i < g->m; i++)
            memset(g->c + i * g->ldc, 0xff, g->n * sizeof *g->c);
        for (size_t i = 0; i < parts; i++) {
            kern_gemm_part(&again, i, parts, &part);
            t->fn(&part);
        }
        for (size_t i = 0; i < g->m; i++)
            for (size_t j = 0; j < g->n; j++)
                differ += !same_float(g->c[i * g->ldc + j], first[i * g->ldc + j]);
    }
    check_that(c, differ == 0, "m=%zu n=%zu k=%zu: %zu elements differ in %zu parts or with packed weights", g->m, g->n,
               g->k, differ, parts);
    free(first);
}

static void one_shape(struct checks *c, struct gemm *t, struct shape s, enum input_class class, size_t variation)
{
    size_t lda = s.k + s.gap + variation % 3, ldb = s.n + s.gap + variation % 2, ldc = s.n + variation % 5;
    float *a = fence_end(&t->fa, span(s.m, lda, s.k) * 4), *b = fence_end(&t->fb, span(s.k, ldb, s.n) * 4);
    float *bias = variation % 2 ? malloc(s.n * sizeof *bias + 1) : NULL;
    struct guard out = guard_new(span(s.m, ldc, s.n) * 4, variation % 16 * 4);
    struct guard untouched = guard_new(span(s.m, ldc, s.n) * 4, variation % 16 * 4);
    struct kern_gemm g = { .m = s.m,
                           .n = s.n,
                           .k = s.k,
                           .a = a,
                           .lda = lda,
                           .b = b,
                           .ldb = ldb,
                           .ldc = ldc,
                           .c = (float *)(void *)out.data,
                           .bias = bias,
                           .work = t->work.data,
                           .act = (enum kern_act)(variation % KERN_ACT_COUNT) };

    input_fill(a, span(s.m, lda, s.k), class, &t->state);
    input_fill(b, span(s.k, ldb, s.n), class, &t->state);
    if (bias)
        input_fill(bias, s.n, class, &t->state);
    t->fn(&g);
    size_t wrong = wrong_elements(&g);
    check_that(c, wrong == 0, "m=%zu n=%zu k=%zu lda=%zu ldb=%zu act=%d %s: %zu elements are wrong", s.m, s.n, s.k, lda,
               ldb, (int)g.act, input_name(class), wrong);
    other_ways(c, t, &g, 1 + variation % 4);
    check_that(c, touched_gaps(&g, (const float *)(const void *)untouched.data) == 0 && guard_ok(&out),
               "m=%zu n=%zu k=%zu ldc=%zu: wrote outside c", s.m, s.n, s.k, ldc);
    check_that(c, guard_ok(&t->work) && guard_ok(&t->packed), "m=%zu n=%zu k=%zu: wrote outside its scratch", s.m, s.n,
               s.k);
    guard_free(&untouched);
    guard_free(&out);
    free(bias);
}

/* A NaN or an infinity in a is in that row of c and in no other, one in b in that column. */
static void special(struct checks *c, struct gemm *t, size_t m, size_t n, size_t k, float value)
{
    float *a = fence_end(&t->fa, m * k * 4), *b = fence_end(&t->fb, k * n * 4), *out = malloc(m * n * sizeof *out);
    struct kern_gemm g = {
        .m = m, .n = n, .k = k, .a = a, .lda = k, .b = b, .ldb = n, .c = out, .ldc = n, .work = t->work.data
    };
    size_t wrong = 0;

    if (!out)
        abort();
    for (size_t at = 0; at < m * k + k * n; at += 1 + (m * k + k * n) / 23) {
        int in_a = at < m * k;
        for (size_t i = 0; i < m * k; i++)
            a[i] = 1;
        for (size_t i = 0; i < k * n; i++)
            b[i] = 1;
        *(in_a ? a + at : b + (at - m * k)) = value;
        t->fn(&g);
        for (size_t i = 0; i < m * n; i++) {
            int hit = in_a ? i / n == at / k : i % n == (at - m * k) % n;
            wrong += !same_float(out[i], hit ? value : (float)k);
        }
    }
    check_that(c, wrong == 0, "m=%zu n=%zu k=%zu: %g in %zu wrong places", m, n, k, (double)value, wrong);
    free(out);
}

/* Sums that are the bias alone: every activation at its interesting points. */
static void activations(struct checks *c, struct gemm *t)
{
    static const float x[] = { 0,    -0.0f, 1,     -1,     87,       -87,       88.5f,  -88.5f,
                               1e4f, -1e4f, 1e30f, -1e30f, 1e-30f,   -1e-30f,   1e-42f, -1e-42f,
                               5,    -5,    10,    -10,    INFINITY, -INFINITY, NAN };
    enum { N = sizeof x / sizeof *x };
    float y[N];

    for (int act = 0; act < KERN_ACT_COUNT; act++) {
        struct kern_gemm g = {
            .m = 1, .n = N, .c = y, .ldc = N, .bias = x, .ldb = N, .act = (enum kern_act)act, .work = t->work.data
        };
        t->fn(&g);
        for (size_t i = 0; i < N; i++) {
            struct answer want = activated((double)x[i], 0, g.act);
            bool low = x[i] == -INFINITY && act != KERN_ACT_NONE;
            bool ok = isnan(x[i])   ? isnan(y[i]) != 0
                      : low         ? y[i] == 0
                      : isinf(x[i]) ? y[i] == x[i]
                                    : fabs((double)y[i] - want.value) <= want.tolerance;
            check_that(c, ok, "activation %d of %g is %g, want %g", act, (double)x[i], (double)y[i], want.value);
        }
    }
}

void check_gemm_variant(struct checks *c, const struct kern_variant *v)
{
    struct gemm t = { .fn = (kern_gemm_f32_fn *)v->fn,
                      .fa = fence_new(ROOM * 4),
                      .fb = fence_new(ROOM * 4),
                      .work = guard_new(kern_gemm_work_size(1200, 1200, 4), 0),
                      .packed = guard_new(ROOM * 4, 4),
                      .state = check_seed(c, "gemm") };
    size_t variation = 0;

    for (size_t m = 0; m <= SMALL_M; m++)
        for (size_t j = 0; j < sizeof some_n / sizeof *some_n; j++)
            for (size_t p = 0; p < sizeof some_k / sizeof *some_k; p++, variation++)
                one_shape(c, &t, (struct shape){ m, some_n[j], some_k[p], 0 },
                          (enum input_class)(variation % IN_CLASSES), variation);
    for (size_t i = 0; i < sizeof big / sizeof *big; i++)
        one_shape(c, &t, big[i], IN_UNIFORM, i);
    for (size_t i = 0; i < 40; i++) {
        struct shape s = { rnd_below(&t.state, 50), rnd_below(&t.state, 150), rnd_below(&t.state, 150), 0 };
        one_shape(c, &t, s, (enum input_class)(i % IN_CLASSES), rnd_below(&t.state, 60));
    }
    special(c, &t, 5, 35, 6, NAN);
    special(c, &t, 17, 64, 9, INFINITY);
    activations(c, &t);
    guard_free(&t.packed);
    guard_free(&t.work);
    fence_free(&t.fa);
    fence_free(&t.fb);
}

static void check_packing(struct checks *c)
{
    enum { K = 5, N = 70, LD = 80 };
    float b[K * LD], turned[N * K], one[K * 96], other[K * 96];
    uint64_t state = check_seed(c, "gemm packing");

    input_fill(b, K * LD, IN_UNIFORM, &state);
    for (size_t p = 0; p < K; p++)
        for (size_t j = 0; j < N; j++)
            turned[j * K + p] = b[p * LD + j];
    CHECK(c, kern_gemm_packed_floats(K, N) == K * 96);
    kern_gemm_pack_f32(one, b, LD, K, N);
    kern_gemm_pack_transposed_f32(other, turned, K, K, N);
    CHECK(c, memcmp(one, other, sizeof one) == 0);
    CHECK(c, same_float(one[1 * 32 + 3], b[LD + 3]) && same_float(one[64 * K + 32 + 5], b[LD + 69]));
    CHECK(c, float_bits(one[64 * K + 6]) == 0);
    CHECK(c, kern_gemm_packed_floats(SIZE_MAX / 8, 64) == 0 && kern_gemm_packed_floats(1, SIZE_MAX) == 0);
    CHECK(c, kern_gemm_packed_floats(0, 64) == 0 && kern_gemm_packed_floats(64, 0) == 0);
    CHECK(c, kern_gemm_work_size(1, 1, SIZE_MAX) == 0 && kern_gemm_work_size(SIZE_MAX, SIZE_MAX, 1) > 0);
}

void check_gemm(struct checks *c)
{
    check_packing(c);
    check_variants(c, "gemm", "f32", check_gemm_variant);
}
