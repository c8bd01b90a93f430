/* SPDX-License-Identifier: Apache-2.0
 * Q4_0 to float, reference. */
#include <kern/kern.h>

#include "libkern/half.h"

void kern_dequant_q4_0_ref(float *y, const struct kern_q4_0 *x, size_t nblocks)
{
    for (size_t i = 0; i < nblocks; i++) {
        float d = half_to_float(x[i].d);
        for (size_t j = 0; j < 16; j++) {
            y[32 * i + j] = (float)((x[i].qs[j] & 15) - 8) * d;
            y[32 * i + j + 16] = (float)((x[i].qs[j] >> 4) - 8) * d;
        }
    }
}
