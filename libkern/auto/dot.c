/* SPDX-License-Identifier: Apache-2.0
 * Dot product for the compiler to vectorise: the pragma allows it to change the order of the sum. */
#include <kern/kern.h>

float kern_dot_f32_auto(const float *x, const float *y, size_t n)
{
    float sum = 0;

#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}
