/* SPDX-License-Identifier: Apache-2.0
 * Quantised matrix products for the compiler to vectorise: sixteen rows side by side, a few columns at a time. */
#include <kern/kern.h>

#include "libkern/half.h"

#define MM_ROWS           16
#define MM_COLUMNS        4
#define MM_WIDTHS(X)      X(1) X(2) X(4)
#define MM_FLIP           128
#define MM_QUANTIZE(type) kern_quantize_##type##_auto
#define MM_TILE           "libkern/auto/matmul_tile.inc"

static inline void mm_halves(float *to, const uint16_t *from)
{
    for (int i = 0; i < 16; i++)
        to[i] = half_to_float(from[i]);
}

#include "libkern/matmul_body.inc"

MATMUL_ALL(auto)
