/* SPDX-License-Identifier: Apache-2.0
 * Products of four 8-bit integers in tiles. */
#include <stdint.h>

#define PEAK_SUM                uint32_t
#define PEAK_DP(s, left, right) _tile_dpbusd(s, left, right)
#include "libkern/avx512amx/peak.h"

void kern_peak_i8_avx512amx(int32_t *y, const uint8_t *x, const int8_t *w, size_t steps)
{
    peak_tiles((uint32_t *)y, x, w, steps);
}
