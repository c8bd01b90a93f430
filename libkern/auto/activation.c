/* SPDX-License-Identifier: Apache-2.0
 * exp, SiLU, both forms of GELU and SwiGLU for the compiler to vectorise. */
#include <kern/kern.h>

#include "libkern/auto/plain_exp.h"
#include "libkern/tail_poly.h"

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

/* See libkern/activation_body.h. The rounding error of z^2 is found by Dekker's product: z in two parts of 12 bits. */
static inline float plain_gelu_erf(float x)
{
    float z = x < 0 ? x : -x;
    z = z < -15 ? -15 : z;
    union plain_bits high = { .f = z };
    high.u &= 0xfffff000u;
    float low = z - high.f, square = z * z;
    float rest = ((high.f * high.f - square) + 2 * high.f * low) + low * low;
    float e = plain_exp(-0.5f * square);
    e -= 0.5f * rest * e;
    return (x < 0 ? -0.0f : x) + z * tail_factor(z) * e;
}

void kern_gelu_erf_f32_auto(float *y, const float *x, size_t n)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        y[i] = plain_gelu_erf(x[i]);
}

void kern_swiglu_f32_auto(float *y, const float *gate, const float *up, size_t n)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        y[i] = gate[i] * plain_sigmoid(gate[i]) * up[i];
}
