/* SPDX-License-Identifier: Apache-2.0
 * Layer normalisation: three passes over data that the first one brought into L1; tails are scalar. */
#include <arm_neon.h>
#include <math.h>

#include <kern/kern.h>

/* What normalises: y = ((x - mean) * scale + offset) * w + b. */
struct norm {
    float mean, scale, offset;
};

static inline float sum_of(const float *x, size_t n)
{
    float32x4_t s0 = vdupq_n_f32(0), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;

    for (; i + 16 <= n; i += 16) {
        s0 = vaddq_f32(s0, vld1q_f32(x + i));
        s1 = vaddq_f32(s1, vld1q_f32(x + i + 4));
        s2 = vaddq_f32(s2, vld1q_f32(x + i + 8));
        s3 = vaddq_f32(s3, vld1q_f32(x + i + 12));
    }
    float sum = vaddvq_f32(vaddq_f32(vaddq_f32(s0, s1), vaddq_f32(s2, s3)));
    for (; i < n; i++)
        sum += x[i];
    return sum;
}

static inline struct norm norm_of(const float *x, size_t n, float eps)
{
    float count = (float)n, mean = sum_of(x, n) / count;
    float32x4_t centre = vdupq_n_f32(mean), r0 = vdupq_n_f32(0), r1 = r0, q0 = r0, q1 = r0;
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        float32x4_t d0 = vsubq_f32(vld1q_f32(x + i), centre), d1 = vsubq_f32(vld1q_f32(x + i + 4), centre);
        r0 = vaddq_f32(r0, d0);
        r1 = vaddq_f32(r1, d1);
        q0 = vfmaq_f32(q0, d0, d0);
        q1 = vfmaq_f32(q1, d1, d1);
    }
    float rest = vaddvq_f32(vaddq_f32(r0, r1)), squares = vaddvq_f32(vaddq_f32(q0, q1));
    for (; i < n; i++) {
        rest += x[i] - mean;
        squares += (x[i] - mean) * (x[i] - mean);
    }
    float shift = rest / count, var = squares / count - shift * shift;
    float scale = 1 / sqrtf((var < 0 ? 0 : var) + eps); /* this way round, a NaN stays one */
    return (struct norm){ mean, scale, -shift * scale };
}

void kern_layernorm_f32_neon(float *y, const float *x, const float *w, const float *b, size_t n, float eps)
{
    struct norm norm = norm_of(x, n, eps);
    float32x4_t mean = vdupq_n_f32(norm.mean), scale = vdupq_n_f32(norm.scale), offset = vdupq_n_f32(norm.offset);
    size_t i = 0;

    for (; i + 4 <= n; i += 4) {
        float32x4_t v = vfmaq_f32(offset, vsubq_f32(vld1q_f32(x + i), mean), scale);
        vst1q_f32(y + i, vfmaq_f32(vld1q_f32(b + i), v, vld1q_f32(w + i)));
    }
    for (; i < n; i++)
        y[i] = ((x[i] - norm.mean) * norm.scale + norm.offset) * w[i] + b[i];
}
