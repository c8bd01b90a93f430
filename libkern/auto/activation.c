/* SPDX-License-Identifier: Apache-2.0
 * exp, SiLU, GELU and SwiGLU for the compiler to vectorise. */
#include <kern/kern.h>

#include "libkern/auto/plain_exp.h"

void kern_exp_f32_auto(float *y, const float *x, size_t n)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        y[i] = plain_exp(x[i] > 89 ? 89 : x[i]);
}

void kern_silu_f32_auto(float *y, const float *x, size_t n)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] * plain_sigmoid(x[i]);
}

void kern_gelu_f32_auto(float *y, const float *x, size_t n)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] * plain_sigmoid(x[i] * (x[i] * x[i] * 0x1.2444f2p-4f + 0x1.988454p+0f));
}

void kern_swiglu_f32_auto(float *y, const float *gate, const float *up, size_t n)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        y[i] = gate[i] * plain_sigmoid(gate[i]) * up[i];
}
