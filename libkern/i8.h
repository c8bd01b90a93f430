/* SPDX-License-Identifier: Apache-2.0
 * Floats to INT8 and INT4 per channel and back, for the compiler to vectorise, in each variant with that variant's
 * flags: CHANNELS_I8(isa) and CHANNELS_I4(isa). */
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

static inline size_t i8_row(size_t k)
{
    return k;
}

static inline size_t i4_row(size_t k)
{
    return (k + 31) / 32 * 16;
}

static inline void i8_narrow(int8_t *restrict q, const float *restrict x, float scale, size_t k)
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

/* Value i of a row. */
static inline int i4_value(const uint8_t *q, size_t i)
{
    return (q[i / 32 * 16 + i % 16] >> i % 32 / 16 * 4 & 15) - 8;
}

static inline void i4_narrow(uint8_t *restrict q, const float *restrict x, float scale, size_t k)
{
    for (size_t b = 0; b < k; b += 32, q += 16) {
        int8_t level[32] = { 0 };
        if (k - b >= 32)
            i8_narrow(level, x + b, scale, 32);
        else
            i8_narrow(level, x + b, scale, k - b);
        for (int i = 0; i < 16; i++)
            q[i] = (uint8_t)((level[i] + 8) | (level[i + 16] + 8) << 4);
    }
}

static inline void i4_widen(float *restrict y, const uint8_t *restrict q, float d, size_t k)
{
    size_t whole = k / 32 * 32;

    for (size_t b = 0; b < whole; b += 32)
        for (size_t i = 0; i < 16; i++) {
            y[b + i] = d * (float)((q[b / 2 + i] & 15) - 8);
            y[b + i + 16] = d * (float)((q[b / 2 + i] >> 4) - 8);
        }
    for (size_t i = whole; i < k; i++)
        y[i] = d * (float)i4_value(q, i);
}

/* Levels go from -top to top. */
#define CHANNELS(type, element, top, isa)                                                                              \
    void kern_quantize_##type##_##isa(element *q, float *d, const float *x, size_t m, size_t k)                        \
    {                                                                                                                  \
        for (size_t i = 0; i < m; i++, q += type##_row(k), x += k) {                                                   \
            int32_t bits = i8_largest_bits(x, k);                                                                      \
            float max;                                                                                                 \
            memcpy(&max, &bits, sizeof max);                                                                           \
            if (bits >= 0x7f800000 || bits < 0x0d800000) { /* infinity, 2^-100 */                                      \
                kern_quantize_##type##_ref(q, &d[i], x, 1, k);                                                         \
                continue;                                                                                              \
            }                                                                                                          \
            d[i] = max / (top);                                                                                        \
            type##_narrow(q, x, (top) / max, k);                                                                       \
        }                                                                                                              \
    }                                                                                                                  \
    void kern_dequant_##type##_##isa(float *y, const element *q, const float *d, size_t m, size_t k)                   \
    {                                                                                                                  \
        for (size_t i = 0; i < m; i++)                                                                                 \
            type##_widen(y + i * k, q + i * type##_row(k), d[i], k);                                                   \
    }
#define CHANNELS_I8(isa) CHANNELS(i8, int8_t, 127, isa)
#define CHANNELS_I4(isa) CHANNELS(i4, uint8_t, 7, isa)

#endif
