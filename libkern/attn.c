/* SPDX-License-Identifier: Apache-2.0
 * Sizes of the scratch memory of attention, the same for every variant. */
#include <kern/kern.h>

#include "libkern/flash.h"

size_t kern_attention_floats(size_t n)
{
    enum { WIDEST = 16 }; /* lanes of the widest vector: scores are written in whole vectors */
    return (n + WIDEST - 1) / WIDEST * WIDEST;
}

size_t kern_flash_floats(const struct kern_flash *f)
{
    struct flash_work w = kern_flash_work(f);
    return w.rows * (2 * f->dim + FLASH_SPLIT * f->dim / 2 + FLASH_STEP + 3) + 2 * f->dim * FLASH_BLOCK;
}
