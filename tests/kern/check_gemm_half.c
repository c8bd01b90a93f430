/* SPDX-License-Identifier: Apache-2.0
 * Checks of gemm/f16 and gemm/bf16, and of bfloat16 itself. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kern/check.h"

enum { SMALL_M = 16, ROOM = 1 << 19 };
static const size_t some_n[] = { 0, 1, 15, 31, 32, 33, 65 }, some_k[] = { 0, 1, 2, 3, 5, 7, 8, 9, 18 };
/* Also around the number of rows from which on the weights are widened ahead (64), with odd rests of blocks of k. */
static const struct shape {
    size_t m, n, k, gap;
} big[] = { { 3, 40, 2055, 0 },  { 30, 530, 21, 0 }, { 29, 97, 1027, 3 },  { 65, 70, 101, 1201 },
            { 15, 600, 70, 10 }, { 64, 97, 515, 0 }, { 66, 545, 1027, 2 }, { 3, 31, 2055, 0 },
            { 48, 97, 96, 0 },   { 16, 33, 64, 9 },  { 300, 40, 300, 5 } };

/* A type of 16 bits, and what its error bound has beyond k. */
struct type {
    const char *name;
    float (*widen)(uint16_t h);
    uint16_t (*narrow)(float f);
    void (*pack)(uint16_t *packed, const uint16_t *b, size_t ldb, size_t k, size_t n);
    void (*pack_transposed)(uint16_t *packed, const uint16_t *b, size_t ldb, size_t k, size_t n);
    size_t (*packed)(size_t k, size_t n);
    void (*part)(const struct kern_gemm_half *g, size_t i, size_t parts, struct kern_gemm_half *part);
    double roundings, tiny;
};

static const struct type types[] = {
    { "f16", kern_f16_to_f32, kern_f32_to_f16, kern_gemm_pack_f16, kern_gemm_pack_transposed_f16, kern_gemm_packed_f16,
      kern_gemm_part_f16, 2, TINY },
    { "bf16", kern_bf16_to_f32, kern_f32_to_bf16, kern_gemm_pack_bf16, kern_gemm_pack_transposed_bf16,
      kern_gemm_packed_bf16, kern_gemm_part_bf16, 3, 0x1p-126 },
};

struct gemm {
    kern_gemm_bf16_fn *fn;  /* which is also that of f16 */
    kern_gemm_f32_fn *wide; /* of the same variant, if it adds up alike */
    const struct type *type;
    struct fence fa;
    struct guard work, packed;
    uint64_t state;
};

static void fill(const struct type *type, uint16_t *x, size_t n, enum input_class class, uint64_t *state)
{
    for (size_t i = 0; i < n; i++) {
        float f;
        input_fill(&f, 1, class, state);
        x[i] = type->narrow(f);
        if ((x[i] & 0x7c00) == 0x7c00 && type == types) /* beyond binary16's range; any finite number will do */
            x[i] &= 0xbfff;
    }
}

static bool right(const struct type *type, const struct kern_gemm_half *g, const uint16_t *b, size_t i, size_t j)
{
    double sum = g->bias ? (double)g->bias[j] : 0, size = fabs(sum);

    for (size_t p = g->k; p-- > 0;) {
        double product = (double)type->widen(g->a[i * g->lda + p]) * (double)type->widen(b[p * g->n + j]);
        sum += product;
        size += fabs(product);
    }
    if (g->act == KERN_ACT_RELU)
        sum = fmax(sum, 0);
    return fabs((double)g->c[i * g->ldc + j] - sum) <=
           ((double)g->k + type->roundings) * UNIT * size + (double)(g->k + 1) * type->tiny;
}

static size_t wrong_elements(const struct type *type, const struct kern_gemm_half *g, const uint16_t *b)
{
    size_t wrong = 0;

    for (size_t i = 0; i < g->m; i++)
        for (size_t j = 0; j < g->n; j++)
            wrong += !right(type, g, b, i, j);
    return wrong;
}

/* Each row alone must give the bits that it has in company. */
static size_t rows_differ(const struct gemm *t, const struct kern_gemm_half *g)
{
    float *alone = malloc(g->n * sizeof *alone + 1);
    size_t differ = 0;

    if (!alone)
        abort();
    for (size_t i = 0; i < g->m; i += 1 + g->m / 7) {
        struct kern_gemm_half one = *g;
        one.m = 1;
        one.a = g->a + i * g->lda;
        one.c = alone;
        t->fn(&one);
        for (size_t j = 0; j < g->n; j++)
            differ += !same_float(alone[j], g->c[i * g->ldc + j]);
    }
    free(alone);
    return differ;
}

/* In parts, it must give the same bits. */
static size_t parts_differ(const struct gemm *t, const struct kern_gemm_half *g, size_t parts)
{
    size_t differ = 0, floats = g->m && g->n ? (g->m - 1) * g->ldc + g->n : 0;
    float *again = malloc(floats * sizeof *again + 1);
    struct kern_gemm_half whole = *g, part;

    if (!again)
        abort();
    whole.c = again;
    for (size_t i = 0; i < parts; i++) {
        t->type->part(&whole, i, parts, &part);
        t->fn(&part);
    }
    for (size_t i = 0; i < g->m * g->n; i++)
        differ += !same_float(again[i / g->n * g->ldc + i % g->n], g->c[i / g->n * g->ldc + i % g->n]);
    free(again);
    return differ;
}

