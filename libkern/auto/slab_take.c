/* SPDX-License-Identifier: Apache-2.0
 * Taking a block of a pool with one branch that is guessed right once the pool is warm: then the list has blocks. */
#include <kern/kern.h>

#include "libkern/slab.h"

void *kern_slab_take_u8_auto(struct kern_slab *s)
{
    uint32_t i = s->free;
    if (__builtin_expect(i == SLAB_END, 0)) {
        if (s->fresh == s->count)
            return NULL;
        i = (uint32_t)s->fresh++;
    }
    /* The mark of a block that was never taken is the list's end, so both cases end here. */
    s->free = s->next[i];
    s->next[i] = SLAB_TAKEN;
    size_t used = ++s->used;
    s->peak = used > s->peak ? used : s->peak;
    return s->base + i * s->block;
}
