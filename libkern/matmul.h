/* SPDX-License-Identifier: Apache-2.0
 * What the variants of the quantised matrix product share: where things lie in the scratch, and how it is split. */
#ifndef LIBKERN_MATMUL_H
#define LIBKERN_MATMUL_H

#include <kern/kern.h>

/* MM_DEPTH: steps along k whose weights are widened at once, so that they stay in the first-level cache; MM_MOST: columns
 * that are multiplied before the next weights are widened, of at most MM_NEAR bytes, which stay in the second-level
 * cache. MM_TALL: the most rows of a tile. */
enum { MM_DEPTH = 512, MM_MOST = 504, MM_NEAR = 768 << 10, MM_TALL = 32, MM_GROUP = 16 };

/* The scratch of one part. */
struct mm_part {
    uint8_t w[MM_DEPTH * MM_TALL];                                        /* [step / 4][row][step % 4] */
    float scale[MM_DEPTH / 32 * MM_TALL], least[MM_DEPTH / 32 * MM_TALL]; /* [block][row] */
    union {
        float f[(MM_MOST + 8) * MM_TALL];
        int32_t i[(MM_MOST + 8) * MM_TALL];
    } sum;        /* [column][row] */
    int8_t row[]; /* k: a column being quantised */
};

/* What a block of 32 steps needs to know of a column besides its bytes. */
struct mm_meta {
    float scale;
    int32_t start; /* what the integer sum starts from */
    float least;   /* the factor of the minimums */
};

static inline size_t mm_min(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t mm_round(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

/* Columns that the quantised ones take, the last panel of them being wider than is there; and steps that each takes. */
static inline size_t mm_columns(size_t n)
{
    return n + 16;
}

static inline size_t mm_steps_of(size_t k)
{
    return mm_round(k, 64);
}

static inline size_t mm_part_bytes(size_t k)
{
    return mm_round(sizeof(struct mm_part) + k, 64);
}

static inline struct mm_part *mm_part_of(const struct kern_matmul *g)
{
    return (struct mm_part *)(void *)((char *)g->work + g->part * mm_part_bytes(g->k));
}

/* Behind the parts: bytes of all columns, in panels; and their struct mm_meta, per panel, block and column. */
static inline int8_t *mm_bytes(const struct kern_matmul *g)
{
    return (int8_t *)g->work + (g->parts ? g->parts : 1) * mm_part_bytes(g->k);
}

static inline struct mm_meta *mm_metas(const struct kern_matmul *g)
{
    return (struct mm_meta *)(void *)(mm_bytes(g) + mm_columns(g->n) * mm_steps_of(g->k));
}

/* The first of `count` things that belongs to part i of `parts`. */
static inline size_t mm_share(size_t count, size_t i, size_t parts)
{
    return count / parts * i + mm_min(count % parts, i);
}

#endif
