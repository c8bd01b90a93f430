/* SPDX-License-Identifier: Apache-2.0
 * Q4_K and Q8_K, reference. */
#include <math.h>

#include <kern/kern.h>

#include "libkern/half.h"
#include "libkern/quant_work.h"

enum { N = KERN_Q4_K_BLOCK };

static int scale(const uint8_t *s, int part)
{
    return part < 4 ? s[part] & 63 : (s[part + 4] & 15) | (s[part - 4] >> 6) << 4;
}

static int minimum(const uint8_t *s, int part)
{
    return part < 4 ? s[part + 4] & 63 : s[part + 4] >> 4 | (s[part] >> 6) << 4;
}

static int level(const struct kern_q4_k *x, int i)
{
    int byte = x->qs[i / 64 * 32 + i % 32];
    return i % 64 < 32 ? byte & 15 : byte >> 4;
}

void kern_dequant_q4_k_ref(float *y, const struct kern_q4_k *x, size_t nblocks)
{
    for (; nblocks; nblocks--, x++, y += N)
        for (int i = 0; i < N; i++) {
            float step = half_to_float(x->d) * (float)scale(x->scales, i / 32);
            y[i] = step * (float)level(x, i) - half_to_float(x->dmin) * (float)minimum(x->scales, i / 32);
        }
}

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

void kern_quantize_q8_k_ref(struct kern_q8_k *y, const float *x, size_t nblocks)
{
    for (; nblocks; nblocks--, y++, x += N) {
        float max = largest(x), f = -127 / max;
        int usable = fabsf(max) >= 0x1p-100F; /* not for a NaN */
        memset(y, 0, sizeof *y);
        y->d = usable ? 1 / f : isnan(max) ? max : 0;
        for (int i = 0; i < N && usable; i++) {
            y->qs[i] = (int8_t)fminf(127, rintf(x[i] * f));
            y->sums[i / 16] = (int16_t)(y->sums[i / 16] + y->qs[i]);
        }
    }
}

float kern_dot_q4_k_ref(const struct kern_q4_k *x, const struct kern_q8_k *y, size_t nblocks)
{
    double total = 0;

    for (; nblocks; nblocks--, x++, y++) {
        int products = 0, minimums = 0;
        for (int i = 0; i < N; i++) {
            products += scale(x->scales, i / 32) * level(x, i) * y->qs[i];
            minimums += minimum(x->scales, i / 32) * y->qs[i];
        }
        total += (double)y->d * ((double)half_to_float(x->d) * products - (double)half_to_float(x->dmin) * minimums);
    }
    return (float)total;
}
