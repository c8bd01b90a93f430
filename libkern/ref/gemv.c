/* SPDX-License-Identifier: Apache-2.0
 * Matrix times vector, reference. */
#include <kern/kern.h>

void kern_gemv_f32_ref(float *y, const float *a, const float *x, size_t m, size_t k)
{
    for (size_t i = 0; i < m; i++) {
        double sum = 0;
        for (size_t j = 0; j < k; j++)
            sum += (double)a[i * k + j] * (double)x[j];
        y[i] = (float)sum;
    }
}
