/* SPDX-License-Identifier: Apache-2.0
 * Floats to Q8_0 and Q4_0, reference. The formats define the result by float arithmetic, so there is none in double. */
#include <math.h>

#include <kern/kern.h>

enum { N = 32, HALF_NAN = 0x7e00 };

/* The x[i] of the largest magnitude, the first of several; a NaN if there is a NaN or infinity; +0 if all are zero. */
static float largest(const float *x)
{
    float max = 0;

    for (int i = 0; i < N; i++) {
        if (!isfinite(x[i]))
            return NAN;
        if (fabsf(x[i]) > fabsf(max))
            max = x[i];
    }
    return max;
}

void kern_quantize_q8_0_ref(struct kern_q8_0 *y, const float *x, size_t nblocks)
{
    for (; nblocks; nblocks--, y++, x += N) {
        float max = fabsf(largest(x));
        y->d = isnan(max) ? HALF_NAN : kern_f32_to_f16(max / 127);
        float scale = y->d == 0 || isnan(max) ? 0 : 127 / max;
        for (int i = 0; i < N; i++)
            y->qs[i] = (int8_t)(scale == 0 ? 0 : (int)rintf(x[i] * scale));
    }
}

static unsigned nibble(float x, float scale)
{
    float level = x * scale;
    int n = (int)(level + 8.5f);
    return scale == 0 ? 8 : (unsigned)(n < 15 ? n : 15);
}

void kern_quantize_q4_0_ref(struct kern_q4_0 *y, const float *x, size_t nblocks)
{
    for (; nblocks; nblocks--, y++, x += N) {
        float max = largest(x);
        y->d = isnan(max) ? HALF_NAN : kern_f32_to_f16(max / -8);
        float scale = (y->d & 0x7fff) == 0 || isnan(max) ? 0 : -8 / max;
        for (int i = 0; i < N / 2; i++)
            y->qs[i] = (uint8_t)(nibble(x[i], scale) | nibble(x[i + N / 2], scale) << 4);
    }
}
