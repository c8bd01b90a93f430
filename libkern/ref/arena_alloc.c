/* SPDX-License-Identifier: Apache-2.0
 * Bump allocation, reference: one question at a time. */
#include <kern/kern.h>

void *kern_arena_alloc_u8_ref(struct kern_arena *a, size_t bytes, size_t align)
{
    if (align == 0 || (align & (align - 1)) != 0)
        return NULL;

    size_t rest = a->size - a->used;
    size_t beyond = (size_t)((uintptr_t)a->base + a->used) % align;
    size_t padding = beyond ? align - beyond : 0;
    if (padding > rest || bytes > rest - padding)
        return NULL;

    unsigned char *p = a->base + a->used + padding;
    a->used += padding + bytes;
    return p;
}
