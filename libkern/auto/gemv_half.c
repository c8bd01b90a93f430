/* SPDX-License-Identifier: Apache-2.0
 * Matrix of binary16 or bfloat16 times vector, for the compiler to vectorise along the rows. */
#include <kern/kern.h>

#include "libkern/half.h"

/* half_to_float() without branches, which no compiler vectorises. */
static inline float binary_to_float(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000u) << 16, rest = h & 0x7fffu, tiny;
    uint32_t bits = (rest << 13) + (112u << 23) + (rest >= 0x7c00 ? 112u << 23 : 0);
    float subnormal = (float)(int32_t)rest * 0x1p-24f;

    memcpy(&tiny, &subnormal, sizeof tiny);
    return float_of_bits(sign | (rest < 0x400 ? tiny : bits));
}

static inline float bfloat_to_float(uint16_t h)
{
    return float_of_bits((uint32_t)h << 16);
}

#define GEMV_HALF(type, widen)                                                                                         \
    void kern_gemv_##type##_auto(float *restrict y, const uint16_t *restrict a, const float *restrict x, size_t m,     \
                                 size_t k)                                                                             \
    {                                                                                                                  \
        for (size_t i = 0; i < m; i++) {                                                                               \
            float sum = 0;                                                                                             \
            _Pragma("omp simd reduction(+ : sum)") for (size_t j = 0; j < k; j++) sum += widen(a[i * k + j]) * x[j];   \
            y[i] = sum;                                                                                                \
        }                                                                                                              \
    }
GEMV_HALF(f16, binary_to_float)
GEMV_HALF(bf16, bfloat_to_float)
