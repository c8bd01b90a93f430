/* SPDX-License-Identifier: Apache-2.0
 * Binding of slab_take/u8: one iteration is one step of a model, in which `blocks` buffers are taken, each written once,
 * and given back in another order; from a pool, or, for comparison, from malloc(). */
#include "suites/binding_util.h"

#include <kern/kern.h>

#include <stdlib.h>
#include <string.h>

enum { LINE = 64, MOST = 256 };

struct state {
    struct bu_state head;
    struct kern_slab slab;
    unsigned char *memory, *block[MOST]; /* block: those taken */
    size_t bytes, blocks, order[MOST];
    int from_malloc;
};

static const char *const allocators[] = { "pool", "malloc", NULL };

static const struct km_param_spec params[] = {
    { .name = "bytes", .min = 8, .max = 1 << 22, .what = "bytes of a buffer" },
    { .name = "blocks", .min = 1, .max = MOST, .what = "buffers of one step" },
    { .name = "allocator", .words = allocators, .what = "where buffers come from" },
    { .name = NULL },
};

static const char *const *variants(void)
{
    return bu_variants("slab_take", "u8");
}

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    bu_free(s->memory);
    bu_free(s);
}

static enum km_answer setup(struct km_case *c)
{
    struct state *s = bu_begin(c, sizeof *s, "slab_take", "u8");
    uint64_t random = c->seed;
    if (!s)
        return KM_CANNOT;
    s->bytes = (size_t)bu_number(c, "bytes");
    s->blocks = (size_t)bu_number(c, "blocks");
    s->from_malloc = strcmp(bu_word(c, "allocator"), "malloc") == 0;
    for (size_t i = 0; i < s->blocks; i++) { /* a random order (Fisher and Yates) */
        size_t j = (size_t)(bu_random(&random) % (i + 1));
        s->order[i] = s->order[j];
        s->order[j] = i;
    }
    s->memory = bu_alloc(kern_slab_bytes(s->bytes, LINE, s->blocks), 0);
    int ok = s->memory && kern_slab_init(&s->slab, s->memory, s->bytes, LINE, s->blocks) == 0;
    return bu_ready(c, ok, teardown);
}

static void step_pool(struct state *s)
{
    kern_slab_take_u8_fn *take = (kern_slab_take_u8_fn *)s->head.fn;
    for (size_t i = 0; i < s->blocks; i++) {
        s->block[i] = take(&s->slab);
        *s->block[i] = (unsigned char)i;
        km_do_not_optimize(s->block[i]);
    }
    for (size_t i = 0; i < s->blocks; i++)
        kern_slab_give(&s->slab, s->block[s->order[i]]);
}

static void step_malloc(struct state *s)
{
    for (size_t i = 0; i < s->blocks; i++) {
        s->block[i] = malloc(s->bytes);
        if (!s->block[i])
            abort();
        *s->block[i] = (unsigned char)i;
        km_do_not_optimize(s->block[i]);
    }
    for (size_t i = 0; i < s->blocks; i++)
        free(s->block[s->order[i]]);
}

static void run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    for (; iterations; iterations--) {
        if (s->from_malloc)
            step_malloc(s);
        else
            step_pool(s);
    }
}

/* Exact: all blocks and no more, each with its own bytes, aligned, and all taken back. */
static enum km_answer verify(struct km_case *c)
{
    struct state *s = c->state;
    kern_slab_take_u8_fn *take = (kern_slab_take_u8_fn *)s->head.fn;
    unsigned char *block[MOST];
    const size_t blocks = s->blocks;
    for (size_t i = 0; i < blocks; i++) {
        block[i] = take(&s->slab);
        if (!block[i] || (uintptr_t)block[i] % LINE)
            return bu_wrong(c, "block %zu of %zu is missing or misaligned", i, blocks);
        memset(block[i], (int)i, s->bytes);
    }
    if (take(&s->slab))
        return bu_wrong(c, "a block beyond the last of %zu", blocks);
    for (size_t i = 0; i < blocks; i++) {
        for (size_t k = 0; k < s->bytes; k++)
            if (block[i][k] != (unsigned char)i)
                return bu_wrong(c, "block %zu overlaps another one at byte %zu", i, k);
        int once = kern_slab_give(&s->slab, block[i]), twice = kern_slab_give(&s->slab, block[i]);
        if (once != 0 || twice != -1)
            return bu_wrong(c, "block %zu is not taken back once", i);
    }
    return KM_RIGHT;
}

static struct km_cost cost(const struct km_case *c)
{
    return (struct km_cost){ .items = (double)((const struct state *)c->state)->blocks, .item = "allocation" };
}

const struct km_op km_op_slab_take_u8 = { "slab_take", "u8", 1, params, variants, setup, verify, run, cost, teardown };
