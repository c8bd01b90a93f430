/* SPDX-License-Identifier: Apache-2.0
 * Softmax, reference. The exponential is taken twice, because y has not the precision to keep it. */
#include <math.h>

#include <kern/kern.h>

void kern_softmax_f32_ref(float *y, const float *x, size_t n)
{
    double max = -INFINITY, sum = 0;

    for (size_t i = 0; i < n; i++)
        max = (double)x[i] > max ? (double)x[i] : max;
    for (size_t i = 0; i < n; i++)
        sum += exp((double)x[i] - max);
    for (size_t i = 0; i < n; i++)
        y[i] = (float)(exp((double)x[i] - max) / sum);
}
