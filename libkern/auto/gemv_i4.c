/* SPDX-License-Identifier: Apache-2.0
 * INT4 matrix times vector for the compiler to vectorise. */
#include "libkern/gemv_i8.h"

static inline void sums_i4(int32_t sum[4], const uint8_t *q, size_t stride, const int8_t *x, size_t k,
                           const size_t rows)
{
    size_t whole = k / 32 * 32;

    for (size_t r = 0; r < rows; r++, q += stride) {
        int32_t s = 0;
        for (size_t b = 0; b < whole; b += 32)
            for (size_t j = 0; j < 16; j++)
                s += (q[b / 2 + j] & 15) * x[b + j] + (q[b / 2 + j] >> 4) * x[b + j + 16];
        for (size_t j = whole; j < k; j++)
            s += (i4_value(q, j) + 8) * x[j];
        sum[r] = s;
    }
}

GEMV_I4(auto, auto)
