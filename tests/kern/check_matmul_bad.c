/* SPDX-License-Identifier: Apache-2.0
 * Quantised matrix products that are wrong on purpose, each of which the checks must catch. */
#include <string.h>

#include "tests/kern/bad.h"
#include "tests/kern/check_quant.h"

static kern_matmul_fn skips_last_row, skips_last_column, takes_y_for_dense, takes_x_for_dense, stops_after_512,
    no_minimum, second_scale, sum_is_float, splits_differ, loses_nan;

static void skips_last_row(const struct kern_matmul *g)
{
    struct kern_matmul less = *g;

    less.m -= less.m % 16 == 1;
    kern_matmul_q8_0_ref(&less);
}

static void skips_last_column(const struct kern_matmul *g)
{
    struct kern_matmul less = *g;

    less.n -= less.n % 4 == 1 && less.n > 1;
    kern_matmul_q4_0_ref(&less);
}

static void takes_y_for_dense(const struct kern_matmul *g)
{
    struct kern_matmul dense = *g;

    dense.ldy = g->m;
    kern_matmul_q8_0_ref(&dense);
}

static void takes_x_for_dense(const struct kern_matmul *g)
{
    struct kern_matmul dense = *g;

    dense.ldx = g->k;
    kern_matmul_q4_k_ref(&dense);
}

/* One row of the last group of rows only, as if weights were widened once and no more. */
static void stops_after_512(const struct kern_matmul *g)
{
    struct kern_matmul less = *g;

    if (g->k > 512 && g->m <= 16)
        less.k = 512;
    kern_matmul_q8_0_ref(&less);
}

static void no_minimum(const struct kern_matmul *g)
{
    kern_matmul_q4_k_ref(g);
    for (size_t j = 0; g->step != KERN_MATMUL_PREPARE && g->m > 0 && j < g->n; j++)
        g->y[j * g->ldy] *= 1 + 0x1p-9F;
}

/* The scale of the row above. */
static void second_scale(const struct kern_matmul *g)
{
    struct kern_matmul other = *g;

    other.d += g->m > 1;
    other.m -= g->m > 1;
    kern_matmul_i8_ref(g);
    kern_matmul_i8_ref(&other);
}

/* Off by the last bit, as an integer sum kept in floats would be. */
static void sum_is_float(const struct kern_matmul *g)
{
    kern_matmul_i4_ref(g);
    for (size_t j = 0; g->step != KERN_MATMUL_PREPARE && j < g->n; j++)
        for (size_t i = 0; i < g->m; i++)
            g->y[j * g->ldy + i] *= 1 + 0x1p-23F;
}

/* Within the bound, but not the same in company. */
static void splits_differ(const struct kern_matmul *g)
{
    kern_matmul_q4_0_ref(g);
    for (size_t j = 0; g->step != KERN_MATMUL_PREPARE && g->n > 1 && j < g->n; j++)
        for (size_t i = 0; i < g->m; i++)
            g->y[j * g->ldy + i] *= 1 + 0x1p-23F;
}

static void loses_nan(const struct kern_matmul *g)
{
    kern_matmul_q8_0_ref(g);
    for (size_t j = 0; g->step != KERN_MATMUL_PREPARE && j < g->n; j++)
        for (size_t i = 0; i < g->m; i++)
            if (g->y[j * g->ldy + i] != g->y[j * g->ldy + i])
                g->y[j * g->ldy + i] = 0;
}

static const struct bad_kernel wrong[] = {
    BAD(check_matmul_q8_0, skips_last_row),
    BAD(check_matmul_q4_0, skips_last_column),
    BAD(check_matmul_q8_0, takes_y_for_dense),
    BAD(check_matmul_q4_k, takes_x_for_dense),
    BAD(check_matmul_q8_0, stops_after_512),
    BAD(check_matmul_q4_k, no_minimum),
    BAD(check_matmul_i8, second_scale),
    BAD(check_matmul_i4, sum_is_float),
    BAD(check_matmul_q4_0, splits_differ),
    BAD(check_matmul_q8_0, loses_nan),
    BAD_END,
}, right[] = {
    BAD(check_matmul_i4, kern_matmul_i4_ref),
    BAD(check_matmul_i8, kern_matmul_i8_ref),
    BAD(check_matmul_q4_0, kern_matmul_q4_0_ref),
    BAD(check_matmul_q4_k, kern_matmul_q4_k_ref),
    BAD(check_matmul_q8_0, kern_matmul_q8_0_ref),
    BAD_END,
};

void check_matmul_bad(struct checks *c)
{
    check_bad_kernels(c, "matmul_bad", wrong, right);
}
