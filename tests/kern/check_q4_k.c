/* SPDX-License-Identifier: Apache-2.0
 * Checks of Q4_K: dequant, dot and gemv; and of quantize/q8_k, which makes its partners. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kern/check_quant.h"

enum { N = 256, MOST = 40 };

/* Part j's scale and minimum, bit by bit as quant.h has them. */
static int scale_of(const struct kern_q4_k *x, int j)
{
    return j < 4 ? x->scales[j] % 64 : x->scales[j + 4] % 16 + x->scales[j - 4] / 64 * 16;
}

static int min_of(const struct kern_q4_k *x, int j)
{
    return j < 4 ? x->scales[j + 4] % 64 : x->scales[j + 4] / 16 + x->scales[j] / 64 * 16;
}

double quant_q4_k_product(const struct kern_q4_k *x, size_t i)
{
    int at = (int)(i % N), byte = x[i / N].qs[at / 64 * 32 + at % 32];
    return quant_half(x[i / N].d) * scale_of(&x[i / N], at / 32) * (at % 64 < 32 ? byte % 16 : byte / 16);
}

double quant_q4_k_minimum(const struct kern_q4_k *x, size_t i)
{
    return quant_half(x[i / N].dmin) * min_of(&x[i / N], (int)(i % N) / 32);
}

void quant_fill_q4_k(struct kern_q4_k *x, size_t nblocks, uint64_t *state)
{
    for (; nblocks; nblocks--, x++) {
        for (size_t i = 0; i < sizeof *x; i++)
            ((unsigned char *)x)[i] = (unsigned char)rnd(state);
        x->d = (uint16_t)(x->d & 0xbfff); /* exponent below 16: finite */
        x->dmin = (uint16_t)(x->dmin & 0xbfff);
    }
}

static void sum_up(struct kern_q8_k *y)
{
    memset(y->sums, 0, sizeof y->sums);
    for (int i = 0; i < N; i++)
        y->sums[i / 16] = (int16_t)(y->sums[i / 16] + y->qs[i]);
}

static void fill_partner(struct kern_q8_k *y, size_t nblocks, uint64_t *state)
{
    for (; nblocks; nblocks--, y++) {
        y->d = rnd_float(state);
        for (int i = 0; i < N; i++)
            y->qs[i] = (int8_t)((int)rnd_below(state, 255) - 127);
        sum_up(y);
    }
}

/* --- dequant ------------------------------------------------------------------------------------------------------*/

static void widened(struct checks *c, kern_dequant_q4_k_fn *fn, const struct kern_q4_k *x, size_t nblocks)
{
    struct guard out = guard_new(nblocks * N * 4, nblocks * 4 % 64);
    float *y = (float *)(void *)out.data;
    size_t wrong = 0;

    fn(y, x, nblocks);
    for (size_t i = 0; i < N * nblocks; i++)
        wrong += !same_float(y[i], (float)(quant_q4_k_product(x, i) - quant_q4_k_minimum(x, i)));
    check_that(c, wrong == 0, "blocks=%zu: %zu values are wrong", nblocks, wrong);
    check_that(c, guard_ok(&out), "blocks=%zu: wrote outside y", nblocks);
    guard_free(&out);
}

void check_dequant_q4_k(struct checks *c, const struct kern_variant *v)
{
    kern_dequant_q4_k_fn *fn = (kern_dequant_q4_k_fn *)v->fn;
    struct fence f = fence_new(256 * sizeof(struct kern_q4_k));
    uint64_t state = check_seed(c, "dequant_q4_k");

    for (size_t n = 0; n <= 20; n++)
        for (int turn = 0; turn < 4; turn++) {
            struct kern_q4_k *x = turn % 2 ? fence_start(&f, n * sizeof *x) : fence_end(&f, n * sizeof *x);
            quant_fill_q4_k(x, n, &state);
            widened(c, fn, x, n);
        }
    struct kern_q4_k *x = fence_end(&f, 256 * sizeof *x);
    for (unsigned at = 0; at < 12; at++) { /* every byte of the packed scales */
        quant_fill_q4_k(x, 256, &state);
        for (unsigned byte = 0; byte < 256; byte++)
            x[byte].scales[at] = (uint8_t)byte;
        widened(c, fn, x, 256);
    }
    fence_free(&f);
}

/* --- quantize -----------------------------------------------------------------------------------------------------*/

void quant_expect_q8_k(struct kern_q8_k *y, const float *x)
{
    float max = 0;

    for (int i = 0; i < N && !isnan(max); i++)
        max = !isfinite(x[i]) ? NAN : fabsf(x[i]) > fabsf(max) ? x[i] : max;
    memset(y, 0, sizeof *y);
    y->d = isnan(max) ? NAN : 0;
    if (isnan(max) || fabsf(max) < 0x1p-100F)
        return;
    volatile float f = -127 / max, d = 1 / f;
    y->d = d;
    for (int i = 0; i < N; i++) {
        volatile float level = x[i] * f;
        y->qs[i] = (int8_t)fmin(127, nearbyint((double)level));
    }
    sum_up(y);
}

