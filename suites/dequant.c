/* SPDX-License-Identifier: Apache-2.0
 * Binding of dequant/q4_0: one iteration widens a run of Q4_0 blocks (32 weights each) to floats. */
#include "suites/binding_util.h"

#include <kern/kern.h>

#include <math.h>
#include <string.h>

struct state {
    struct bu_state head;
    struct kern_q4_0 *x;
    float *y;
    size_t blocks;
};

static const struct km_param_spec params[] = {
    { .name = "blocks", .min = 1, .max = 1 << 23, .what = "blocks of 32 weights" },
    { .name = NULL },
};

static const char *const *variants(void)
{
    return bu_variants("dequant", "q4_0");
}

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    bu_free(s->x);
    bu_free(s->y);
    bu_free(s);
}

/* Scales between 2^-10 and 2^-4 of either sign, as of trained weights; any nibbles. */
static void fill_block(struct kern_q4_0 *block, uint64_t *random)
{
    uint64_t bits = bu_random(random);
    unsigned exponent = 5 + (unsigned)(bits >> 10) % 6;
    block->d = (uint16_t)((bits & 0x8000) | exponent << 10 | (bits & 0x3ff));
    for (size_t i = 0; i < sizeof block->qs; i++)
        block->qs[i] = (uint8_t)bu_random(random);
}

static enum km_answer setup(struct km_case *c)
{
    struct state *s = bu_begin(c, sizeof *s, "dequant", "q4_0");
    if (!s)
        return KM_CANNOT;
    uint64_t random = c->seed;
    s->blocks = (size_t)bu_number(c, "blocks");
    s->x = bu_alloc(s->blocks * sizeof *s->x, 0);
    s->y = bu_alloc(s->blocks * KERN_Q4_0_BLOCK * sizeof *s->y, 32);
    for (size_t i = 0; s->x && i < s->blocks; i++)
        fill_block(&s->x[i], &random);
    return bu_ready(c, s->x && s->y, teardown);
}

static void run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    kern_dequant_q4_0_fn *dequant = (kern_dequant_q4_0_fn *)s->head.fn;
    for (; iterations; iterations--) {
        dequant(s->y, s->x, s->blocks);
        km_do_not_optimize(s->y);
    }
}

/* A normal binary16 by its definition, so that libkern's conversion is checked too. */
static double half_value(uint16_t h)
{
    double magnitude = ldexp(1024 + (h & 0x3ff), ((h >> 10) & 31) - 25);
    return h & 0x8000 ? -magnitude : magnitude;
}

/* Exact: 11 bits times 4 bits fit a float, so even the sign of zero must agree. */
static enum km_answer verify(struct km_case *c)
{
    struct state *s = c->state;
    memset(s->y, 0xff, s->blocks * KERN_Q4_0_BLOCK * sizeof *s->y);
    run(c, 1);
    for (size_t i = 0; i < s->blocks * KERN_Q4_0_BLOCK; i++) {
        const struct kern_q4_0 *block = &s->x[i / KERN_Q4_0_BLOCK];
        size_t in_block = i % KERN_Q4_0_BLOCK;
        int nibble = in_block < 16 ? block->qs[in_block] & 15 : block->qs[in_block - 16] >> 4;
        float want = (float)(half_value(block->d) * (nibble - 8));
        if (memcmp(&s->y[i], &want, sizeof want) != 0)
            return bu_wrong(c, "weight %zu of block %zu is %.9g, the reference says exactly %.9g", in_block,
                            i / KERN_Q4_0_BLOCK, (double)s->y[i], (double)want);
    }
    return KM_RIGHT;
}

static struct km_cost cost(const struct km_case *c)
{
    double blocks = (double)bu_number(c, "blocks");
    double per_block = sizeof(struct kern_q4_0) + KERN_Q4_0_BLOCK * sizeof(float);
    return (struct km_cost){
        .flops = KERN_Q4_0_BLOCK * blocks, .bytes = per_block * blocks, .items = blocks, .item = "block"
    };
}

const struct km_op km_op_dequant_q4_0 = { "dequant", "q4_0", 1, params, variants, setup, verify, run, cost, teardown };
