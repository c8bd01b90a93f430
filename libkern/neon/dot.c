/* SPDX-License-Identifier: Apache-2.0
 * Dot product: four sums hide the latency of the multiply-add. */
#include <arm_neon.h>

#include <kern/kern.h>

#define STEP(sum, at) sum = vfmaq_f32(sum, vld1q_f32(x + i + (at)), vld1q_f32(y + i + (at)))

float kern_dot_f32_neon(const float *x, const float *y, size_t n)
{
    float32x4_t s0 = vdupq_n_f32(0), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;

    for (; i + 16 <= n; i += 16) {
        STEP(s0, 0);
        STEP(s1, 4);
        STEP(s2, 8);
        STEP(s3, 12);
    }
    for (; i + 4 <= n; i += 4)
        STEP(s0, 0);
    float sum = vaddvq_f32(vaddq_f32(vaddq_f32(s0, s1), vaddq_f32(s2, s3)));
    for (; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}
