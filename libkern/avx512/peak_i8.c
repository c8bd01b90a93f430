/* SPDX-License-Identifier: Apache-2.0
 * Products of bytes in registers, AVX-512. */
#include "libkern/avx512/peak_i8.h"

void kern_peak_i8_avx512(int32_t *y, const uint8_t *x, const int8_t *w, size_t steps)
{
    peak_i8(y, x, w, steps);
}
