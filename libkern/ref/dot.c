/* SPDX-License-Identifier: Apache-2.0
 * Dot product, reference: every product is exact in double. */
#include <kern/kern.h>

float kern_dot_f32_ref(const float *x, const float *y, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)y[i];
    return (float)sum;
}
