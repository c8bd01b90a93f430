/* SPDX-License-Identifier: Apache-2.0
 * Dot products of Q8_0 and Q4_0 with Q8_0 for the compiler to vectorise: the inner sums are integers, and so free to be
 * reordered. */
#include <kern/kern.h>

#include "libkern/half.h"

float kern_dot_q8_0_auto(const struct kern_q8_0 *x, const struct kern_q8_0 *y, size_t nblocks)
{
    float total = 0;

    for (size_t b = 0; b < nblocks; b++) {
        int sum = 0;
        for (int i = 0; i < 32; i++)
            sum += x[b].qs[i] * y[b].qs[i];
        float d = half_to_float(x[b].d) * half_to_float(y[b].d);
        total += d * (float)sum;
    }
    return total;
}

float kern_dot_q4_0_auto(const struct kern_q4_0 *x, const struct kern_q8_0 *y, size_t nblocks)
{
    float total = 0;

    for (size_t b = 0; b < nblocks; b++) {
        int sum = 0;
        for (int i = 0; i < 16; i++)
            sum += ((x[b].qs[i] & 15) - 8) * y[b].qs[i];
        for (int i = 0; i < 16; i++)
            sum += ((x[b].qs[i] >> 4) - 8) * y[b].qs[i + 16];
        float d = half_to_float(x[b].d) * half_to_float(y[b].d);
        total += d * (float)sum;
    }
    return total;
}