/* Values of a block beyond the error bound. */
static size_t count_far(const struct kern_q8_k *y, const float *x)
{
    float max = 0;
    size_t far = 0;

    for (int i = 0; i < N; i++)
        max = fabsf(x[i]) > max ? fabsf(x[i]) : max;
    if (max < 0x1p-100F)
        return 0;
    double most = (0.5 + 0x1p-15) * (double)max / 127;
    for (int i = 0; i < N; i++)
        if (fabs((double)y->d * y->qs[i] - (double)x[i]) > most)
            far++;
    return far;
}

static void narrowed(struct checks *c, kern_quantize_q8_k_fn *fn, const float *x, size_t nblocks, const char *what)
{
    struct guard out = guard_new(nblocks * sizeof(struct kern_q8_k), nblocks * 4 % 64);
    struct kern_q8_k *y = (struct kern_q8_k *)(void *)out.data, want;
    size_t wrong = 0, far = 0;

    fn(y, x, nblocks);
    for (size_t b = 0; b < nblocks; b++) {
        quant_expect_q8_k(&want, x + N * b);
        wrong += !same_float(y[b].d, want.d) || memcmp(y[b].qs, want.qs, sizeof *y - sizeof y->d) != 0;
        far += count_far(&y[b], x + N * b);
    }
    check_that(c, wrong == 0, "blocks=%zu %s: %zu blocks are wrong", nblocks, what, wrong);
    check_that(c, far == 0, "blocks=%zu %s: %zu values are too far off", nblocks, what, far);
    check_that(c, guard_ok(&out), "blocks=%zu %s: wrote outside y", nblocks, what);
    guard_free(&out);
}

void check_quantize_q8_k(struct checks *c, const struct kern_variant *v)
{
    kern_quantize_q8_k_fn *fn = (kern_quantize_q8_k_fn *)v->fn;
    struct fence f = fence_new(20 * N * 4);
    uint64_t state = check_seed(c, "quantize_q8_k");

    for (size_t n = 0; n <= 20; n++)
        for (enum input_class k = 0; k < IN_CLASSES; k++) {
            float *x = k % 2 ? fence_start(&f, n * N * 4) : fence_end(&f, n * N * 4);
            input_fill(x, n * N, k, &state);
            narrowed(c, fn, x, n, input_name(k));
        }
    float *x = fence_end(&f, N * 4);
    for (size_t i = 0; i < N; i++) {
        input_fill(x, N, IN_UNIFORM, &state);
        x[i] = i % 3 == 0 ? NAN : i % 3 == 1 ? INFINITY : -INFINITY;
        narrowed(c, fn, x, 1, "not finite");
        for (size_t j = 0; j < N; j++)
            x[j] = (float)((int)rnd_below(&state, 509) - 254) / 2;
        x[i] = 127;
        x[N - 1 - i] = -127;
        narrowed(c, fn, x, 1, "ties");
    }
    fence_free(&f);
}

/* --- products -----------------------------------------------------------------------------------------------------*/

static bool close_by(const struct kern_q4_k *x, const struct kern_q8_k *y, size_t nblocks, float got, double roundings)
{
    double want = 0, size = 0;

    for (size_t i = N * nblocks; i-- > 0;) {
        double partner = (double)y[i / N].d * y[i / N].qs[i % N];
        want += partner * (quant_q4_k_product(x, i) - quant_q4_k_minimum(x, i));
        size += fabs(partner) * (fabs(quant_q4_k_product(x, i)) + fabs(quant_q4_k_minimum(x, i)));
    }
    return fabs((double)got - want) <= (roundings + 12) * UNIT * size;
}

static bool right(const struct kern_q4_k *x, const struct kern_q8_k *y, size_t nblocks, float got)
{
    return close_by(x, y, nblocks, got, (double)nblocks);
}

void check_dot_q4_k(struct checks *c, const struct kern_variant *v)
{
    kern_dot_q4_k_fn *fn = (kern_dot_q4_k_fn *)v->fn;
    struct fence fx = fence_new(MOST * sizeof(struct kern_q4_k)), fy = fence_new(MOST * sizeof(struct kern_q8_k));
    uint64_t state = check_seed(c, "dot_q4_k");

    for (size_t n = 0; n <= MOST; n++) {
        struct kern_q4_k *x = n % 2 ? fence_start(&fx, n * sizeof *x) : fence_end(&fx, n * sizeof *x);
        struct kern_q8_k *y = fence_end(&fy, n * sizeof *y);
        quant_fill_q4_k(x, n, &state);
        fill_partner(y, n, &state);
        check_that(c, right(x, y, n, fn(x, y, n)), "blocks=%zu: the dot product is wrong", n);
        for (size_t b = 0; b < n; b++) { /* the largest sums: nothing may run over */
            memset(x[b].scales, 0xff, sizeof x->scales);
            memset(x[b].qs, 0xff, sizeof x->qs);
            memset(y[b].qs, n % 2 ? 127 : -127, sizeof y->qs);
            sum_up(&y[b]);
        }
        check_that(c, right(x, y, n, fn(x, y, n)), "blocks=%zu: the largest dot product is wrong", n);
        for (size_t b = 0; b < n; b++) {
            uint16_t keep = x[b].d;
            x[b].d = 0x7e00;
            CHECK(c, isnan(fn(x, y, n)));
            x[b].d = keep;
            y[b].d = NAN;
            CHECK(c, isnan(fn(x, y, n)));
            y[b].d = 1;
        }
    }
    for (size_t at = 0; at < 2 * N; at++) { /* each value alone, and its minimum */
        struct kern_q4_k *x = fence_end(&fx, 2 * sizeof *x);
        struct kern_q8_k *y = fence_end(&fy, 2 * sizeof *y);
        quant_fill_q4_k(x, 2, &state);
        memset(y, 0, 2 * sizeof *y);
        y[at / N].d = 1;
        y[at / N].qs[at % N] = 1;
        sum_up(&y[at / N]);
        check_that(c, right(x, y, 2, fn(x, y, 2)), "value %zu alone is wrong", at);
    }
    fence_free(&fx);
    fence_free(&fy);
}

