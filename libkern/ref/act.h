/* SPDX-License-Identifier: Apache-2.0
 * Activations in double, for the references. */
#ifndef LIBKERN_REF_ACT_H
#define LIBKERN_REF_ACT_H

#include <math.h>

#include <kern/gemm.h>

static inline double logistic(double z)
{
    return 1 / (1 + exp(-z));
}

static inline double kern_act(double x, enum kern_act which)
{
    if (which == KERN_ACT_NONE || isnan(x))
        return x;
    if (which == KERN_ACT_RELU)
        return x < 0 ? 0 : x;
    if (x < -1e6) /* also -infinity, which times 0 is none */
        return -0.0;
    if (which == KERN_ACT_SILU)
        return x * logistic(x);
    if (which == KERN_ACT_GELU_ERF)
        return x / 2 * erfc(-0.70710678118654752440 * x);
    return x * logistic(1.5957691216057308 * (x + 0.044715 * x * x * x));
}

#endif
