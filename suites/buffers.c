/* SPDX-License-Identifier: Apache-2.0 */
#include "suites/buffers.h"

#include "suites/binding_util.h"

#include <stdlib.h>

enum { LINE = 64 };

static size_t lines(size_t bytes)
{
    return (bytes + LINE - 1) / LINE * LINE;
}

int buffers_become(struct buffers *b, enum buffers_from from)
{
    const struct buffers_counts *had = &b->counts;
    if (from == BUFFERS_MALLOC)
        return 0;
    b->size = from == BUFFERS_ARENA ? had->lined : kern_slab_bytes(had->largest, LINE, had->most_live);
    b->memory = b->size ? bu_alloc(b->size, 0) : NULL;
    if (!b->memory)
        return -1;
    b->from = from;
    if (from == BUFFERS_POOL)
        return kern_slab_init(&b->slab, b->memory, had->largest, LINE, had->most_live);
    kern_arena_init(&b->arena, b->memory, b->size);
    return 0;
}

void buffers_end(struct buffers *b)
{
    bu_free(b->memory);
    b->memory = NULL;
}

static void count(struct buffers_counts *c, size_t bytes)
{
    c->requests++;
    c->requested += bytes;
    c->lined += lines(bytes);
    c->live++;
    c->live_bytes += bytes;
    if (c->live > c->most_live)
        c->most_live = c->live;
    if (c->live_bytes > c->most_bytes)
        c->most_bytes = c->live_bytes;
    if (bytes > c->largest)
        c->largest = bytes;
}

static void *from_system(struct buffers *b, size_t bytes)
{
    b->counts.system_calls++;
    return malloc(bytes);
}

struct buffer buffers_take(struct buffers *b, size_t n)
{
    struct buffer one = { NULL, n * sizeof(float) };
    count(&b->counts, one.bytes);
    if (b->from == BUFFERS_ARENA)
        one.x = kern_arena_alloc_u8(&b->arena, one.bytes, LINE);
    else if (b->from == BUFFERS_POOL)
        one.x = kern_slab_take_u8(&b->slab);
    else
        one.x = from_system(b, one.bytes);
    if (!one.x)
        abort();
    return one;
}

void buffers_give(struct buffers *b, struct buffer one)
{
    b->counts.live--;
    b->counts.live_bytes -= one.bytes;
    if (b->from == BUFFERS_POOL)
        kern_slab_give(&b->slab, one.x);
    else if (b->from == BUFFERS_MALLOC)
        free(one.x);
}

void buffers_step(struct buffers *b)
{
    if (b->from == BUFFERS_ARENA)
        kern_arena_reset(&b->arena);
}

void buffers_count(struct buffers *b)
{
    b->counts = (struct buffers_counts){ 0 };
}

size_t buffers_peak(const struct buffers *b)
{
    return b->from == BUFFERS_MALLOC ? b->counts.most_bytes : b->size;
}
