/* SPDX-License-Identifier: Apache-2.0
 * The arena but for its allocation, which is an operation with variants (arena_alloc). */
#include <kern/kern.h>

void kern_arena_init(struct kern_arena *a, void *mem, size_t size)
{
    *a = (struct kern_arena){ .base = mem, .size = mem ? size : 0 };
}

size_t kern_arena_peak(const struct kern_arena *a)
{
    return a->used > a->peak ? a->used : a->peak;
}

void kern_arena_reset(struct kern_arena *a)
{
    a->peak = kern_arena_peak(a);
    a->used = 0;
}
