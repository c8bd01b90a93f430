/* SPDX-License-Identifier: Apache-2.0
 * Flash attention of many queries in tiles, for the types of K and V that are sums of at most two bfloat16 numbers: the
 * shared body with blocks of its own. Few queries are as AVX-512 does them. */
#include <float.h>
#include <math.h>

#include <kern/kern.h>

#include "libkern/avx512/lanes.h"
#include "libkern/avx512/lanes_quant.h"
#include "libkern/avx512amx/tiles.h"

#define FLASH_TILES  "libkern/avx512amx/flash_tiles.h"
#define FLASH_BLOCKS "libkern/avx512amx/flash_block.inc"

#define TYPE    uint16_t
#define VLOAD   vload_f16
#define NAME(x) x##_f16
#define PARTS   2
#include "libkern/attn_flash.h"

#define TYPE    int8_t
#define VLOAD   vload_i8
#define NAME(x) x##_i8
#define PARTS   1
#define SCALED
#include "libkern/attn_flash.h"

#define TYPE    struct kern_q4_0
#define VLOAD   vload_q4_0
#define NAME(x) x##_q4_0
#define PER     KERN_Q4_0_BLOCK
#define PARTS   2
#include "libkern/attn_flash.h"

#include "libkern/attn_tiers.h"

static const struct tiles_shape shape = TILES_SHAPE(64);

/* Rows that do not fill one tile: 16 of them took AMX 1.08 times as long, 32 of them 0.74. */
static int is_few(const struct kern_flash *f)
{
    return f->kv_heads == 0 || f->queries * (f->heads / f->kv_heads) <= TILE_ROWS;
}

#define FLASH(type, attend)                                                                                            \
    void kern_flash_##type##_avx512amx(const struct kern_flash *f)                                                     \
    {                                                                                                                  \
        if (is_few(f)) {                                                                                               \
            kern_flash_##type##_avx512(f);                                                                             \
            return;                                                                                                    \
        }                                                                                                              \
        _tile_loadconfig(&shape);                                                                                      \
        attend;                                                                                                        \
        _tile_release();                                                                                               \
    }
FLASH(f16, flash_f16(f))
FLASH(i8, flash_i8(f))
FLASH(q4_0, flash_q4_0(f))
FLASH(tiers, flash_all(f, tiers_add))
