/* SPDX-License-Identifier: Apache-2.0
 * RMSNorm and the norms with a residual addition, for the compiler to vectorise. */
#include <math.h>

#include <kern/kern.h>

void kern_rmsnorm_f32_auto(float *y, const float *x, const float *w, size_t n, float eps)
{
    float squares = 0;

#pragma omp simd reduction(+ : squares)
    for (size_t i = 0; i < n; i++)
        squares += x[i] * x[i];
    float scale = 1 / sqrtf(squares / (float)n + eps);
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] * scale * w[i];
}

static void add(float *r, const float *x, size_t n)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        r[i] += x[i];
}

void kern_rmsnorm_add_f32_auto(float *y, float *r, const float *x, const float *w, size_t n, float eps)
{
    add(r, x, n);
    kern_rmsnorm_f32_auto(y, r, w, n, eps);
}

void kern_layernorm_add_f32_auto(float *y, float *r, const float *x, const float *w, const float *b, size_t n,
                                 float eps)
{
    add(r, x, n);
    kern_layernorm_f32_auto(y, r, w, b, n, eps);
}
