/* SPDX-License-Identifier: Apache-2.0
 * Checks of gemm/bf16 and of bfloat16 itself. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kern/check.h"

enum { SMALL_M = 16, ROOM = 1 << 19 };
static const size_t some_n[] = { 0, 1, 15, 31, 32, 33, 65 }, some_k[] = { 0, 1, 2, 3, 7, 8, 9, 18 };
static const struct shape {
    size_t m, n, k, gap;
} big[] = { { 3, 40, 2055, 0 }, { 30, 530, 21, 0 }, { 29, 97, 1027, 3 }, { 65, 70, 101, 1201 }, { 15, 600, 70, 10 } };

struct gemm {
    kern_gemm_bf16_fn *fn;
    struct fence fa;
    struct guard work, packed;
    uint64_t state;
};

static void fill(uint16_t *x, size_t n, enum input_class class, uint64_t *state)
{
    for (size_t i = 0; i < n; i++) {
        float f;
        input_fill(&f, 1, class, state);
        x[i] = kern_f32_to_bf16(f);
    }
}

static bool right(const struct kern_gemm_bf16 *g, const uint16_t *b, size_t i, size_t j)
{
    double sum = g->bias ? (double)g->bias[j] : 0, size = fabs(sum);

    for (size_t p = g->k; p-- > 0;) {
        double product = (double)kern_bf16_to_f32(g->a[i * g->lda + p]) * (double)kern_bf16_to_f32(b[p * g->n + j]);
        sum += product;
        size += fabs(product);
    }
    if (g->act == KERN_ACT_RELU)
        sum = fmax(sum, 0);
    return fabs((double)g->c[i * g->ldc + j] - sum) <= (double)(g->k + 3) * UNIT * size + (double)(g->k + 1) * 0x1p-126;
}

static size_t wrong_elements(const struct kern_gemm_bf16 *g, const uint16_t *b)
{
    size_t wrong = 0;

    for (size_t i = 0; i < g->m; i++)
        for (size_t j = 0; j < g->n; j++)
            wrong += !right(g, b, i, j);
    return wrong;
}

/* Each row alone must give the bits that it has in company. */
static size_t rows_differ(const struct gemm *t, const struct kern_gemm_bf16 *g)
{
    float *alone = malloc(g->n * sizeof *alone + 1);
    size_t differ = 0;

    if (!alone)
        abort();
    for (size_t i = 0; i < g->m; i += 1 + g->m / 7) {
        struct kern_gemm_bf16 one = *g;
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

static size_t span(size_t rows, size_t stride, size_t width)
{
    return rows && width ? (rows - 1) * stride + width : 0;
}

static void one_shape(struct checks *c, struct gemm *t, struct shape s, enum input_class class, size_t variation)
{
    size_t lda = s.k + s.gap + variation % 3, ldc = s.n;
    uint16_t *a = fence_end(&t->fa, span(s.m, lda, s.k) * 2), *b = malloc(s.k * s.n * 2 + 1);
    float *bias = variation % 2 ? malloc(s.n * sizeof *bias + 1) : NULL;
    struct guard out = guard_new(span(s.m, ldc, s.n) * 4, variation % 16 * 4);
    struct kern_gemm_bf16 g = { .m = s.m,
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
    fill(a, span(s.m, lda, s.k), class, &t->state);
    fill(b, s.k * s.n, class, &t->state);
    if (bias)
        input_fill(bias, s.n, class, &t->state);
    kern_gemm_pack_bf16((uint16_t *)(void *)t->packed.data, b, s.n, s.k, s.n);
    t->fn(&g);
    size_t wrong = wrong_elements(&g, b), differ = rows_differ(t, &g);
    check_that(c, wrong == 0, "m=%zu n=%zu k=%zu lda=%zu act=%d %s: %zu elements are wrong", s.m, s.n, s.k, lda,
               (int)g.act, input_name(class), wrong);
    check_that(c, differ == 0, "m=%zu n=%zu k=%zu: %zu elements of rows alone differ", s.m, s.n, s.k, differ);
    check_that(c, guard_ok(&out) && guard_ok(&t->work) && guard_ok(&t->packed),
               "m=%zu n=%zu k=%zu: wrote outside c or scratch", s.m, s.n, s.k);
    guard_free(&out);
    free(bias);
    free(b);
}

void check_gemm_bf16_variant(struct checks *c, const struct kern_variant *v)
{
    struct gemm t = { .fn = (kern_gemm_bf16_fn *)v->fn,
                      .fa = fence_new(ROOM * 4),
                      .work = guard_new(kern_gemm_work_size(1200, 1200, 1), 0),
                      .packed = guard_new(ROOM * 4, 4),
                      .state = check_seed(c, "gemm bf16") };
    size_t variation = 0;

    for (size_t m = 0; m <= SMALL_M; m++)
        for (size_t j = 0; j < sizeof some_n / sizeof *some_n; j++)
            for (size_t p = 0; p < sizeof some_k / sizeof *some_k; p++, variation++)
                one_shape(c, &t, (struct shape){ m, some_n[j], some_k[p], 0 },
                          (enum input_class)(variation % IN_CLASSES), variation);
    for (size_t i = 0; i < sizeof big / sizeof *big; i++)
        one_shape(c, &t, big[i], IN_UNIFORM, i);
    guard_free(&t.packed);
    guard_free(&t.work);
    fence_free(&t.fa);
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

static void check_packing(struct checks *c)
{
    enum { K = 5, N = 70 };
    uint16_t b[K * N], turned[N * K], one[6 * 96], other[6 * 96];
    uint64_t state = check_seed(c, "bf16 packing");

    fill(b, K * N, IN_UNIFORM, &state);
    for (size_t p = 0; p < K; p++)
        for (size_t j = 0; j < N; j++)
            turned[j * K + p] = b[p * N + j];
    CHECK(c, kern_gemm_packed_bf16(K, N) == 6 * 96);
    kern_gemm_pack_bf16(one, b, N, K, N);
    kern_gemm_pack_transposed_bf16(other, turned, K, K, N);
    CHECK(c, memcmp(one, other, sizeof one) == 0);
    CHECK(c, one[7] == b[N + 3] && one[64 + 6] == b[2 * N + 3] && one[128 + 1] == 0);
}

void check_gemm_bf16(struct checks *c)
{
    check_conversion(c);
    check_packing(c);
    check_variants(c, "gemm", "bf16", check_gemm_bf16_variant);
}
