/* SPDX-License-Identifier: Apache-2.0
 * Dot product: four sums cover the latency of the addition, because two loads a product allow one product per cycle.
 * More sums measured slower for 384 floats, as all of them must be added in the end. */
#include <kern/kern.h>

#include "libkern/avx512/vec.h"

#define STEP(sum, at) sum = _mm512_fmadd_ps(_mm512_loadu_ps(x + i + (at)), _mm512_loadu_ps(y + i + (at)), sum)
#define FOUR_STEPS(at)                                                                                                 \
    do {                                                                                                               \
        STEP(s0, (at));                                                                                                \
        STEP(s1, (at) + 16);                                                                                           \
        STEP(s2, (at) + 32);                                                                                           \
        STEP(s3, (at) + 48);                                                                                           \
    } while (0)

float kern_dot_f32_avx512(const float *x, const float *y, size_t n)
{
    __m512 s0 = _mm512_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;

    for (; i + 128 <= n; i += 128) {
        FOUR_STEPS(0);
        FOUR_STEPS(64);
    }
    if (i + 64 <= n) {
        FOUR_STEPS(0);
        i += 64;
    }
    if (i + 32 <= n) {
        STEP(s0, 0);
        STEP(s1, 16);
        i += 32;
    }
    if (i + 16 <= n) {
        STEP(s2, 0);
        i += 16;
    }
    if (i < n) {
        __mmask16 m = first_lanes(n - i);
        s3 = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(m, x + i), _mm512_maskz_loadu_ps(m, y + i), s3);
    }
    return sum_lanes(_mm512_add_ps(_mm512_add_ps(s0, s1), _mm512_add_ps(s2, s3)));
}
