/* SPDX-License-Identifier: Apache-2.0
 * Attention over a pool. The kernel itself does each part, as a smaller problem of the same kind; how a problem is cut
 * follows from its shape alone, and so do the bits of the result. */
#include <float.h>
#include <math.h>
#include <stdint.h>

#include <kern/threads.h>

#include "libkern/flash.h"

enum {
    LINE = 16,    /* floats in a cache line: no two threads' scratch shares one */
    PARTS = 64,   /* about as many chunks of positions as that, over all heads: enough for that many threads, */
    LEAST = 256,  /* but none with fewer positions */
    COLUMNS = 16, /* that dim is a multiple of */
};

struct job {
    kern_flash_f32_fn *flash; /* all types have the same function type */
    const struct kern_flash *f;
    size_t bytes, per;            /* of so many elements of K and V; 0 with tiers */
    size_t group;                 /* query heads that share a head of K and V */
    struct span sees;             /* one query */
    size_t chunk, chunks;         /* positions; how many chunks a head has */
    size_t queries, blocks;       /* at a time; how many blocks of queries */
    size_t work_each;             /* floats of scratch of a thread */
    float *work, *partial, *kept; /* of the threads; of chunks: [head][chunk][group][dim], and top and sum */
};

static size_t lines(size_t floats)
{
    return (floats + LINE - 1) / LINE * LINE;
}

static void cut_positions(struct job *j)
{
    const struct kern_flash *f = j->f;

    if (f->queries != 1 || f->kv_heads == 0)
        return;
    j->sees = kern_flash_sees(f, 0);
    size_t n = j->sees.to - j->sees.from, each = n / PARTS * f->kv_heads / FLASH_BLOCK * FLASH_BLOCK;
    j->chunk = each < LEAST ? LEAST : each;
    j->chunks = (n + j->chunk - 1) / j->chunk;
}

/* Blocks of as many queries as the kernel itself takes at a time. A window that does not end at the query depends on
 * where the query stands among all, which a part would not know. */
static void cut_queries(struct job *j)
{
    const struct kern_flash *f = j->f;
    struct flash_work w = kern_flash_work(f);

    j->queries = f->causal || !f->window ? w.queries : f->queries;
    j->blocks = j->queries ? (f->queries + j->queries - 1) / j->queries : 0;
}

static struct job job_of(const struct kern_flash *f, size_t threads)
{
    struct job j = { .f = f, .group = f->kv_heads ? f->heads / f->kv_heads : 0, .chunks = 1 };

    cut_positions(&j);
    cut_queries(&j);
    j.work_each = lines(kern_flash_floats(f));
    j.work = f->work;
    j.partial = j.work ? j.work + threads * j.work_each : NULL;
    j.kept = j.work ? j.partial + (j.chunks > 1 ? f->heads * j.chunks * f->dim : 0) : NULL;
    return j;
}

size_t kern_pool_flash_floats(const struct kern_flash *f, size_t threads)
{
    struct kern_flash shape = *f;
    shape.work = NULL;
    struct job j = job_of(&shape, threads);

    return threads * j.work_each + (j.chunks > 1 ? f->heads * j.chunks * (f->dim + 2) : 0);
}

/* A part of the job, and what it points to if there are tiers. */
struct part {
    struct kern_flash f;
    struct kern_kv_tiers k, v;
};

static struct kern_kv_tiers tiers_of(const struct kern_kv_tiers *all, size_t head)
{
    struct kern_kv_tiers t = *all;

    t.tail += head * t.tail_room * t.dim;
    t.store += head * t.store_room * (t.dim / KERN_Q4_0_BLOCK);
    t.heads = 1;
    return t;
}

static void point_to(struct part *part, const struct job *j, size_t head)
{
    struct kern_flash *p = &part->f;
    size_t at = head * p->kv_head;

    if (!j->bytes) {
        part->k = tiers_of(p->k, head);
        part->v = tiers_of(p->v, head);
        p->k = &part->k;
        p->v = &part->v;
        return;
    }
    p->k = (const char *)p->k + at / j->per * j->bytes;
    p->v = (const char *)p->v + at / j->per * j->bytes;
    p->k_scale = p->k_scale ? p->k_scale + at / p->dim : NULL;
    p->v_scale = p->v_scale ? p->v_scale + at / p->dim : NULL;
}

/* The problem of one head of K and V and the query heads that share it, in *part. */
static struct kern_flash *head_of(struct part *part, const struct job *j, size_t head, size_t thread)
{
    struct kern_flash *p = &part->f;
    size_t query = head * j->group;

    *p = *j->f;
    point_to(part, j, head);
    p->q += query * p->dim;
    p->out += query * p->dim;
    p->state = p->state ? p->state + 2 * query : NULL;
    p->heads = j->group;
    p->kv_heads = 1;
    p->work = j->work + thread * j->work_each;
    return p;
}

