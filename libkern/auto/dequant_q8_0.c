/* SPDX-License-Identifier: Apache-2.0
 * Q8_0 to float for the compiler to vectorise. */
#include <kern/kern.h>

#include "libkern/half.h"

void kern_dequant_q8_0_auto(float *restrict y, const struct kern_q8_0 *restrict x, size_t nblocks)
{
    for (; nblocks; nblocks--, y += 32, x++) {
        float d = half_to_float(x->d);
#pragma omp simd
        for (int j = 0; j < 32; j++)
            y[j] = (float)x->qs[j] * d;
    }
}
