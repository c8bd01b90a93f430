/* SPDX-License-Identifier: Apache-2.0
 * Matrix of binary16 or bfloat16 times vector, reference. */
#include <kern/kern.h>

#define GEMV_HALF(type)                                                                                                \
    void kern_gemv_##type##_ref(float *y, const uint16_t *a, const float *x, size_t m, size_t k)                       \
    {                                                                                                                  \
        for (size_t i = 0; i < m; i++) {                                                                               \
            double sum = 0;                                                                                            \
            for (size_t j = 0; j < k; j++)                                                                             \
                sum += (double)kern_##type##_to_f32(a[i * k + j]) * (double)x[j];                                      \
            y[i] = (float)sum;                                                                                         \
        }                                                                                                              \
    }
GEMV_HALF(f16)
GEMV_HALF(bf16)
