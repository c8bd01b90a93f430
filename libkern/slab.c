/* SPDX-License-Identifier: Apache-2.0
 * The pool of blocks but for taking one, which is an operation (slab_take). */
#include <kern/kern.h>

#include "libkern/slab.h"

/* Bytes from one block to the next, or 0. */
static size_t step(size_t bytes, size_t align)
{
    if (bytes == 0 || align == 0 || (align & (align - 1)) != 0 || bytes > SIZE_MAX - (align - 1))
        return 0;
    return (bytes + align - 1) & ~(align - 1);
}

/* The list comes behind the blocks, and both may have to be moved up to their alignment. */
size_t kern_slab_bytes(size_t bytes, size_t align, size_t count)
{
    size_t block = step(bytes, align), blocks, all;
    if (block == 0 || count == 0 || count > KERN_SLAB_MOST || __builtin_mul_overflow(block, count, &blocks) ||
        __builtin_add_overflow(blocks, count * sizeof(uint32_t) + sizeof(uint32_t) - 1, &all) ||
        __builtin_add_overflow(all, align - 1, &all))
        return 0;
    return all;
}

static unsigned char *align_up(unsigned char *p, size_t align)
{
    return p + (size_t)(-(uintptr_t)p & (align - 1));
}

int kern_slab_init(struct kern_slab *s, void *mem, size_t bytes, size_t align, size_t count)
{
    if (!mem || kern_slab_bytes(bytes, align, count) == 0)
        return -1;
    *s = (struct kern_slab){ .block = step(bytes, align), .count = count, .free = SLAB_END };
    s->base = align_up(mem, align);
    s->next = (uint32_t *)(void *)align_up(s->base + s->block * count, sizeof(uint32_t));
    for (size_t i = 0; i < count; i++)
        s->next[i] = SLAB_END;
    return 0;
}

int kern_slab_give(struct kern_slab *s, void *p)
{
    size_t at = (size_t)((uintptr_t)p - (uintptr_t)s->base), i = at / s->block;
    if (i >= s->count || i * s->block != at || s->next[i] != SLAB_TAKEN)
        return -1;
    s->next[i] = s->free;
    s->free = (uint32_t)i;
    s->used--;
    return 0;
}
