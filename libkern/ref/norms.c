/* SPDX-License-Identifier: Apache-2.0
 * RMSNorm and the norms with a residual addition, reference. */
#include <math.h>

#include <kern/kern.h>

void kern_rmsnorm_f32_ref(float *y, const float *x, const float *w, size_t n, float eps)
{
    double squares = 0;

    for (size_t i = 0; i < n; i++)
        squares += (double)x[i] * (double)x[i];
    double scale = 1 / sqrt(squares / (double)n + (double)eps);
    for (size_t i = 0; i < n; i++)
        y[i] = (float)((double)x[i] * scale * (double)w[i]);
}

void kern_rmsnorm_add_f32_ref(float *y, float *r, const float *x, const float *w, size_t n, float eps)
{
    for (size_t i = 0; i < n; i++)
        r[i] += x[i];
    kern_rmsnorm_f32_ref(y, r, w, n, eps);
}

void kern_layernorm_add_f32_ref(float *y, float *r, const float *x, const float *w, const float *b, size_t n, float eps)
{
    for (size_t i = 0; i < n; i++)
        r[i] += x[i];
    kern_layernorm_f32_ref(y, r, w, b, n, eps);
}