/* The product of the same numbers as floats must be the same bits. */
static size_t floats_differ(const struct gemm *t, const struct kern_gemm_half *g, const uint16_t *b)
{
    size_t differ = 0, m = g->m, n = g->n, k = g->k;
    float *a = malloc((m * k + k * n + m * n) * sizeof *a + 1), *wide_b = a + m * k, *c = wide_b + k * n;
    struct kern_gemm f = { .m = m, .n = n, .k = k, .a = a, .lda = k, .b = wide_b, .ldb = n, .c = c, .ldc = n };

    if (!a)
        abort();
    f.bias = g->bias;
    f.act = g->act;
    f.work = g->work;
    for (size_t i = 0; i < m * k; i++)
        a[i] = t->type->widen(g->a[i / k * g->lda + i % k]);
    for (size_t i = 0; i < k * n; i++)
        wide_b[i] = t->type->widen(b[i]);
    t->wide(&f);
    for (size_t i = 0; i < m * n; i++)
        differ += !same_float(c[i], g->c[i / n * g->ldc + i % n]);
    free(a);
    return differ;
}

static size_t span(size_t rows, size_t stride, size_t width)
{
    return rows && width ? (rows - 1) * stride + width : 0;
}

static void one_shape(struct checks *c, struct gemm *t, struct shape s, enum input_class class, size_t variation)
{
    size_t lda = s.k + s.gap + variation % 3, ldc = s.n, parts = 1 + variation % 4;
    uint16_t *a = fence_end(&t->fa, span(s.m, lda, s.k) * 2), *b = malloc(s.k * s.n * 2 + 1);
    float *bias = variation % 2 ? malloc(s.n * sizeof *bias + 1) : NULL;
    struct guard out = guard_new(span(s.m, ldc, s.n) * 4, variation % 16 * 4);
    struct kern_gemm_half g = { .m = s.m,
                                .n = s.n,
                                .k = s.k,
                                .a = a,
                                .lda = lda,
                                .ldc = ldc,
                                .bias = bias,
                                .c = (float *)(void *)out.data,
                                .work = t->work.data,
                                .packed = (const uint16_t *)(const void *)t->packed.data,
                                .act = variation % 5 ? KERN_ACT_NONE : KERN_ACT_RELU };

    if (!b)
        abort();
    fill(t->type, a, span(s.m, lda, s.k), class, &t->state);
    fill(t->type, b, s.k * s.n, class, &t->state);
    if (bias)
        input_fill(bias, s.n, class, &t->state);
    t->type->pack((uint16_t *)(void *)t->packed.data, b, s.n, s.k, s.n);
    t->fn(&g);
    size_t wrong = wrong_elements(t->type, &g, b), differ = rows_differ(t, &g);
    check_that(c, wrong == 0, "m=%zu n=%zu k=%zu lda=%zu act=%d %s: %zu elements are wrong", s.m, s.n, s.k, lda,
               (int)g.act, input_name(class), wrong);
    check_that(c, differ == 0, "m=%zu n=%zu k=%zu: %zu elements of rows alone differ", s.m, s.n, s.k, differ);
    differ = parts_differ(t, &g, parts);
    check_that(c, differ == 0, "m=%zu n=%zu k=%zu: %zu elements differ in %zu parts", s.m, s.n, s.k, differ, parts);
    differ = t->wide ? floats_differ(t, &g, b) : 0;
    check_that(c, differ == 0, "m=%zu n=%zu k=%zu: %zu elements are not those of floats", s.m, s.n, s.k, differ);
    check_that(c, guard_ok(&out) && guard_ok(&t->work) && guard_ok(&t->packed),
               "m=%zu n=%zu k=%zu: wrote outside c or scratch", s.m, s.n, s.k);
    guard_free(&out);
    free(bias);
    free(b);
}

static kern_gemm_f32_fn *of_floats(const char *isa)
{
    size_t n;
    const struct kern_variant *all = kern_variants(&n);

    for (size_t i = 0; i < n; i++)
        if (!strcmp(all[i].op, "gemm") && !strcmp(all[i].dtype, "f32") && !strcmp(all[i].isa, isa))
            return (kern_gemm_f32_fn *)all[i].fn;
    return NULL;
}

/* Each of the 65,536 numbers as the one element of a that is not 0, and as that of b. A NaN or an infinity is in its row
 * or column only. */
