/* SPDX-License-Identifier: Apache-2.0
 * Products over a pool: how one is cut into parts, the same for all types. */
#include <kern/threads.h>

#include "libkern/gemm.h"

/* The first of `count` things that belongs to part i of `parts`. */
static size_t share(size_t count, size_t i, size_t parts)
{
    return count / parts * i + gemm_min(count % parts, i);
}

struct box {
    size_t row, rows, column, columns;
};

/* By columns, in whole panels, so that no part packs what another needs; by rows where there are too few of them. */
static struct box box_of(size_t m, size_t n, size_t i, size_t parts)
{
    size_t panels = gemm_panels(n);

    if (panels < parts && m > panels) {
        size_t row = share(m, i, parts);
        return (struct box){ row, share(m, i + 1, parts) - row, 0, n };
    }
    size_t from = gemm_min(share(panels, i, parts) * GEMM_PANEL, n);
    size_t to = gemm_min(share(panels, i + 1, parts) * GEMM_PANEL, n);
    return (struct box){ 0, m, from, to - from };
}

void kern_gemm_part(const struct kern_gemm *g, size_t i, size_t parts, struct kern_gemm *part)
{
    struct box b = box_of(g->m, g->n, i, parts);

    *part = *g;
    part->m = b.rows;
    part->n = b.columns;
    part->work = (char *)g->work + i * kern_gemm_work_size(g->n, g->k, 1);
    if (b.rows == 0 || b.columns == 0)
        return;
    part->a = g->a + b.row * g->lda;
    part->b = g->b ? g->b + b.column : NULL;
    part->packed = g->packed ? g->packed + b.column * g->k : NULL;
    part->c = g->c + b.row * g->ldc + b.column;
    part->bias = g->bias ? g->bias + b.column : NULL;
}

/* `rows` along k are in a packed panel. */
static void part_half(const struct kern_gemm_half *g, size_t i, size_t parts, size_t rows, struct kern_gemm_half *part)
{
    struct box b = box_of(g->m, g->n, i, parts);

    *part = *g;
    part->m = b.rows;
    part->n = b.columns;
    part->work = (char *)g->work + i * kern_gemm_work_size(g->n, g->k, 1);
    if (b.rows == 0 || b.columns == 0)
        return;
    part->a = g->a + b.row * g->lda;
    part->packed = g->packed + b.column * rows;
    part->c = g->c + b.row * g->ldc + b.column;
    part->bias = g->bias ? g->bias + b.column : NULL;
}

void kern_gemm_part_f16(const struct kern_gemm_half *g, size_t i, size_t parts, struct kern_gemm_half *part)
{
    part_half(g, i, parts, g->k, part);
}

void kern_gemm_part_bf16(const struct kern_gemm_half *g, size_t i, size_t parts, struct kern_gemm_half *part)
{
    part_half(g, i, parts, g->k + g->k % 2, part);
}

/* A part has the scratch of its number, so there are as many parts as threads. */
#define OVER_POOL(type, struct_gemm, part_of)                                                                          \
    struct job_##type {                                                                                                \
        kern_gemm_##type##_fn *gemm;                                                                                   \
        const struct_gemm *g;                                                                                          \
        size_t parts;                                                                                                  \
    };                                                                                                                 \
    static void part_##type(void *ctx, size_t i, size_t thread)                                                        \
    {                                                                                                                  \
        const struct job_##type *job = ctx;                                                                            \
        struct_gemm part;                                                                                              \
        (void)thread;                                                                                                  \
        part_of(job->g, i, job->parts, &part);                                                                         \
        job->gemm(&part);                                                                                              \
    }                                                                                                                  \
    void kern_pool_gemm_##type(struct kern_pool *pool, kern_gemm_##type##_fn *gemm, const struct_gemm *g)              \
    {                                                                                                                  \
        struct job_##type job = { gemm, g, kern_pool_threads(pool) };                                                  \
        kern_pool_run(pool, part_##type, &job, job.parts);                                                             \
    }
OVER_POOL(f32, struct kern_gemm, kern_gemm_part)
OVER_POOL(f16, struct kern_gemm_half, kern_gemm_part_f16)
OVER_POOL(bf16, struct kern_gemm_half, kern_gemm_part_bf16)
