/* SPDX-License-Identifier: Apache-2.0
 * Symmetric INT8 and INT4 per channel, reference. The contract defines the results by float arithmetic. */
#include <math.h>

#include <kern/kern.h>

#include "libkern/i8.h"

static float largest(const float *x, size_t k)
{
    float max = 0;

    for (size_t i = 0; i < k; i++) {
        if (!isfinite(x[i]))
            return NAN;
        max = fmaxf(max, fabsf(x[i]));
    }
    return max;
}

/* The scale of a row, and what its values are multiplied by: 0 where every level is. */
static float scale_of(const float *x, size_t k, float top, float *factor)
{
    float max = largest(x, k);
    int usable = max >= 0x1p-100F; /* not for a NaN */

    *factor = usable ? top / max : 0;
    return usable ? max / top : isnan(max) ? max : 0;
}

static int level(float x, float factor)
{
    return factor > 0 ? (int)rintf(x * factor) : 0;
}

void kern_quantize_i8_ref(int8_t *q, float *d, const float *x, size_t m, size_t k)
{
    float factor;

    for (size_t i = 0; i < m; i++, q += k, x += k) {
        d[i] = scale_of(x, k, 127, &factor);
        for (size_t j = 0; j < k; j++)
            q[j] = (int8_t)level(x[j], factor);
    }
}

void kern_quantize_i4_ref(uint8_t *q, float *d, const float *x, size_t m, size_t k)
{
    float factor;

    for (size_t i = 0; i < m; i++, q += i4_row(k), x += k) {
        d[i] = scale_of(x, k, 7, &factor);
        for (size_t j = 0; j < 2 * i4_row(k); j++) { /* low nibbles of a byte come first */
            int nibble = 8 + (j < k ? level(x[j], factor) : 0);
            uint8_t *at = &q[j / 32 * 16 + j % 16];
            *at = (uint8_t)(j % 32 < 16 ? nibble : *at | nibble << 4);
        }
    }
}

void kern_dequant_i8_ref(float *y, const int8_t *q, const float *d, size_t m, size_t k)
{
    for (size_t i = 0; i < m * k; i++)
        y[i] = d[i / k] * (float)q[i];
}

void kern_dequant_i4_ref(float *y, const uint8_t *q, const float *d, size_t m, size_t k)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < k; j++)
            y[i * k + j] = d[i] * (float)i4_value(q + i * i4_row(k), j);
}

float kern_dot_i8_ref(const int8_t *q, const int8_t *x, float d, size_t k)
{
    int32_t sum = 0;

    for (size_t i = 0; i < k; i++)
        sum += q[i] * x[i];
    return (float)sum * d;
}

float kern_dot_i4_ref(const uint8_t *q, const int8_t *x, float d, size_t k)
{
    int32_t sum = 0;

    for (size_t i = 0; i < k; i++)
        sum += i4_value(q, i) * x[i];
    return (float)sum * d;
}

#define GEMV(type, element)                                                                                            \
    void kern_gemv_##type##_ref(float *y, const element *q, const float *d, const float *x, size_t m, size_t k,        \
                                void *work)                                                                            \
    {                                                                                                                  \
        int8_t *xq = work;                                                                                             \
        float dx;                                                                                                      \
                                                                                                                       \
        kern_quantize_i8_ref(xq, &dx, x, 1, k);                                                                        \
        for (size_t i = 0; i < m; i++)                                                                                 \
            y[i] = kern_dot_##type##_ref(q + i * type##_row(k), xq, d[i] * dx, k);                                     \
    }
GEMV(i8, int8_t)
GEMV(i4, uint8_t)
