/* SPDX-License-Identifier: Apache-2.0
 * One row of a quantised or two-tier K or V as floats, for the variants without vectors of their own. Before including
 * it: DEQUANT(type), the dequant to use, and WIDEN_HALF(x). */
#ifndef LIBKERN_FLASH_ROW_H
#define LIBKERN_FLASH_ROW_H

#include "libkern/flash.h"

static inline void row_q8_0(float *to, const struct kern_flash *f, const void *x, size_t head, size_t pos)
{
    const struct kern_q8_0 *row = (const struct kern_q8_0 *)x + kern_flash_at(f, head, pos) / KERN_Q8_0_BLOCK;
    DEQUANT(q8_0)(to, row, f->dim / KERN_Q8_0_BLOCK);
}

static inline void row_q4_0(float *to, const struct kern_flash *f, const void *x, size_t head, size_t pos)
{
    const struct kern_q4_0 *row = (const struct kern_q4_0 *)x + kern_flash_at(f, head, pos) / KERN_Q4_0_BLOCK;
    DEQUANT(q4_0)(to, row, f->dim / KERN_Q4_0_BLOCK);
}

static inline void row_tiers(float *to, const struct kern_flash *f, const void *x, size_t head, size_t pos)
{
    const struct kern_kv_tiers *t = x;
    size_t blocks = f->dim / KERN_Q4_0_BLOCK;

    if (pos < t->stored) {
        DEQUANT(q4_0)(to, t->store + (head * t->store_room + pos) * blocks, blocks);
        return;
    }
    const uint16_t *row = t->tail + (head * t->tail_room + pos - t->stored) * f->dim;
    for (size_t i = 0; i < f->dim; i++)
        to[i] = WIDEN_HALF(row[i]);
}

#endif
