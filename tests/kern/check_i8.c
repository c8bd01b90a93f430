/* SPDX-License-Identifier: Apache-2.0
 * Checks of symmetric INT8 per channel: quantize, dequant and gemv, all exact by the rule of quant.h. */
#include <math.h>
#include <string.h>

#include "tests/kern/check_quant.h"

enum { MOST_M = 9, MOST_K = 700 };
static const size_t widths[] = { 0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 200, 511, 640, 700 };

struct rig {
    struct fence x, q, d, y, work;
    uint64_t state;
};

static struct rig rig_new(const struct checks *c)
{
    return (struct rig){ .x = fence_new(MOST_M * MOST_K * 4),
                         .q = fence_new(MOST_M * MOST_K),
                         .d = fence_new(MOST_M * 4),
                         .y = fence_new(MOST_M * MOST_K * 4),
                         .work = fence_new(4096),
                         .state = check_seed(c, "i8") };
}

static void rig_free(struct rig *g)
{
    fence_free(&g->x);
    fence_free(&g->q);
    fence_free(&g->d);
    fence_free(&g->y);
    fence_free(&g->work);
}

/* One row by the rule. */
float quant_expect_i8(int8_t *q, const float *x, size_t k)
{
    float max = 0;

    for (size_t i = 0; i < k; i++) {
        if (!isfinite(x[i]))
            max = NAN;
        else if (fabsf(x[i]) > max)
            max = fabsf(x[i]);
    }
    memset(q, 0, k);
    if (isnan(max) || max < 0x1p-100F)
        return isnan(max) ? NAN : 0;
    volatile float scale = 127 / max, d = max / 127;
    for (size_t i = 0; i < k; i++) {
        volatile float level = x[i] * scale;
        q[i] = (int8_t)nearbyint((double)level);
    }
    return d;
}

/* Values beyond the error bound, in double precision. */
static size_t count_far(const int8_t *q, float d, const float *x, size_t k)
{
    size_t far = 0;

    for (size_t i = 0; i < k; i++)
        if (!(fabs((double)d * q[i] - (double)x[i]) <= (0.5 + 0x1p-15) * (double)d * (1 + 0x1p-22)))
            far++;
    return far;
}

static void fill(struct rig *g, float *x, size_t m, size_t k, size_t turn)
{
    static const float special[] = { NAN, INFINITY, -INFINITY };

    for (size_t i = 0; i < m; i++)
        input_fill(x + i * k, k, (enum input_class)((turn + i) % IN_CLASSES), &g->state);
    if (turn % 3 == 0 && m > 0 && k > 0)
        x[rnd_below(&g->state, m * k)] = special[turn / 3 % 3];
}

static void quantized(struct checks *c, struct rig *g, kern_quantize_i8_fn *fn, size_t m, size_t k, size_t turn)
{
    float *x = fence_end(&g->x, m * k * 4), *d = fence_end(&g->d, m * 4);
    struct guard out = guard_new(m * k, turn % 64);
    int8_t *q = (int8_t *)out.data, want[MOST_K];
    size_t wrong = 0, far = 0;

    fill(g, x, m, k, turn);
    fn(q, d, x, m, k);
    for (size_t i = 0; i < m; i++) {
        float scale = quant_expect_i8(want, x + i * k, k);
        wrong += !same_float(d[i], scale) || (k > 0 && memcmp(want, q + i * k, k) != 0);
        if (scale > 0)
            far += count_far(q + i * k, d[i], x + i * k, k);
    }
    check_that(c, wrong == 0, "m=%zu k=%zu: %zu rows are wrong", m, k, wrong);
    check_that(c, far == 0, "m=%zu k=%zu: %zu values are too far off", m, k, far);
    check_that(c, guard_ok(&out), "m=%zu k=%zu: wrote outside q", m, k);
    guard_free(&out);
}

void check_quantize_i8(struct checks *c, const struct kern_variant *v)
{
    struct rig g = rig_new(c);

    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
        for (size_t m = 0; m <= MOST_M; m++)
            quantized(c, &g, (kern_quantize_i8_fn *)v->fn, m, widths[w], 7 * w + m);
    rig_free(&g);
}

static void random_weights(struct rig *g, int8_t *q, float *d, size_t m, size_t k)
{
    for (size_t i = 0; i < m * k; i++)
        q[i] = (int8_t)((int)rnd_below(&g->state, 255) - 127);
    input_fill(d, m, IN_MIXED, &g->state);
}

void check_dequant_i8(struct checks *c, const struct kern_variant *v)
{
    struct rig g = rig_new(c);

    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
        for (size_t m = 0; m <= MOST_M; m++) {
            size_t k = widths[w], wrong = 0;
            int8_t *q = fence_end(&g.q, m * k);
            float *d = fence_end(&g.d, m * 4);
            struct guard out = guard_new(m * k * 4, (m + w) * 4 % 64);
            float *y = (float *)(void *)out.data;
            random_weights(&g, q, d, m, k);
            ((kern_dequant_i8_fn *)v->fn)(y, q, d, m, k);
            for (size_t i = 0; i < m * k; i++)
                wrong += !same_float(y[i], (float)((double)d[i / k] * q[i]));
            check_that(c, wrong == 0, "m=%zu k=%zu: %zu values are wrong", m, k, wrong);
            check_that(c, guard_ok(&out), "m=%zu k=%zu: wrote outside y", m, k);
            guard_free(&out);
        }
    rig_free(&g);
}

static void product(struct checks *c, struct rig *g, kern_gemv_i8_fn *fn, size_t m, size_t k, size_t turn)
{
    int8_t *q = fence_end(&g->q, m * k), xq[MOST_K];
    float *d = fence_end(&g->d, m * 4), *x = fence_end(&g->x, k * 4);
    struct guard out = guard_new(m * 4, turn * 4 % 64);
    float *y = (float *)(void *)out.data;
    size_t wrong = 0;

    random_weights(g, q, d, m, k);
    if (turn % 4 == 0)
        memset(q, turn % 8 ? 127 : -127, m * k);
    fill(g, x, 1, k, turn);
    fn(y, q, d, x, m, k, fence_end(&g->work, kern_quant_work_size(k)));
    volatile float dx = quant_expect_i8(xq, x, k);
    for (size_t i = 0; i < m; i++) {
        int64_t sum = 0;
        for (size_t j = 0; j < k; j++)
            sum += q[i * k + j] * xq[j];
        volatile float scale = d[i] * dx, whole = (float)sum;
        wrong += !same_float(y[i], whole * scale);
    }
    check_that(c, wrong == 0, "m=%zu k=%zu: %zu rows are wrong", m, k, wrong);
    check_that(c, guard_ok(&out), "m=%zu k=%zu: wrote outside y", m, k);
    guard_free(&out);
}

void check_gemv_i8(struct checks *c, const struct kern_variant *v)
{
    struct rig g = rig_new(c);

    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
        for (size_t m = 0; m <= MOST_M; m++)
            product(c, &g, (kern_gemv_i8_fn *)v->fn, m, widths[w], 7 * w + m);
    rig_free(&g);
}

void check_i8(struct checks *c)
{
    check_variants(c, "quantize", "i8", check_quantize_i8);
    check_variants(c, "dequant", "i8", check_dequant_i8);
    check_variants(c, "gemv", "i8", check_gemv_i8);
}
