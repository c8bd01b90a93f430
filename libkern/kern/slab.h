/* SPDX-License-Identifier: Apache-2.0
 * A pool of blocks of one size, beside the arena: for what does not end together, like the buffers of conversations that
 * come and go. Memory is the caller's; taking and giving back are a few instructions each, whatever came before.
 * (Threads have a pool of their own name: <kern/pool.h>.)
 *
 * Giving back what is not the pool's, or what it has already, is noticed, always: the list of free blocks lies outside
 * the blocks, where no stray write through an old pointer reaches it. The last block given back is the next one taken,
 * as it is the warmest. Not thread-safe: one pool per thread.
 *
 * Source of the free list by number: B. Kenwright, Fast Efficient Fixed-Size Memory Pool, 2012.
 *
 * Compiles alone as C11 and as C++17. */
#ifndef KERN_SLAB_H
#define KERN_SLAB_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { KERN_SLAB_MOST = 1 << 30 }; /* blocks */

struct kern_slab {
    unsigned char *base; /* first block */
    uint32_t *next;      /* of each block: the free one behind it in the list, or a mark */
    size_t block, count; /* bytes from one block to the next; blocks */
    size_t fresh;        /* blocks from here on were never taken */
    size_t used, peak;   /* blocks that are taken; the most that ever were */
    uint32_t free;       /* first of the list, or a mark */
};

/* Bytes that a pool of count blocks needs, each `bytes` long at addresses that are multiples of align; 0 if bytes or
 * count is 0, count is more than KERN_SLAB_MOST, align is not a power of two, or the sum does not fit in size_t. */
size_t kern_slab_bytes(size_t bytes, size_t align, size_t count);

/* A pool with all blocks free over kern_slab_bytes() of memory, which must outlive it. Returns -1 and leaves *s as it was
 * if that is 0 or mem is NULL; else 0. */
int kern_slab_init(struct kern_slab *s, void *mem, size_t bytes, size_t align, size_t count);

/* kern_slab_take_u8(s): a block, not cleared, or NULL if all are taken (see kern.def; there is nothing to vectorise, hence
 * only ref and auto). */

/* Gives a block back. Returns -1 and changes nothing if p is not the start of a block of s or is free already. */
int kern_slab_give(struct kern_slab *s, void *p);

#ifdef __cplusplus
}
#endif
#endif
