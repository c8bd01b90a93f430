/* SPDX-License-Identifier: Apache-2.0
 * Matrix times matrix of bfloat16, reference: the one of floats, which hold them exactly, a row and a column at a time. */
#include <kern/kern.h>

#include "libkern/ref/act.h"

static double sum(const struct kern_gemm_bf16 *g, size_t i, size_t j)
{
    size_t pairs = g->k / 2 + g->k % 2;
    const uint16_t *b = g->packed + (j / KERN_GEMM_PANEL * KERN_GEMM_PANEL * pairs + j % KERN_GEMM_PANEL) * 2;
    double sum = g->bias ? (double)g->bias[j] : 0;

    for (size_t p = 0; p < g->k; p++)
        sum += (double)kern_bf16_to_f32(g->a[i * g->lda + p]) *
               (double)kern_bf16_to_f32(b[p / 2 * KERN_GEMM_PANEL * 2 + p % 2]);
    return sum;
}

void kern_gemm_bf16_ref(const struct kern_gemm_bf16 *g)
{
    for (size_t i = 0; i < g->m; i++)
        for (size_t j = 0; j < g->n; j++)
            g->c[i * g->ldc + j] = (float)kern_act(sum(g, i, j), g->act);
}
