/* SPDX-License-Identifier: Apache-2.0
 * Q8_0 to float, reference. */
#include <kern/kern.h>

#include "libkern/half.h"

void kern_dequant_q8_0_ref(float *y, const struct kern_q8_0 *x, size_t nblocks)
{
    for (size_t i = 0; i < nblocks; i++)
        for (size_t j = 0; j < 32; j++)
            y[32 * i + j] = (float)x[i].qs[j] * half_to_float(x[i].d);
}
