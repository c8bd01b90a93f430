/* SPDX-License-Identifier: Apache-2.0
 * What follows the sums of a matrix product. GEMM_KERNEL(op): the folder's kernel of an activation. */
#ifndef LIBKERN_GEMM_ACT_H
#define LIBKERN_GEMM_ACT_H

#include <float.h>

#include <kern/kern.h>

/* The activation of n sums, in place. Minus infinity is taken for the lowest float, of which the kernels make 0. */
static void activate(float *x, size_t n, enum kern_act act)
{
    typedef void kernel(float *y, const float *x, size_t n);
    static kernel *const kernels[KERN_ACT_COUNT] = { [KERN_ACT_SILU] = GEMM_KERNEL(silu),
                                                     [KERN_ACT_GELU] = GEMM_KERNEL(gelu),
                                                     [KERN_ACT_GELU_ERF] = GEMM_KERNEL(gelu_erf) };
    const float least = act == KERN_ACT_RELU ? 0 : -FLT_MAX;

    for (size_t i = 0; i < n; i++)
        x[i] = x[i] < least ? least : x[i];
    if (kernels[act])
        kernels[act](x, x, n);
}

#endif
