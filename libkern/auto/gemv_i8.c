/* SPDX-License-Identifier: Apache-2.0
 * INT8 matrix times vector for the compiler to vectorise. */
#include "libkern/gemv_i8.h"

static inline void sums_i8(int32_t sum[4], const int8_t *q, size_t stride, const int8_t *x, size_t k, const size_t rows)
{
    for (size_t r = 0; r < rows; r++, q += stride) {
        int32_t s = 0;
        for (size_t j = 0; j < k; j++)
            s += q[j] * x[j];
        sum[r] = s;
    }
}

GEMV_I8(auto, auto)
