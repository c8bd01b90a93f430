/* SPDX-License-Identifier: Apache-2.0
 * Quantised matrix products: wide panels in the tiles of AMX, narrow ones as VNNI does them, with the same bits. */
#include "libkern/avx512amx/tiles.h"

#define MM_TILE                     "libkern/avx512amx/matmul_tile.inc"
#define MM_COLUMNS                  32
#define MM_WIDTHS(X)                X(1) X(2) X(4) X(8) X(16) X(32)
#define MM_UNIT(width)              ((width) < TILE_ROWS ? 4 : 64)
#define MM_PRODUCTS(t, width, kind) mm_wide_tile(t, width, kind)
#define MM_ENTER(kind)              _tile_loadconfig(&mm_shapes[(kind) >= MM_WIDE_WHOLE])
#define MM_LEAVE                    _tile_release()
#include "libkern/avx512/matmul.h"

MATMUL_ALL(avx512amx)
