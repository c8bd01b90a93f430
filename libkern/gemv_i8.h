/* SPDX-License-Identifier: Apache-2.0
 * INT8 gemv out of a variant's four_sums(): the sums of products of four rows (or one, where stride is 0) with xq. */
#ifndef LIBKERN_GEMV_I8_H
#define LIBKERN_GEMV_I8_H

#include <kern/kern.h>

#include "libkern/quant_work.h"

#define GEMV_I8(isa, quantize_isa)                                                                                     \
    void kern_gemv_i8_##isa(float *y, const int8_t *q, const float *d, const float *x, size_t m, size_t k, void *work) \
    {                                                                                                                  \
        int8_t *xq = quant_aligned(work);                                                                              \
        float dx;                                                                                                      \
        kern_quantize_i8_##quantize_isa(xq, &dx, x, 1, k);                                                             \
        for (size_t i = 0; i < m; i += m - i < 4 ? 1 : 4) {                                                            \
            size_t rows = m - i < 4 ? 1 : 4;                                                                           \
            int32_t sum[4];                                                                                            \
            four_sums(sum, q + i * k, rows == 4 ? k : 0, xq, k);                                                       \
            for (size_t r = 0; r < rows; r++) {                                                                        \
                float scale = d[i + r] * dx;                                                                           \
                y[i + r] = (float)sum[r] * scale;                                                                      \
            }                                                                                                          \
        }                                                                                                              \
    }

#endif
