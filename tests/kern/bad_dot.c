/* SPDX-License-Identifier: Apache-2.0
 * Dot products and matrix-vector products that are wrong on purpose; see bad.c. */
#include <math.h>
#include <string.h>

#include "tests/kern/bad.h"

/* --- dot ----------------------------------------------------------------------------------------------------------*/

static kern_dot_f32_fn dot_skips_tail, dot_drops_lane, dot_low_precision, dot_reads_beyond, dot_reads_before,
    dot_skips_zeros;

static float dot_skips_tail(const float *x, const float *y, size_t n)
{
    return kern_dot_f32_ref(x, y, n & ~(size_t)7);
}

static float dot_drops_lane(const float *x, const float *y, size_t n)
{
    float sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += i % 16 == 5 && i > 95 ? 0 : x[i] * y[i];
    return sum;
}

/* Keeps 12 bits of each product. */
static float dot_low_precision(const float *x, const float *y, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        float p = x[i] * y[i];
        uint32_t bits = float_bits(p) & 0xfffff000u;
        memcpy(&p, &bits, sizeof p);
        sum += (double)p;
    }
    return (float)sum;
}

static float dot_reads_beyond(const float *x, const float *y, size_t n)
{
    float next = *(const volatile float *)(y + n);
    return kern_dot_f32_ref(x, y, n) + 0 * (isfinite(next) ? next : 0);
}

static float dot_reads_before(const float *x, const float *y, size_t n)
{
    float last = *(const volatile float *)(x - 1);
    return kern_dot_f32_ref(x, y, n) + 0 * (isfinite(last) ? last : 0);
}

/* Takes 0 times anything for 0. */
static float dot_skips_zeros(const float *x, const float *y, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        if (x[i] != 0 && y[i] != 0)
            sum += (double)x[i] * (double)y[i];
    return (float)sum;
}

/* --- gemv ---------------------------------------------------------------------------------------------------------*/

static kern_gemv_f32_fn gemv_writes_after, gemv_writes_before, gemv_skips_row, gemv_wrong_stride, gemv_mixes_rows,
    gemv_splits_differ;

static void gemv_writes_after(float *y, const float *a, const float *x, size_t m, size_t k)
{
    kern_gemv_f32_ref(y, a, x, m, k);
    y[m] = 0;
}

static void gemv_writes_before(float *y, const float *a, const float *x, size_t m, size_t k)
{
    kern_gemv_f32_ref(y, a, x, m, k);
    y[-1] = 0;
}

static void gemv_skips_row(float *y, const float *a, const float *x, size_t m, size_t k)
{
    kern_gemv_f32_ref(y, a, x, m & ~(size_t)3, k);
}

/* Takes rows to be padded to a multiple of four, as long as that stays inside the matrix. */
static void gemv_wrong_stride(float *y, const float *a, const float *x, size_t m, size_t k)
{
    size_t stride = (k + 3) & ~(size_t)3;

    for (size_t i = 0; i < m; i++)
        y[i] = kern_dot_f32_ref((i + 1) * stride <= m * k ? a + i * stride : a + i * k, x, k);
}

static void gemv_mixes_rows(float *y, const float *a, const float *x, size_t m, size_t k)
{
    kern_gemv_f32_ref(y, a, x, m, k);
    if (m >= 2)
        y[0] += 0 * y[1];
}

/* Right within the bound, but a row alone is added up in another order than a row in company. */
static void gemv_splits_differ(float *y, const float *a, const float *x, size_t m, size_t k)
{
    for (size_t i = 0; i < m; i++) {
        float sum = 0;
        for (size_t j = 0; j < k; j++)
            sum += a[i * k + j] * x[j];
        y[i] = m > 1 ? sum : kern_dot_f32_ref(a, x, k);
    }
}

const struct bad_kernel bad_dot[] = {
    BAD(check_dot_variant, dot_skips_tail),
    BAD(check_dot_variant, dot_drops_lane),
    BAD(check_dot_variant, dot_low_precision),
    BAD(check_dot_variant, dot_reads_beyond),
    BAD(check_dot_variant, dot_reads_before),
    BAD(check_dot_variant, dot_skips_zeros),
    BAD(check_gemv_variant, gemv_writes_after),
    BAD(check_gemv_variant, gemv_writes_before),
    BAD(check_gemv_variant, gemv_skips_row),
    BAD(check_gemv_variant, gemv_wrong_stride),
    BAD(check_gemv_variant, gemv_mixes_rows),
    BAD(check_gemv_variant, gemv_splits_differ),
    BAD_END,
};

const struct bad_kernel right_dot[] = {
    BAD(check_dot_variant, kern_dot_f32_ref),
    BAD(check_gemv_variant, kern_gemv_f32_ref),
    BAD_END,
};
