/* SPDX-License-Identifier: Apache-2.0
 * Checks of gemv and gemv_packed of Q8_0 and Q4_0. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kern/check_quant.h"

/* All m up to three groups of 16 rows and a rest, in all small k. */
enum { SMALL_M = 51, SMALL_BLOCKS = 5, ROOM = 1 << 21 };
static const struct shape {
    size_t m, n; /* n: blocks of 32 in a row */
} big[] = { { 384, 12 }, { 33, 40 }, { 1, 129 }, { 300, 1 }, { 67, 33 }, { 64, 128 } };

struct gemv {
    const struct kern_variant *v;
    bool q4, packed;
    struct fence fa, fp, fx, fw;
    uint64_t state;
};

static size_t block_bytes(const struct gemv *g)
{
    return g->q4 ? sizeof(struct kern_q4_0) : sizeof(struct kern_q8_0);
}

static void call(const struct gemv *g, float *y, const void *a, const float *x, struct shape s)
{
    size_t k = 32 * s.n;
    void *work = fence_end(&g->fw, kern_quant_work_size(k));

    if (g->packed) {
        size_t bytes = kern_pack_blocks(s.m, k) * (g->q4 ? sizeof(struct kern_q4_0x16) : sizeof(struct kern_q8_0x16));
        void *p = fence_end(&g->fp, bytes);
        if (g->q4) {
            kern_pack_q4_0(p, a, s.m, k);
            ((kern_gemv_packed_q4_0_fn *)g->v->fn)(y, p, x, s.m, k, work);
        } else {
            kern_pack_q8_0(p, a, s.m, k);
            ((kern_gemv_packed_q8_0_fn *)g->v->fn)(y, p, x, s.m, k, work);
        }
    } else if (g->q4) {
        ((kern_gemv_q4_0_fn *)g->v->fn)(y, a, x, s.m, k, work);
    } else {
        ((kern_gemv_q8_0_fn *)g->v->fn)(y, a, x, s.m, k, work);
    }
}

static bool row_right(const struct gemv *g, const void *row, const struct kern_q8_0 *x, size_t n, float y)
{
    double want = 0, size = 0;

    for (size_t i = 32 * n; i-- > 0;) {
        double product = (g->q4 ? quant_q4_0(row, i) : quant_q8_0(row, i)) * quant_q8_0(x, i);
        want += product;
        size += fabs(product);
    }
    if (!isfinite(size)) /* x was too large for a scale */
        return !isfinite(y);
    return fabs((double)y - want) <= (double)(n + 8) * UNIT * size;
}

static void fill(struct gemv *g, void *a, size_t nblocks)
{
    if (g->q4)
        quant_fill_q4_0(a, nblocks, &g->state);
    else
        quant_fill_q8_0(a, nblocks, &g->state);
}

/* How many rows are wrong with x as it is. */
static size_t wrong_rows(const struct gemv *g, const unsigned char *a, const float *x, const float *y, struct shape s)
{
    struct kern_q8_0 *xq = malloc((s.n + 1) * sizeof *xq);
    size_t wrong = 0;

    for (size_t b = 0; b < s.n; b++)
        quant_expect_q8_0(&xq[b], x + 32 * b);
    for (size_t i = 0; i < s.m; i++)
        wrong += !row_right(g, a + i * s.n * block_bytes(g), xq, s.n, y[i]);
    free(xq);
    return wrong;
}

static void one_shape(struct checks *c, struct gemv *g, struct shape s, enum input_class class, size_t offset)
{
    size_t bytes = block_bytes(g), step = g->packed ? 16 : 1, split = 0;
    unsigned char *a = fence_end(&g->fa, s.m * s.n * bytes);
    float *x = fence_end(&g->fx, s.n * 128);
    struct guard out = guard_new(s.m * 4, offset * 4);
    float *y = (float *)(void *)out.data;

    fill(g, a, s.m * s.n);
    input_fill(x, 32 * s.n, class, &g->state);
    call(g, y, a, x, s);
    size_t wrong = wrong_rows(g, a, x, y, s);
    for (size_t i = 0; i < s.m; i += step) { /* the part alone must be what it is in company */
        float alone[18] = { 0 };
        size_t count = s.m - i < step ? s.m - i : step;
        call(g, alone + 1, a + i * s.n * bytes, x, (struct shape){ count, s.n });
        for (size_t r = 0; r < count; r++)
            split += !same_float(alone[1 + r], y[i + r]);
        split += alone[0] != 0 || alone[1 + count] != 0;
    }
    check_that(c, wrong == 0, "m=%zu k=%zu %s: %zu rows are wrong", s.m, 32 * s.n, input_name(class), wrong);
    check_that(c, split == 0, "m=%zu k=%zu: %zu rows alone are not what they are in company", s.m, 32 * s.n, split);
    check_that(c, guard_ok(&out), "m=%zu k=%zu: wrote outside y", s.m, 32 * s.n);
    guard_free(&out);
}