static void each_number(struct checks *c, struct gemm *t)
{
    enum { M = 3, N = 40, K = 5, ROW = 1, COLUMN = 33, STEP = 2 };
    uint16_t a[M * K], b[K * N], one = t->type->narrow(1);
    float out[M * N];
    struct kern_gemm_half g = { .m = M, .n = N, .k = K, .a = a, .lda = K, .c = out, .ldc = N, .work = t->work.data };
    size_t wrong = 0;

    g.packed = (const uint16_t *)(const void *)t->packed.data;
    for (uint32_t h = 0; h < 65536; h++) {
        float want = t->type->widen((uint16_t)h);
        for (int in_a = 0; in_a < 2; in_a++) {
            memset(a, 0, sizeof a);
            memset(b, 0, sizeof b);
            a[ROW * K + STEP] = in_a ? (uint16_t)h : one;
            b[STEP * N + COLUMN] = in_a ? one : (uint16_t)h;
            t->type->pack((uint16_t *)(void *)t->packed.data, b, N, K, N);
            t->fn(&g);
            float got = out[ROW * N + COLUMN];
            bool right = isnan(want) ? isnan(got) != 0 : got == want || fabsf(got - want) <= (float)t->type->tiny;
            wrong += !right;
            for (size_t i = 0; i < M * N; i++)
                wrong += (in_a ? i / N != ROW : i % N != COLUMN) && out[i] != 0;
        }
    }
    check_that(c, wrong == 0, "%zu numbers are read wrongly", wrong);
}

static void check_variant(struct checks *c, const struct kern_variant *v, const struct type *type)
{
    struct gemm t = { .fn = (kern_gemm_bf16_fn *)v->fn,
                      .wide = of_floats(v->isa),
                      .type = type,
                      .fa = fence_new(ROOM * 4),
                      .work = guard_new(kern_gemm_work_size(1200, 1200, 4), 0),
                      .packed = guard_new(ROOM * 4, 4),
                      .state = check_seed(c, type->name) };
    size_t variation = 0;

    for (size_t m = 0; m <= SMALL_M; m++)
        for (size_t j = 0; j < sizeof some_n / sizeof *some_n; j++)
            for (size_t p = 0; p < sizeof some_k / sizeof *some_k; p++, variation++)
                one_shape(c, &t, (struct shape){ m, some_n[j], some_k[p], 0 },
                          (enum input_class)(variation % IN_CLASSES), variation);
    for (size_t i = 0; i < sizeof big / sizeof *big; i++)
        one_shape(c, &t, big[i], IN_UNIFORM, i);
    each_number(c, &t);
    guard_free(&t.packed);
    guard_free(&t.work);
    fence_free(&t.fa);
}

void check_gemm_f16_variant(struct checks *c, const struct kern_variant *v)
{
    check_variant(c, v, types);
}

void check_gemm_bf16_variant(struct checks *c, const struct kern_variant *v)
{
    check_variant(c, v, types + 1);
}

/* Every bfloat16 survives; what lies between two goes to the nearer, ties to the even one. */
static void check_conversion(struct checks *c)
{
    size_t wrong = 0;

    for (uint32_t h = 0; h < 65536; h++) {
        float f = kern_bf16_to_f32((uint16_t)h);
        if (isnan(f)) {
            wrong += isnan(kern_bf16_to_f32(kern_f32_to_bf16(f))) == 0;
            continue;
        }
        wrong += float_bits(f) != h << 16 || kern_f32_to_bf16(f) != h;
        for (uint32_t low = 0x7fff; low <= 0x8001 && (h & 0x7f80) != 0x7f80; low++) {
            uint32_t bits = h << 16 | low, want = low < 0x8000 ? h : low > 0x8000 ? h + 1 : h + (h & 1);
            memcpy(&f, &bits, sizeof f);
            wrong += kern_f32_to_bf16(f) != want;
        }
    }
    check_that(c, wrong == 0, "%zu bfloat16 are converted wrongly", wrong);
}

static void check_packing(struct checks *c, const struct type *type)
{
    enum { K = 5, N = 70 };
    uint16_t b[K * N], turned[N * K], one[6 * 96], other[6 * 96];
    uint64_t state = check_seed(c, "packing of halves");

    size_t rows = type == types ? K : K + 1;
    fill(type, b, K * N, IN_UNIFORM, &state);
    for (size_t p = 0; p < K; p++)
        for (size_t j = 0; j < N; j++)
            turned[j * K + p] = b[p * N + j];
    CHECK(c, type->packed(K, N) == rows * 96);
    CHECK(c, type->packed(SIZE_MAX / 8, 64) == 0 && type->packed(0, 64) == 0);
    type->pack(one, b, N, K, N);
    type->pack_transposed(other, turned, K, K, N);
    CHECK(c, memcmp(one, other, rows * 96 * sizeof *one) == 0);
    if (type == types)
        CHECK(c, one[32 + 3] == b[N + 3] && one[64 * K + 32 + 5] == b[N + 69] && one[64 * K + 6] == 0);
    else
        CHECK(c, one[7] == b[N + 3] && one[64 + 6] == b[2 * N + 3] && one[128 + 1] == 0);
}

void check_gemm_half(struct checks *c)
{
    check_conversion(c);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        check_packing(c, types + i);
    check_variants(c, "gemm", "f16", check_gemm_f16_variant);
    check_variants(c, "gemm", "bf16", check_gemm_bf16_variant);
}
