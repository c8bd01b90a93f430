/* SPDX-License-Identifier: Apache-2.0
 * Matrix times vector for the compiler to vectorise along the rows. */
#include <kern/kern.h>

void kern_gemv_f32_auto(float *restrict y, const float *restrict a, const float *restrict x, size_t m, size_t k)
{
    for (size_t i = 0; i < m; i++) {
        float sum = 0;
#pragma omp simd reduction(+ : sum)
        for (size_t j = 0; j < k; j++)
            sum += a[i * k + j] * x[j];
        y[i] = sum;
    }
}
