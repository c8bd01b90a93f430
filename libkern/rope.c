/* SPDX-License-Identifier: Apache-2.0
 * The frequencies of rotary position embedding. */
#include <math.h>

#include <kern/kern.h>

void kern_rope_freq(float *freq, size_t dim, double base, double scale)
{
    for (size_t i = 0; i < dim / 2; i++)
        freq[i] = (float)(scale * pow(base, -2.0 * (double)i / (double)dim));
}
