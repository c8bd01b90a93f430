/* SPDX-License-Identifier: Apache-2.0
 * Products of pairs of bfloat16 in tiles. */
#define PEAK_SUM                float
#define PEAK_DP(s, left, right) _tile_dpbf16ps(s, left, right)
#include "libkern/avx512amx/peak.h"

void kern_peak_bf16_avx512amx(float *y, const uint16_t *x, const uint16_t *w, size_t steps)
{
    peak_tiles(y, x, w, steps);
}
