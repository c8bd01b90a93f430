/* SPDX-License-Identifier: Apache-2.0
 * Matrix times vector: four rows at a time share the loads of x, and each row has two sums. A row is added up in the
 * same order whether it is one of four or left over, so that rows can be split among threads. */
#include <arm_neon.h>

#include <kern/kern.h>

/* The sums of rows a, a + stride, ... of which there are four, or one if stride is 0. */
static inline float32x4_t rows(const float *a, size_t stride, const float *x, size_t k)
{
    const float *row[4] = { a, a + stride, a + 2 * stride, a + 3 * stride };
    float32x4_t s[4], t[4];
    size_t j = 0;

    for (int r = 0; r < 4; r++)
        s[r] = t[r] = vdupq_n_f32(0);
    for (; j + 8 <= k; j += 8) {
        float32x4_t x0 = vld1q_f32(x + j), x1 = vld1q_f32(x + j + 4);
        for (int r = 0; r < 4; r++) {
            s[r] = vfmaq_f32(s[r], vld1q_f32(row[r] + j), x0);
            t[r] = vfmaq_f32(t[r], vld1q_f32(row[r] + j + 4), x1);
        }
    }
    for (int r = 0; r < 4; r++)
        s[r] = vaddq_f32(s[r], t[r]);
    float32x4_t sum = vpaddq_f32(vpaddq_f32(s[0], s[1]), vpaddq_f32(s[2], s[3]));
    for (; j < k; j++) {
        const float32x4_t column = { row[0][j], row[1][j], row[2][j], row[3][j] };
        sum = vfmaq_n_f32(sum, column, x[j]);
    }
    return sum;
}

void kern_gemv_f32_neon(float *y, const float *a, const float *x, size_t m, size_t k)
{
    size_t i = 0;

    for (; i + 4 <= m; i += 4)
        vst1q_f32(y + i, rows(a + i * k, k, x, k));
    for (; i < m; i++)
        y[i] = vgetq_lane_f32(rows(a + i * k, 0, x, k), 0);
}