/* A gemv of row-major or packed weights. */
struct gemv {
    const struct kern_variant *v;
    bool packed;
    struct fence fa, fp, fx, fw;
    uint64_t state;
};

static void call(const struct gemv *g, float *y, const struct kern_q4_k *a, const float *x, size_t m, size_t k)
{
    void *work = fence_end(&g->fw, kern_quant_work_size(k));

    if (!g->packed) {
        ((kern_gemv_q4_k_fn *)g->v->fn)(y, a, x, m, k, work);
        return;
    }
    struct kern_q4_kx16 *p = fence_end(&g->fp, kern_pack_blocks(m, k) / 8 * sizeof *p);
    kern_pack_q4_k(p, a, m, k);
    ((kern_gemv_packed_q4_k_fn *)g->v->fn)(y, p, x, m, k, work);
}

static void product(struct checks *c, struct gemv *g, size_t m, size_t n)
{
    struct kern_q4_k *a = fence_end(&g->fa, m * n * sizeof *a);
    struct kern_q8_k xq[5];
    float *x = fence_end(&g->fx, n * N * 4);
    struct guard out = guard_new(m * 4, m * 4 % 64);
    float *y = (float *)(void *)out.data;
    size_t wrong = 0, split = 0;

    quant_fill_q4_k(a, m * n, &g->state);
    input_fill(x, n * N, (enum input_class)(m % IN_CLASSES), &g->state);
    for (size_t b = 0; b < n; b++)
        quant_expect_q8_k(&xq[b], x + N * b);
    call(g, y, a, x, m, n * N);
    for (size_t i = 0; i < m; i++) {
        float alone[2]; /* a wrong kernel may write the second */
        call(g, alone, a + i * n, x, 1, n * N);
        wrong += !close_by(a + i * n, xq, n, y[i], g->packed ? 16 * (double)n : (double)n);
        split += !same_float(*alone, y[i]);
    }
    check_that(c, wrong == 0 && split == 0, "m=%zu k=%zu: %zu rows are wrong, %zu differ alone", m, n * N, wrong,
               split);
    check_that(c, guard_ok(&out), "m=%zu k=%zu: wrote outside y", m, n * N);
    guard_free(&out);
}

static void products(struct checks *c, const struct kern_variant *v, bool packed)
{
    enum { MOST_M = 50 };
    struct gemv g = { .v = v,
                      .packed = packed,
                      .fa = fence_new(MOST_M * 5 * sizeof(struct kern_q4_k)),
                      .fp = fence_new((MOST_M + 15) / 16 * 5 * sizeof(struct kern_q4_kx16)),
                      .fx = fence_new(5 * N * 4),
                      .fw = fence_new(kern_quant_work_size(5 * N)),
                      .state = check_seed(c, "gemv_q4_k") };

    for (size_t m = 0; m <= MOST_M; m += m < 20 ? 1 : 3)
        for (size_t n = 0; n <= 5; n++)
            product(c, &g, m, n);
    fence_free(&g.fa);
    fence_free(&g.fp);
    fence_free(&g.fx);
    fence_free(&g.fw);
}

void check_gemv_q4_k(struct checks *c, const struct kern_variant *v)
{
    products(c, v, false);
}

void check_packed_q4_k(struct checks *c, const struct kern_variant *v)
{
    products(c, v, true);
}

void check_q4_k(struct checks *c)
{
    CHECK(c, sizeof(struct kern_q4_k) == 144 && sizeof(struct kern_q8_k) == 292);
    check_variants(c, "dequant", "q4_k", check_dequant_q4_k);
    check_variants(c, "quantize", "q8_k", check_quantize_q8_k);
    check_variants(c, "dot", "q4_k", check_dot_q4_k);
    check_variants(c, "gemv", "q4_k", check_gemv_q4_k);
    check_variants(c, "gemv_packed", "q4_k", check_packed_q4_k);
}
