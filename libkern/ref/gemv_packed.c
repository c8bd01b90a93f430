/* SPDX-License-Identifier: Apache-2.0
 * Matrix of packed Q8_0 or Q4_0 times vector, reference: row by row. */
#include <kern/kern.h>

#include "libkern/half.h"
#include "libkern/quant_work.h"

static int weight_q8_0(const struct kern_q8_0x16 *a, size_t row, int i)
{
    return a->qs[i / 4][row][i % 4] - 128;
}

static int weight_q4_0(const struct kern_q4_0x16 *a, size_t row, int i)
{
    int byte = a->qs[i % 16 / 4][row][i % 4];
    return (i < 16 ? byte & 15 : byte >> 4) - 8;
}

#define GEMV_PACKED(type)                                                                                              \
    static float row_##type(const struct kern_##type##x16 *a, size_t row, const struct kern_q8_0 *x, size_t n)         \
    {                                                                                                                  \
        double total = 0;                                                                                              \
        for (size_t b = 0; b < n; b++) {                                                                               \
            int sum = 0;                                                                                               \
            for (int i = 0; i < 32; i++)                                                                               \
                sum += weight_##type(&a[b], row, i) * x[b].qs[i];                                                      \
            total += (double)half_to_float(a[b].d[row]) * (double)half_to_float(x[b].d) * sum;                         \
        }                                                                                                              \
        return (float)total;                                                                                           \
    }                                                                                                                  \
    void kern_gemv_packed_##type##_ref(float *y, const struct kern_##type##x16 *a, const float *x, size_t m, size_t k, \
                                       void *work)                                                                     \
    {                                                                                                                  \
        size_t n = k / 32;                                                                                             \
        const struct kern_q8_0 *xq = quant_blocks(kern_quantize_q8_0_ref, x, k, work);                                 \
        for (size_t i = 0; i < m; i++)                                                                                 \
            y[i] = row_##type(a + i / 16 * n, i % 16, xq, n);                                                          \
    }

GEMV_PACKED(q8_0)
GEMV_PACKED(q4_0)
