/* SPDX-License-Identifier: Apache-2.0
 * Softmax for the compiler to vectorise. */
#include <kern/kern.h>

#include "libkern/auto/plain_exp.h"
#include "libkern/auto/plain_max.h"

void kern_softmax_f32_auto(float *y, const float *x, size_t n)
{
    float max = plain_max(x, n), sum = 0;

#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++) {
        y[i] = plain_exp(x[i] - max);
        sum += y[i];
    }
    float scale = 1 / sum;
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        y[i] *= scale;
}
