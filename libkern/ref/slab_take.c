/* SPDX-License-Identifier: Apache-2.0
 * Taking a block of a pool: the one given back last, else one that was never taken. */
#include <kern/kern.h>

#include "libkern/slab.h"

void *kern_slab_take_u8_ref(struct kern_slab *s)
{
    size_t i = s->free;
    if (s->free != SLAB_END)
        s->free = s->next[i];
    else if (s->fresh < s->count)
        i = s->fresh++;
    else
        return NULL;
    s->next[i] = SLAB_TAKEN;
    s->used++;
    s->peak = s->used > s->peak ? s->used : s->peak;
    return s->base + i * s->block;
}
