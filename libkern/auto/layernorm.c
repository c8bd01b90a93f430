/* SPDX-License-Identifier: Apache-2.0
 * Layer normalisation for the compiler to vectorise. In float, so what the differences from a rounded mean still sum up
 * to is taken out of the variance and of the values. */
#include <math.h>

#include <kern/kern.h>

void kern_layernorm_f32_auto(float *y, const float *x, const float *w, const float *b, size_t n, float eps)
{
    float sum = 0, rest = 0, squares = 0, count = (float)n;

#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    float mean = sum / count;
#pragma omp simd reduction(+ : rest, squares)
    for (size_t i = 0; i < n; i++) {
        float d = x[i] - mean;
        rest += d;
        squares += d * d;
    }
    float shift = rest / count, var = squares / count - shift * shift;
    float scale = 1 / sqrtf((var < 0 ? 0 : var) + eps); /* this way round, a NaN stays one */
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        y[i] = ((x[i] - mean) - shift) * scale * w[i] + b[i];
}
