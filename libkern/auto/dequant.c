/* SPDX-License-Identifier: Apache-2.0
 * Q4_0 to float for the compiler to vectorise: two loops without gaps instead of one that writes in two places. */
#include <kern/kern.h>

#include "libkern/half.h"

void kern_dequant_q4_0_auto(float *restrict y, const struct kern_q4_0 *restrict x, size_t nblocks)
{
    for (size_t i = 0; i < nblocks; i++, y += 32) {
        float d = half_to_float(x[i].d);
#pragma omp simd
        for (int j = 0; j < 16; j++)
            y[j] = (float)((x[i].qs[j] & 15) - 8) * d;
#pragma omp simd
        for (int j = 0; j < 16; j++)
            y[j + 16] = (float)((x[i].qs[j] >> 4) - 8) * d;
    }
}
