/* SPDX-License-Identifier: Apache-2.0
 * Softmax attention for the compiler to vectorise. */
#include <math.h>

#include <kern/kern.h>

#include "libkern/auto/exp.h"

static float dot(const float *x, const float *y, size_t n)
{
    float sum = 0;

#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

/* s becomes e^(s - its maximum); returns the sum. */
static float soften(float *s, size_t n)
{
    float top = -INFINITY, sum = 0;

    for (size_t j = 0; j < n; j++)
        top = s[j] > top ? s[j] : top;
#pragma omp simd reduction(+ : sum)
    for (size_t j = 0; j < n; j++) {
        s[j] = vexp(s[j] - top);
        sum += s[j];
    }
    return sum;
}

void kern_attention_f32_auto(float *out, const float *q, const float *k, const float *v, size_t n, size_t dim,
                             float scale, float *work)
{
    for (size_t j = 0; j < n; j++)
        work[j] = dot(q, k + j * dim, dim) * scale;
    float over = 1 / soften(work, n);
    for (size_t i = 0; i < dim; i++)
        out[i] = 0;
    for (size_t j = 0; j < n; j++) {
        float p = work[j] * over;
#pragma omp simd
        for (size_t i = 0; i < dim; i++)
            out[i] += p * v[j * dim + i];
    }
}
