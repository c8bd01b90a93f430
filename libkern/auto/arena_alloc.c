/* SPDX-License-Identifier: Apache-2.0
 * Bump allocation with a mask for the division and one branch for all reasons to refuse. */
#include <kern/kern.h>

void *kern_arena_alloc_u8_auto(struct kern_arena *a, size_t bytes, size_t align)
{
    size_t below = align - 1; /* wraps for 0, where the last term then fails it */
    size_t padding = (size_t)(-((uintptr_t)a->base + a->used)) & below;
    size_t end;
    int bad = __builtin_add_overflow(a->used + padding, bytes, &end);

    /* used + padding itself can wrap only if padding is beyond the arena's end; used <= size catches it. */
    bad |= (padding > a->size - a->used) | (end > a->size) | ((align & below) != 0) | (align == 0);
    if (__builtin_expect(bad, 0))
        return NULL;
    a->used = end;
    return a->base + (end - bytes);
}
