/* SPDX-License-Identifier: Apache-2.0
 * Matrix times matrix, reference: every product is exact in double. 16-bit numbers are floats, too. */
#include <kern/kern.h>

#include "libkern/ref/act.h"

/* Element p, j of b, packed or not. */
static double weight(const struct kern_gemm *g, size_t p, size_t j)
{
    if (g->packed)
        return (double)
            g->packed[j / KERN_GEMM_PANEL * KERN_GEMM_PANEL * g->k + p * KERN_GEMM_PANEL + j % KERN_GEMM_PANEL];
    return (double)g->b[p * g->ldb + j];
}

void kern_gemm_f32_ref(const struct kern_gemm *g)
{
    for (size_t i = 0; i < g->m; i++)
        for (size_t j = 0; j < g->n; j++) {
            double sum = g->bias ? (double)g->bias[j] : 0;
            for (size_t p = 0; p < g->k; p++)
                sum += (double)g->a[i * g->lda + p] * weight(g, p, j);
            g->c[i * g->ldc + j] = (float)kern_act(sum, g->act);
        }
}

/* Elements of a packed panel go in `group` rows merged. */
#define GEMM_HALF(type, group)                                                                                         \
    static double sum_##type(const struct kern_gemm_half *g, size_t i, size_t j)                                       \
    {                                                                                                                  \
        size_t rows = (g->k + group - 1) / group * group;                                                              \
        const uint16_t *b = g->packed + j / KERN_GEMM_PANEL * KERN_GEMM_PANEL * rows + j % KERN_GEMM_PANEL * group;    \
        double sum = g->bias ? (double)g->bias[j] : 0;                                                                 \
        for (size_t p = 0; p < g->k; p++)                                                                              \
            sum += (double)kern_##type##_to_f32(g->a[i * g->lda + p]) *                                                \
                   (double)kern_##type##_to_f32(b[p / group * KERN_GEMM_PANEL * group + p % group]);                   \
        return sum;                                                                                                    \
    }                                                                                                                  \
    void kern_gemm_##type##_ref(const struct kern_gemm_half *g)                                                        \
    {                                                                                                                  \
        for (size_t i = 0; i < g->m; i++)                                                                              \
            for (size_t j = 0; j < g->n; j++)                                                                          \
                g->c[i * g->ldc + j] = (float)kern_act(sum_##type(g, i, j), g->act);                                   \
    }
GEMM_HALF(f16, 1)
GEMM_HALF(bf16, 2)
