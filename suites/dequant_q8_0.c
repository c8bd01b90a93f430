/* SPDX-License-Identifier: Apache-2.0
 * Binding of dequant/q8_0: one iteration widens a run of Q8_0 blocks (32 values each) to floats. */
#include "suites/quant_util.h"

#include <string.h>

struct state {
    struct bu_state head;
    struct kern_q8_0 *x;
    float *y;
    size_t blocks;
};

static const struct km_param_spec params[] = {
    { .name = "blocks", .min = 1, .max = 1 << 23, .what = "blocks of 32 values" },
    { .name = NULL },
};

static const char *const *variants(void)
{
    return bu_variants("dequant", "q8_0");
}

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    bu_free(s->x);
    bu_free(s->y);
    bu_free(s);
}

static enum km_answer setup(struct km_case *c)
{
    struct state *s = bu_begin(c, sizeof *s, "dequant", "q8_0");
    if (!s)
        return KM_CANNOT;
    uint64_t random = c->seed;
    s->blocks = (size_t)bu_number(c, "blocks");
    s->x = bu_alloc(s->blocks * sizeof *s->x, 0);
    s->y = bu_alloc(s->blocks * KERN_Q8_0_BLOCK * sizeof *s->y, 32);
    if (s->x)
        qu_fill_q8_0(s->x, s->blocks, &random);
    return bu_ready(c, s->x && s->y, teardown);
}

static void run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    kern_dequant_q8_0_fn *dequant = (kern_dequant_q8_0_fn *)s->head.fn;
    for (; iterations; iterations--) {
        dequant(s->y, s->x, s->blocks);
        km_do_not_optimize(s->y);
    }
}

/* Exact: 11 bits times 8 bits fit a float, so even the sign of zero must agree. */
static enum km_answer verify(struct km_case *c)
{
    struct state *s = c->state;
    memset(s->y, 0xff, s->blocks * KERN_Q8_0_BLOCK * sizeof *s->y);
    run(c, 1);
    for (size_t i = 0; i < s->blocks * KERN_Q8_0_BLOCK; i++) {
        float want = (float)qu_q8_0(s->x, i);
        if (memcmp(&s->y[i], &want, sizeof want) != 0)
            return bu_wrong(c, "value %zu is %.9g, the reference says exactly %.9g", i, (double)s->y[i], (double)want);
    }
    return KM_RIGHT;
}

static struct km_cost cost(const struct km_case *c)
{
    double blocks = (double)bu_number(c, "blocks");
    return (struct km_cost){
        .flops = KERN_Q8_0_BLOCK * blocks,
        .bytes = (sizeof(struct kern_q8_0) + KERN_Q8_0_BLOCK * sizeof(float)) * blocks,
        .items = blocks,
        .item = "block",
    };
}

const struct km_op km_op_dequant_q8_0 = { "dequant", "q8_0", 1, params, variants, setup, verify, run, cost, teardown };