/* A NaN scale is in its row's answer and in no other; a NaN in x is in all. */
static void special(struct checks *c, struct gemv *g, struct shape s)
{
    static const uint16_t nan = 0x7e00;
    size_t bytes = block_bytes(g), wrong = 0;
    unsigned char *a = fence_end(&g->fa, s.m * s.n * bytes);
    float *x = fence_end(&g->fx, s.n * 128), y[SMALL_M + 1];

    fill(g, a, s.m * s.n);
    input_fill(x, 32 * s.n, IN_UNIFORM, &g->state);
    for (size_t b = 0; b < s.m * s.n; b++) {
        unsigned char keep[2];
        memcpy(keep, a + b * bytes, 2);
        memcpy(a + b * bytes, &nan, 2);
        call(g, y, a, x, s);
        memcpy(a + b * bytes, keep, 2);
        for (size_t i = 0; i < s.m; i++)
            wrong += (isnan(y[i]) != 0) != (i == b / s.n);
    }
    x[rnd_below(&g->state, 32 * s.n)] = INFINITY;
    call(g, y, a, x, s);
    for (size_t i = 0; i < s.m; i++)
        wrong += isnan(y[i]) == 0;
    check_that(c, wrong == 0, "m=%zu k=%zu: NaN or not in %zu wrong places", s.m, 32 * s.n, wrong);
}

static void all_claims(struct checks *c, const struct kern_variant *v, bool q4, bool packed)
{
    struct gemv g = { .v = v,
                      .q4 = q4,
                      .packed = packed,
                      .fa = fence_new(ROOM),
                      .fp = fence_new(ROOM),
                      .fx = fence_new(1 << 16),
                      .fw = fence_new(1 << 16),
                      .state = check_seed(c, "gemv_quant") };

    for (size_t m = 0; m <= SMALL_M; m++)
        for (size_t n = 0; n <= SMALL_BLOCKS; n++)
            one_shape(c, &g, (struct shape){ m, n }, (enum input_class)((m + n) % IN_CLASSES), (m + n) % 16);
    for (size_t i = 0; i < sizeof big / sizeof *big; i++)
        one_shape(c, &g, big[i], IN_UNIFORM, i);
    for (size_t i = 0; i < 32; i++) {
        struct shape s = { rnd_below(&g.state, 70), rnd_below(&g.state, 40) };
        one_shape(c, &g, s, (enum input_class)(i % IN_CLASSES), i % 16);
    }
    for (size_t n = 1; n <= SMALL_BLOCKS; n++)
        special(c, &g, (struct shape){ 1 + n * 10, n });
    fence_free(&g.fa);
    fence_free(&g.fp);
    fence_free(&g.fx);
    fence_free(&g.fw);
}

void check_gemv_q8_0(struct checks *c, const struct kern_variant *v)
{
    all_claims(c, v, false, false);
}

void check_gemv_q4_0(struct checks *c, const struct kern_variant *v)
{
    all_claims(c, v, true, false);
}

void check_packed_q8_0(struct checks *c, const struct kern_variant *v)
{
    all_claims(c, v, false, true);
}

void check_packed_q4_0(struct checks *c, const struct kern_variant *v)
{
    all_claims(c, v, true, true);
}

void check_gemv_quant(struct checks *c)
{
    CHECK(c, kern_pack_blocks(0, 32) == 0 && kern_pack_blocks(16, 0) == 0 && kern_pack_blocks(17, 64) == 4);
    CHECK(c, kern_pack_blocks(SIZE_MAX, 32) == 0 && kern_pack_blocks(32, SIZE_MAX) == 0);
    CHECK(c, sizeof(struct kern_q8_0x16) == 16 * 34 && sizeof(struct kern_q4_0x16) == 16 * 18);
    for (size_t k = 0; k < 20000; k += 32)
        CHECK(c, kern_quant_work_size(k) <= 3 * k + 512);
    check_variants(c, "gemv", "q8_0", check_gemv_q8_0);
    check_variants(c, "gemv", "q4_0", check_gemv_q4_0);
    check_variants(c, "gemv_packed", "q8_0", check_packed_q8_0);
    check_variants(c, "gemv_packed", "q4_0", check_packed_q4_0);
}
