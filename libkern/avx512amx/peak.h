/* SPDX-License-Identifier: Apache-2.0
 * The peak of products in tiles. A file defines PEAK_SUM, the type of a sum, and PEAK_DP(sums, left, right), and includes
 * this. A third of the KERN_PEAK numbers is a tile; two tiles of sums for each third, whose steps take turns, are six
 * chains, enough to hide the latency of an instruction: some 52 cycles, of which each keeps the unit for 16. */
#include <string.h>

#include <kern/kern.h>

#include "libkern/avx512amx/tiles.h"

enum { GROUPS = 16, SUMS = GROUPS * TILE_ROWS };
_Static_assert(KERN_PEAK == 3 * SUMS, "three tiles");

/* Rows of `count` groups, and zeros behind them. */
static void peak_fill(char tile[TILE_BYTES], const void *group, size_t count)
{
    memset(tile, 0, TILE_BYTES);
    for (size_t row = 0; row < TILE_ROWS; row++)
        for (size_t i = 0; i < count; i++)
            memcpy(tile + row * TILE_LINE + 4 * i, group, 4);
}

static void peak_tiles(PEAK_SUM *y, const void *left, const void *right, size_t steps)
{
    static const struct tiles_shape shape = TILES_SHAPE(64);
    char tile[TILE_BYTES];
    PEAK_SUM more[KERN_PEAK];
    size_t times = steps / GROUPS;

    _tile_loadconfig(&shape);
    _tile_loadd(0, y, TILE_LINE);
    _tile_loadd(1, y + SUMS, TILE_LINE);
    _tile_loadd(2, y + 2 * SUMS, TILE_LINE);
    _tile_zero(3);
    _tile_zero(4);
    _tile_zero(5);
    peak_fill(tile, right, GROUPS);
    TILES_LOOK;
    _tile_loadd(7, tile, TILE_LINE);
    peak_fill(tile, left, GROUPS);
    TILES_LOOK;
    _tile_loadd(6, tile, TILE_LINE);
    for (; times >= 2; times -= 2) {
        PEAK_DP(0, 6, 7);
        PEAK_DP(1, 6, 7);
        PEAK_DP(2, 6, 7);
        PEAK_DP(3, 6, 7);
        PEAK_DP(4, 6, 7);
        PEAK_DP(5, 6, 7);
    }
    for (size_t last = 0; last <= times; last++) { /* what is left of whole tiles, and the rest of the steps */
        if (last == times) {
            peak_fill(tile, left, steps % GROUPS);
            TILES_LOOK;
            _tile_loadd(6, tile, TILE_LINE);
        }
        PEAK_DP(0, 6, 7);
        PEAK_DP(1, 6, 7);
        PEAK_DP(2, 6, 7);
    }
    _tile_stored(0, y, TILE_LINE);
    _tile_stored(1, y + SUMS, TILE_LINE);
    _tile_stored(2, y + 2 * SUMS, TILE_LINE);
    _tile_stored(3, more, TILE_LINE);
    _tile_stored(4, more + SUMS, TILE_LINE);
    _tile_stored(5, more + 2 * SUMS, TILE_LINE);
    _tile_release();
    for (size_t i = 0; i < KERN_PEAK; i++)
        y[i] = y[i] + more[i];
}
