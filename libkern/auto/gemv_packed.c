/* SPDX-License-Identifier: Apache-2.0
 * Matrix of packed Q8_0 or Q4_0 times vector for the compiler to vectorise: sixteen rows side by side. */
#include <kern/kern.h>

#include "libkern/half.h"
#include "libkern/quant_work.h"

static void block_q8_0(int *restrict sum, const struct kern_q8_0x16 *restrict a, const int8_t *restrict x)
{
    for (int i = 0; i < 8; i++)
        for (int r = 0; r < 16; r++)
            for (int j = 0; j < 4; j++)
                sum[r] += a->qs[i][r][j] * x[4 * i + j];
}

static void block_q4_0(int *restrict sum, const struct kern_q4_0x16 *restrict a, const int8_t *restrict x)
{
    for (int i = 0; i < 4; i++)
        for (int r = 0; r < 16; r++)
            for (int j = 0; j < 4; j++)
                sum[r] += (a->qs[i][r][j] & 15) * x[4 * i + j] + (a->qs[i][r][j] >> 4) * x[4 * i + j + 16];
}

#define GEMV_PACKED(type, offset)                                                                                      \
    static void rows_##type(float *y, const struct kern_##type##x16 *a, const struct quant_work *w, size_t n)          \
    {                                                                                                                  \
        for (int r = 0; r < 16; r++)                                                                                   \
            y[r] = 0;                                                                                                  \
        for (size_t b = 0; b < n; b++) {                                                                               \
            int sum[16];                                                                                               \
            for (int r = 0; r < 16; r++)                                                                               \
                sum[r] = w->sum[b];                                                                                    \
            block_##type(sum, &a[b], w->qs + 32 * b);                                                                  \
            for (int r = 0; r < 16; r++) {                                                                             \
                float d = half_to_float(a[b].d[r]) * w->d[b];                                                          \
                y[r] += d * (float)sum[r];                                                                             \
            }                                                                                                          \
        }                                                                                                              \
    }                                                                                                                  \
    void kern_gemv_packed_##type##_auto(float *y, const struct kern_##type##x16 *a, const float *x, size_t m,          \
                                        size_t k, void *work)                                                          \
    {                                                                                                                  \
        struct quant_work w = quant_spread(kern_quantize_q8_0_auto, x, k, work, -(offset));                            \
        for (size_t i = 0; i < m; i += 16) {                                                                           \
            float all[16];                                                                                             \
            rows_##type(all, a + i / 16 * (k / 32), &w, k / 32);                                                       \
            memcpy(y + i, all, (m - i < 16 ? m - i : 16) * sizeof *y);                                                 \
        }                                                                                                              \
    }

GEMV_PACKED(q8_0, 128)
GEMV_PACKED(q4_0, 8)
