/* SPDX-License-Identifier: Apache-2.0
 * Floats to INT8 and back, for the compiler to vectorise, in each variant with that variant's flags. */
#ifndef LIBKERN_I8_H
#define LIBKERN_I8_H

#include <string.h>

#include <kern/kern.h>

/* The bits of the largest magnitude, as integers, so that NaN and infinity come out on top. */
static inline int32_t i8_largest_bits(const float *x, size_t k)
{
    int32_t max = 0;

    for (size_t i = 0; i < k; i++) {
        int32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        bits &= 0x7fffffff;
        max = bits > max ? bits : max;
    }
    return max;
}

static inline void i8_row(int8_t *restrict q, const float *restrict x, float scale, size_t k)
{
    const float round = 0x1.8p23F; /* beyond it floats are integers, so adding it rounds; subtracting it restores */

    for (size_t i = 0; i < k; i++) {
        float level = x[i] * scale;
        float rounded = level + round;
        q[i] = (int8_t)(int)(rounded - round);
    }
}

static inline void i8_widen(float *restrict y, const int8_t *restrict q, float d, size_t k)
{
    for (size_t i = 0; i < k; i++)
        y[i] = d * (float)q[i];
}

#define QUANTIZE_I8(isa)                                                                                               \
    void kern_quantize_i8_##isa(int8_t *q, float *d, const float *x, size_t m, size_t k)                               \
    {                                                                                                                  \
        for (size_t i = 0; i < m; i++, q += k, x += k) {                                                               \
            int32_t bits = i8_largest_bits(x, k);                                                                      \
            float max;                                                                                                 \
            memcpy(&max, &bits, sizeof max);                                                                           \
            if (bits >= 0x7f800000 || bits < 0x0d800000) { /* infinity, 2^-100 */                                      \
                kern_quantize_i8_ref(q, &d[i], x, 1, k);                                                               \
                continue;                                                                                              \
            }                                                                                                          \
            d[i] = max / 127;                                                                                          \
            i8_row(q, x, 127 / max, k);                                                                                \
        }                                                                                                              \
    }                                                                                                                  \
    void kern_dequant_i8_##isa(float *y, const int8_t *q, const float *d, size_t m, size_t k)                          \
    {                                                                                                                  \
        for (size_t i = 0; i < m; i++)                                                                                 \
            i8_widen(y + i * k, q + i * k, d[i], k);                                                                   \
    }

#endif
