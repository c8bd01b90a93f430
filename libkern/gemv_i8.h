/* SPDX-License-Identifier: Apache-2.0
 * Dot product and gemv of INT8 and INT4 per channel out of a variant's sums_i8() or sums_i4(),
 *     sums(sum, q, stride, x, k, rows)    the sums of products of `rows` (1 or 4, a constant) rows with x; those of INT4
 *                                         are of nibbles as they are, from which 8 times the sum of x is taken here */
#ifndef LIBKERN_GEMV_I8_H
#define LIBKERN_GEMV_I8_H

#include <kern/kern.h>

#include "libkern/i8.h"
#include "libkern/quant_work.h"

static inline int32_t i8_offset(const int8_t *x, size_t k)
{
    (void)x, (void)k;
    return 0;
}

static inline int32_t i4_offset(const int8_t *x, size_t k)
{
    int32_t sum = 0;

    for (size_t i = 0; i < k; i++)
        sum += x[i];
    return 8 * sum;
}

#define PRODUCTS(type, element, isa, quantize_isa)                                                                     \
    float kern_dot_##type##_##isa(const element *q, const int8_t *x, float d, size_t k)                                \
    {                                                                                                                  \
        int32_t sum[4];                                                                                                \
        sums_##type(sum, q, 0, x, k, 1);                                                                               \
        return (float)(sum[0] - type##_offset(x, k)) * d;                                                              \
    }                                                                                                                  \
    void kern_gemv_##type##_##isa(float *y, const element *q, const float *d, const float *x, size_t m, size_t k,      \
                                  void *work)                                                                          \
    {                                                                                                                  \
        int8_t *xq = quant_aligned(work);                                                                              \
        float dx;                                                                                                      \
        kern_quantize_i8_##quantize_isa(xq, &dx, x, 1, k);                                                             \
        const int32_t offset = type##_offset(xq, k);                                                                   \
        const size_t row = type##_row(k);                                                                              \
        for (size_t i = 0; i < m; i += m - i < 4 ? 1 : 4) {                                                            \
            size_t rows = m - i < 4 ? 1 : 4;                                                                           \
            int32_t sum[4];                                                                                            \
            if (rows == 4)                                                                                             \
                sums_##type(sum, q + i * row, row, xq, k, 4);                                                          \
            else                                                                                                       \
                sums_##type(sum, q + i * row, row, xq, k, 1);                                                          \
            for (size_t r = 0; r < rows; r++) {                                                                        \
                float scale = d[i + r] * dx;                                                                           \
                y[i + r] = (float)(sum[r] - offset) * scale;                                                           \
            }                                                                                                          \
        }                                                                                                              \
    }
#define GEMV_I8(isa, quantize_isa) PRODUCTS(i8, int8_t, isa, quantize_isa)
#define GEMV_I4(isa, quantize_isa) PRODUCTS(i4, uint8_t, isa, quantize_isa)

#endif
