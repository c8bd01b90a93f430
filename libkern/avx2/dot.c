/* SPDX-License-Identifier: Apache-2.0
 * Dot product: four sums, because an addition takes four cycles and two loads a product keep one FMA per cycle busy. */
#include <kern/kern.h>

#include "libkern/avx2/vec.h"

#define STEP(sum, at) sum = _mm256_fmadd_ps(_mm256_loadu_ps(x + i + (at)), _mm256_loadu_ps(y + i + (at)), sum)

float kern_dot_f32_avx2(const float *x, const float *y, size_t n)
{
    __m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;

    for (; i + 32 <= n; i += 32) {
        STEP(s0, 0);
        STEP(s1, 8);
        STEP(s2, 16);
        STEP(s3, 24);
    }
    for (; i + 8 <= n; i += 8)
        STEP(s0, 0);
    if (i < n) {
        __m256i m = first_lanes(n - i);
        s3 = _mm256_fmadd_ps(_mm256_maskload_ps(x + i, m), _mm256_maskload_ps(y + i, m), s3);
    }
    return sum_lanes(_mm256_add_ps(_mm256_add_ps(s0, s1), _mm256_add_ps(s2, s3)));
}
