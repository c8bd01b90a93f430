/* SPDX-License-Identifier: Apache-2.0
 * The arithmetic peaks, one number after another. */
#include <kern/kern.h>

void kern_peak_f32_ref(float *y, float a, float b, size_t steps)
{
    for (size_t i = 0; i < KERN_PEAK; i++) {
        double value = (double)y[i];
        for (size_t left = steps; left; left--)
            value = (double)a * value + (double)b;
        y[i] = (float)value;
    }
}

void kern_peak_i8_ref(int32_t *y, const uint8_t *x, const int8_t *w, size_t steps)
{
    for (size_t i = 0; i < KERN_PEAK; i++) {
        uint32_t sum = (uint32_t)y[i];
        for (size_t left = steps; left; left--)
            for (size_t j = 0; j < 4; j++)
                sum += (uint32_t)(x[j] * w[j]);
        y[i] = (int32_t)sum;
    }
}

void kern_peak_bf16_ref(float *y, const uint16_t *x, const uint16_t *w, size_t steps)
{
    double products = 0;
    for (size_t j = 0; j < 2; j++)
        products += (double)kern_bf16_to_f32(x[j]) * (double)kern_bf16_to_f32(w[j]);
    for (size_t i = 0; i < KERN_PEAK; i++) {
        double sum = (double)y[i];
        for (size_t left = steps; left; left--)
            sum += products;
        y[i] = (float)sum;
    }
}
