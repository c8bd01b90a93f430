/* SPDX-License-Identifier: Apache-2.0
 * Attention of many queries in the tiles of AMX, part of attn_flash.h.
 *
 * A float is exactly the sum of three bfloat16 numbers, each with the next 8 of its 24 bits; a number of K and V is one of
 * two, of i8 it is one. All products of their parts are summed but that of the third and the second: it is below 2^-22 of
 * the whole, less than what the promised bound has to spare. (Henry, Tang and Heinecke, "Leveraging the bfloat16 artificial
 * intelligence datatype for higher-precision computations", arXiv:1904.06376.) Tiles take numbers below 2^-126 for 0:
 * these types have none, and parts of a query or a power so small are within the bound's n 2^-125. */
#ifndef LIBKERN_AVX512AMX_FLASH_TILES_H
#define LIBKERN_AVX512AMX_FLASH_TILES_H

#include "libkern/avx512amx/tiles.h"

enum {
    FLASH_ROWS = 32,  /* two tiles of queries */
    FLASH_DEPTH = 32, /* numbers along the sums that a tile takes */
};

/* Of two vectors of floats the upper halves, in order. */
static const uint16_t tiles_odd[] = { 1,  3,  5,  7,  9,  11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31,
                                      33, 35, 37, 39, 41, 43, 45, 47, 49, 51, 53, 55, 57, 59, 61, 63 };

/* The upper half of each float; the lower one is zeros. */
static inline vf vupper(vf x)
{
    return _mm512_castsi512_ps(_mm512_and_si512(_mm512_castps_si512(x), _mm512_set1_epi32(-65536)));
}

/* The parts of n floats, n a multiple of 16, `apart` numbers from one part to the next. */
static inline void split(uint16_t *to, size_t apart, const float *from, size_t n)
{
    for (size_t i = 0; i < n; i += LANES) {
        vf x = vload_f32(from + i);
        UNROLL for (int part = 0; part < FLASH_SPLIT; part++)
        {
            __m512i high = _mm512_srli_epi32(_mm512_castps_si512(x), 16);
            _mm256_storeu_si256((__m256i *)(void *)(to + (size_t)part * apart + i), _mm512_cvtepi32_epi16(high));
            x = vsub(x, vupper(x));
        }
    }
}

/* q as [part][row][dim]. */
static inline void rows_split(const struct rows *r, size_t n)
{
    split((uint16_t *)(void *)r->split, n * r->f->dim, r->q, n * r->f->dim);
}

/* What two tiles of rows are multiplied with: parts of the left and of the right operand. */
struct factors {
    const uint16_t *left; /* [part][row][number] */
    size_t left_row, left_part;
    const uint16_t *right; /* [part][pair of numbers][column][2] */
    size_t right_row, right_part;
    int parts; /* of the right one, 1 or 2 */
};

/* Adds a part of the left operand times the part of the right one that is in tiles 6 and 7. */
static inline void tiles_times(const struct factors *f, const int left)
{
    const uint16_t *a = f->left + (size_t)left * f->left_part;
    size_t row = f->left_row * sizeof *a;

    _tile_loadd(4, a, row);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_loadd(5, a + TILE_ROWS * f->left_row, row);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
}

static inline void tiles_right(const struct factors *f, const int part)
{
    const uint16_t *b = f->right + (size_t)part * f->right_part;
    size_t row = f->right_row * sizeof *b;

    _tile_loadd(6, b, row);
    _tile_loadd(7, b + 2 * TILE_ROWS, row);
}

/* c (+)= left * right: 32 x 32 sums along `depth` numbers, small products first. */
static inline void tiles_multiply(float *c, size_t c_row, struct factors f, size_t depth, int add)
{
    size_t row = c_row * sizeof *c;
    float *below = c + TILE_ROWS * c_row;

    TILES_LOOK;
    if (add) {
        _tile_loadd(0, c, row);
        _tile_loadd(1, c + TILE_ROWS, row);
        _tile_loadd(2, below, row);
        _tile_loadd(3, below + TILE_ROWS, row);
    } else {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    }
    for (size_t d = 0; d < depth; d += FLASH_DEPTH) {
        if (f.parts > 1) {
            tiles_right(&f, 1);
            tiles_times(&f, 1);
            tiles_times(&f, 0);
        }
        tiles_right(&f, 0);
        tiles_times(&f, 2);
        tiles_times(&f, 1);
        tiles_times(&f, 0);
        f.left += FLASH_DEPTH;
        f.right += FLASH_DEPTH / 2 * f.right_row;
    }
    _tile_stored(0, c, row);
    _tile_stored(1, c + TILE_ROWS, row);
    _tile_stored(2, below, row);
    _tile_stored(3, below + TILE_ROWS, row);
}

/* Scores of 32 rows and the first n positions of a block. */
static void tiles_scores(const struct rows *r, size_t row, size_t padded, size_t n, int parts)
{
    size_t dim = r->f->dim;
    struct factors f = { .left = (const uint16_t *)(const void *)r->split + row * dim,
                         .left_row = dim,
                         .left_part = padded * dim,
                         .right_row = 2 * FLASH_BLOCK,
                         .right_part = dim * FLASH_BLOCK,
                         .parts = parts };

    for (size_t j = 0; j < n; j += 2 * TILE_ROWS) {
        f.right = (const uint16_t *)(const void *)r->kt + 2 * j;
        tiles_multiply(r->s + row * FLASH_STEP + j, FLASH_STEP, f, dim, 0);
    }
}

/* Multiplies rows with their shrink and adds the powers of n positions times V. Behind n the powers are zeros. */
static void tiles_mix(const struct rows *r, size_t row, size_t rows, size_t n, int parts)
{
    size_t dim = r->f->dim;
    uint16_t powers[FLASH_SPLIT][FLASH_ROWS][FLASH_BLOCK];
    struct factors f = { .left = powers[0][0],
                         .left_row = FLASH_BLOCK,
                         .left_part = FLASH_ROWS * FLASH_BLOCK,
                         .right_row = 2 * dim,
                         .right_part = dim * FLASH_BLOCK,
                         .parts = parts };

    for (size_t i = 0; i < rows; i++) {
        float *s = r->s + (row + i) * FLASH_STEP, *o = r->o + (row + i) * dim, shrink = r->shrink[row + i];
        size_t whole = (n + FLASH_DEPTH - 1) / FLASH_DEPTH * FLASH_DEPTH;
        for (size_t j = (n + LANES - 1) / LANES * LANES; j < whole; j += LANES)
            vstore(s + j, vset(0));
        split(powers[0][i], FLASH_ROWS * FLASH_BLOCK, s, whole);
        for (size_t d = 0; shrink != 1 && d < dim; d += LANES)
            vstore(o + d, vmul(vload_f32(o + d), vset(shrink)));
    }
    for (size_t d = 0; d < dim; d += 2 * TILE_ROWS) {
        f.right = (const uint16_t *)(const void *)r->vp + 2 * d;
        tiles_multiply(r->o + row * dim + d, dim, f, n, 1);
    }
}

#endif
