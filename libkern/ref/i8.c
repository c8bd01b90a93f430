/* SPDX-License-Identifier: Apache-2.0
 * Symmetric INT8 per channel, reference. The contract defines the results by float arithmetic. */
#include <math.h>
#include <string.h>

#include <kern/kern.h>

#include "libkern/quant_work.h"

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

void kern_quantize_i8_ref(int8_t *q, float *d, const float *x, size_t m, size_t k)
{
    for (size_t i = 0; i < m; i++, q += k, x += k) {
        float max = largest(x, k);
        int usable = max >= 0x1p-100F; /* not for a NaN */
        d[i] = usable ? max / 127 : isnan(max) ? max : 0;
        for (size_t j = 0; j < k; j++)
            q[j] = (int8_t)(usable ? rintf(x[j] * (127 / max)) : 0);
    }
}

void kern_dequant_i8_ref(float *y, const int8_t *q, const float *d, size_t m, size_t k)
{
    for (size_t i = 0; i < m * k; i++)
        y[i] = d[i / k] * (float)q[i];
}

void kern_gemv_i8_ref(float *y, const int8_t *q, const float *d, const float *x, size_t m, size_t k, void *work)
{
    int8_t *xq = work;
    float dx;

    kern_quantize_i8_ref(xq, &dx, x, 1, k);
    for (size_t i = 0; i < m; i++, q += k) {
        int32_t sum = 0;
        for (size_t j = 0; j < k; j++)
            sum += q[j] * xq[j];
        y[i] = (float)sum * (d[i] * dx);
    }
}