/* Blocks of queries in turn, and of each all heads, so that every thread has short and long ones. */
static void queries_part(void *ctx, size_t part, size_t thread)
{
    const struct job *j = ctx;
    size_t heads = j->f->kv_heads, query = part / heads * j->queries, left = j->f->queries - query;
    struct part own;
    struct kern_flash *p = head_of(&own, j, part % heads, thread);

    p->q += query * p->q_step;
    p->out += query * p->q_step;
    p->state = p->state ? p->state + query * p->state_step : NULL;
    p->queries = left < j->queries ? left : j->queries;
    if (p->causal)
        p->positions -= left - p->queries;
    j->flash(p);
}

/* One query sees just the chunk if the chunk's last position is its own and the window as long as the chunk. */
static void chunk_part(void *ctx, size_t part, size_t thread)
{
    const struct job *j = ctx;
    size_t head = part / j->chunks, from = j->sees.from + part % j->chunks * j->chunk;
    struct part own;
    struct kern_flash *p = head_of(&own, j, head, thread);

    p->positions = j->sees.to - from < j->chunk ? j->sees.to : from + j->chunk;
    p->window = p->positions - from;
    p->causal = 1;
    p->out = j->partial + part * j->group * p->dim;
    p->state = j->kept + part * j->group * 2;
    j->flash(p);
}

/* out += weight * part of one head. */
static void add(float *restrict out, const float *restrict part, float weight, size_t dim)
{
    for (size_t i = 0; i < dim; i += COLUMNS)
        for (size_t c = 0; c < COLUMNS; c++)
            out[i + c] += weight * part[i + c];
}

/* The chunks of query head `row` of a head of K and V, in the order of their positions. */
static void merge(const struct job *j, size_t head, size_t row)
{
    const struct kern_flash *f = j->f;
    size_t first = head * j->chunks, query = head * j->group + row;
    const float *kept = j->kept + (first * j->group + row) * 2, *part = j->partial + (first * j->group + row) * f->dim;
    float *out = f->out + query * f->dim, top = -FLT_MAX, total = 0;

    for (size_t c = 0; c < j->chunks; c++)
        top = kept[c * j->group * 2] > top ? kept[c * j->group * 2] : top;
    for (size_t c = 0; c < j->chunks; c++)
        total += kept[c * j->group * 2 + 1] * expf(kept[c * j->group * 2] - top);
    for (size_t i = 0; i < f->dim; i++)
        out[i] = 0;
    for (size_t c = 0; c < j->chunks; c++)
        add(out, part + c * j->group * f->dim, kept[c * j->group * 2 + 1] * expf(kept[c * j->group * 2] - top) / total,
            f->dim);
    kern_flash_keep(f, 0, query, top, total);
}

static void merge_part(void *ctx, size_t head, size_t thread)
{
    const struct job *j = ctx;

    (void)thread;
    for (size_t row = 0; row < j->group; row++)
        merge(j, head, row);
}

static void over_pool(struct kern_pool *pool, kern_flash_f32_fn *flash, const struct kern_flash *f, size_t bytes,
                      size_t per)
{
    struct job j = job_of(f, kern_pool_threads(pool));

    j.flash = flash;
    j.bytes = bytes;
    j.per = per;
    if (j.chunks <= 1) {
        kern_pool_run(pool, queries_part, &j, j.blocks * f->kv_heads);
        return;
    }
    kern_pool_run(pool, chunk_part, &j, j.chunks * f->kv_heads);
    kern_pool_run(pool, merge_part, &j, f->kv_heads);
}

#define OVER_POOL(type, bytes, per)                                                                                    \
    void kern_pool_flash_##type(struct kern_pool *pool, kern_flash_##type##_fn *flash, const struct kern_flash *f)     \
    {                                                                                                                  \
        over_pool(pool, flash, f, bytes, per);                                                                         \
    }
OVER_POOL(f32, sizeof(float), 1)
OVER_POOL(f16, sizeof(uint16_t), 1)
OVER_POOL(bf16, sizeof(uint16_t), 1)
OVER_POOL(i8, sizeof(int8_t), 1)
OVER_POOL(q8_0, sizeof(struct kern_q8_0), KERN_Q8_0_BLOCK)
OVER_POOL(q4_0, sizeof(struct kern_q4_0), KERN_Q4_0_BLOCK)
OVER_POOL(tiers, 0, 0)

/* --- heads of their own -------------------------------------------------------------------------------------------*/

struct heads {
    kern_attention_f32_fn *attention;
    float *out, *work;
    const float *q, *k, *v;
    size_t n, dim;
    float scale;
};

size_t kern_pool_attention_floats(size_t n)
{
    return lines(kern_attention_floats(n));
}

static void head_part(void *ctx, size_t head, size_t thread)
{
    const struct heads *h = ctx;
    size_t at = head * h->dim, history = at * h->n;

    h->attention(h->out + at, h->q + at, h->k + history, h->v + history, h->n, h->dim, h->scale,
                 h->work + thread * kern_pool_attention_floats(h->n));
}

void kern_pool_attention_f32(struct kern_pool *pool, kern_attention_f32_fn *attention, float *out, const float *q,
                             const float *k, const float *v, size_t heads, size_t n, size_t dim, float scale,
                             float *work)
{
    struct heads h = { attention, out, work, q, k, v, n, dim, scale };

    kern_pool_run(pool, head_part, &h, heads);
}
