/* SPDX-License-Identifier: Apache-2.0
 * Where the intermediate results of a step come from, and what that takes: every request goes through here and is counted,
 * so that what a benchmark says about its allocations is what happened. The program that asks is the same for all
 * allocators; it gives each buffer back after its last use. */
#ifndef SUITES_BUFFERS_H
#define SUITES_BUFFERS_H

#include <kern/kern.h>

#include <stddef.h>

enum buffers_from {
    BUFFERS_MALLOC, /* malloc() and free() for every buffer */
    BUFFERS_ARENA,  /* kern_arena: giving back does nothing, all end together with the step */
    BUFFERS_POOL,   /* kern_slab: blocks as large as the largest buffer */
};

struct buffer {
    float *x;
    size_t bytes;
};

/* What happened since buffers_count(). Live: given out and not yet back. */
struct buffers_counts {
    size_t requests, requested;    /* buffers; their bytes */
    size_t system_calls;           /* of these, how often the system's allocator was asked */
    size_t live, most_live;        /* buffers */
    size_t live_bytes, most_bytes; /* without what an allocator adds */
    size_t largest, lined;         /* bytes: of the largest buffer; of all, each up to a whole cache line */
};

struct buffers {
    enum buffers_from from;
    struct kern_arena arena;
    struct kern_slab slab;
    unsigned char *memory; /* of arena or pool */
    size_t size;           /* bytes of it */
    struct buffers_counts counts;
};

/* Begins as BUFFERS_MALLOC, with all 0. After one whole step of that this makes it another one, with room for exactly such
 * a step. Returns -1 without memory. */
int buffers_become(struct buffers *b, enum buffers_from from);

/* Frees what buffers_become() took; all 0 is allowed. */
void buffers_end(struct buffers *b);

/* Room for n floats, not cleared, at 64 bytes (of malloc: where it likes). Without memory the process ends: a step cannot
 * go on, and the runner tells of it. */
struct buffer buffers_take(struct buffers *b, size_t n);
void buffers_give(struct buffers *b, struct buffer one);

/* After a step, when everything is given back. */
void buffers_step(struct buffers *b);

/* Counts from 0 again. */
void buffers_count(struct buffers *b);

/* The bytes that have to be there for a step: what arena or pool hold; with malloc the most that were live, without what
 * it adds itself, which it does not tell. */
size_t buffers_peak(const struct buffers *b);

#endif
