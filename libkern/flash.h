/* SPDX-License-Identifier: Apache-2.0
 * What the variants of flash attention share: block sizes, and where a position lies. */
#ifndef LIBKERN_FLASH_H
#define LIBKERN_FLASH_H

#include <kern/kern.h>

enum {
    FLASH_BLOCK = 64,              /* positions at a time */
    FLASH_STEP = FLASH_BLOCK + 16, /* floats from one row of scores to the next: the last vector may overhang */
    FLASH_PANEL = 6,               /* rows of a matrix product */
    FLASH_SPLIT = 3,               /* bfloat16 numbers that a float is the sum of */
    FLASH_MANY = 16,               /* rows from which packing K and V pays */
    FLASH_CACHE = 48 * 1024,       /* floats that rows may take: a part of any second-level cache */
};

/* A range of positions: from..to-1. */
struct span {
    size_t from, to;
};

/* What query i sees. */
static inline struct span kern_flash_sees(const struct kern_flash *f, size_t i)
{
    size_t next = f->positions - f->queries + i + 1;
    struct span s = { 0, f->causal ? next : f->positions };
    if (f->window && next > f->window)
        s.from = next - f->window;
    return s;
}

/* Elements from the start of K or V to a position of a head. */
static inline size_t kern_flash_at(const struct kern_flash *f, size_t head, size_t pos)
{
    if (!f->table)
        return head * f->kv_head + pos * f->kv_step;
    return f->table[pos / f->page] * f->kv_page + head * f->kv_head + pos % f->page * f->kv_step;
}

/* The same for the scales of rows: a row's number, counting rows of dim elements. */
static inline size_t kern_flash_scale_at(const struct kern_flash *f, size_t head, size_t pos)
{
    return kern_flash_at(f, head, pos) / f->dim;
}

/* How many of n positions from pos on lie kv_step apart. */
static inline size_t kern_flash_run(const struct kern_flash *f, size_t pos, size_t n)
{
    if (!f->table)
        return n;
    size_t left = f->page - pos % f->page;
    return left < n ? left : n;
}

/* What f->state is for. */
static inline void kern_flash_keep(const struct kern_flash *f, size_t query, size_t head, float top, float total)
{
    if (!f->state)
        return;
    float *to = f->state + query * f->state_step + 2 * head;
    to[0] = top;
    to[1] = total;
}

/* Queries at a time, and the rows of scratch memory that they need. */
struct flash_work {
    size_t queries, rows;
};

static inline struct flash_work kern_flash_work(const struct kern_flash *f)
{
    struct flash_work w = { 0, 0 };
    if (!f->kv_heads)
        return w;
    size_t group = f->heads / f->kv_heads, most = FLASH_CACHE / (2 * f->dim + FLASH_STEP) / group;
    w.queries = most < f->queries ? most : f->queries;
    w.queries = w.queries ? w.queries : 1;
    w.rows = (w.queries * group + 15) / 16 * 16 + 16;
    return w;
}

#endif
