/* SPDX-License-Identifier: Apache-2.0
 * exp, SiLU, both forms of GELU and SwiGLU, reference. */
#include <math.h>

#include <kern/kern.h>

/* Not 1 / (1 + exp(-x)) for negative x, which overflows long before the result is 0. */
static double sigmoid(double x)
{
    double e = exp(-fabs(x));
    return (x < 0 ? e : 1) / (1 + e);
}

void kern_exp_f32_ref(float *y, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = (float)exp((double)x[i]);
}

void kern_silu_f32_ref(float *y, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = (float)((double)x[i] * sigmoid((double)x[i]));
}

void kern_gelu_f32_ref(float *y, const float *x, size_t n)
{
    const double root = 0.79788456080286535588; /* sqrt(2 / pi) */

    for (size_t i = 0; i < n; i++) {
        double v = (double)x[i];
        y[i] = (float)(v * sigmoid(2 * root * (v + 0.044715 * v * v * v)));
    }
}

void kern_gelu_erf_f32_ref(float *y, const float *x, size_t n)
{
    const double root = 0.70710678118654752440; /* sqrt(1 / 2) */

    for (size_t i = 0; i < n; i++) {
        double v = (double)x[i];
        y[i] = (float)(v < -1e3 ? -0.0 : v / 2 * erfc(-root * v)); /* infinity times 0 is none */
    }
}

void kern_swiglu_f32_ref(float *y, const float *gate, const float *up, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = (float)((double)gate[i] * sigmoid((double)gate[i]) * (double)up[i]);
}
