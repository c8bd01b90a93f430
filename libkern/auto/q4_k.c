/* SPDX-License-Identifier: Apache-2.0
 * Q4_K to float, and its dot product with Q8_K, for the compiler to vectorise. */
#include <kern/kern.h>

#include "libkern/half.h"
#include "libkern/q4_k.h"

void kern_dequant_q4_k_auto(float *restrict y, const struct kern_q4_k *restrict x, size_t nblocks)
{
    for (; nblocks; nblocks--, x++) {
        struct q4_k_parts p = q4_k_parts(x);
        float d = half_to_float(x->d), dmin = half_to_float(x->dmin);
        for (int j = 0; j < 8; j++, y += 32) {
            float step = d * (float)p.scale[j], least = dmin * (float)p.min[j];
            int shift = j % 2 * 4;
#pragma omp simd
            for (int i = 0; i < 32; i++)
                y[i] = step * (float)(x->qs[j / 2 * 32 + i] >> shift & 15) - least;
        }
    }
}

float kern_dot_q4_k_auto(const struct kern_q4_k *x, const struct kern_q8_k *y, size_t nblocks)
{
    float total = 0;

    for (; nblocks; nblocks--, x++, y++) {
        struct q4_k_parts p = q4_k_parts(x);
        int products = 0, minimums = 0;
        for (int j = 0; j < 8; j++) {
            int sum = 0, shift = j % 2 * 4;
            for (int i = 0; i < 32; i++)
                sum += (x->qs[j / 2 * 32 + i] >> shift & 15) * y->qs[32 * j + i];
            products += p.scale[j] * sum;
            minimums += p.min[j] * (y->sums[2 * j] + y->sums[2 * j + 1]);
        }
        float d = half_to_float(x->d) * y->d, dmin = half_to_float(x->dmin) * y->d;
        total += d * (float)products;
        total -= dmin * (float)minimums;
    }
    return total;
}
