/* SPDX-License-Identifier: Apache-2.0
 * The tiles of AMX: eight registers of up to 16 rows of 64 bytes. Here always four of 16 x 16 sums, 0 to 3, two of the
 * left operand, 4 and 5, 16 rows of numbers as they follow each other, and two of the right one, 6 and 7, whose rows are
 * 16 groups of 4 bytes, of numbers that lie below each other.
 * Source: Intel SDM volume 1, section 18, and volume 2, LDTILECFG and TDPBF16PS. */
#ifndef LIBKERN_AVX512AMX_TILES_H
#define LIBKERN_AVX512AMX_TILES_H

#include <immintrin.h>
#include <stdint.h>

enum { TILE_ROWS = 16, TILE_BYTES = 1024, TILE_LINE = 64 };

/* As LDTILECFG reads it. */
struct tiles_shape {
    uint8_t palette, start_row, zeros[14];
    uint16_t width[16]; /* bytes of a row */
    uint8_t rows[16];
};

/* `bytes` of each row of the left operand, 4 per row of the right one. */
#define TILES_SHAPE(bytes)                                                                                             \
    {                                                                                                                  \
        .palette = 1, .width = { 64, 64, 64, 64, bytes, bytes, 64, 64 }, .rows = {                                     \
            16,                                                                                                        \
            16,                                                                                                        \
            16,                                                                                                        \
            16,                                                                                                        \
            16,                                                                                                        \
            16,                                                                                                        \
            (bytes) / 4,                                                                                               \
            (bytes) / 4                                                                                                \
        }                                                                                                              \
    }

/* The compilers' intrinsics say what a tile is loaded from by its address alone, and stores before it might wait. */
#define TILES_LOOK __asm__ volatile("" ::: "memory")

#endif
