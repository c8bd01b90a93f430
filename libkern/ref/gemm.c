/* SPDX-License-Identifier: Apache-2.0
 * Matrix times matrix, reference: every product is exact in double. */
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
