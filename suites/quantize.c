/* SPDX-License-Identifier: Apache-2.0
 * Bindings of quantize/q8_0 and quantize/q4_0: one iteration narrows a run of floats to blocks of 32. */
#include "suites/quant_util.h"

#include <string.h>

struct state {
    struct bu_state head;
    float *x;
    unsigned char *y;
    size_t blocks, block_bytes;
};

static const struct km_param_spec params[] = {
    { .name = "blocks", .min = 1, .max = 1 << 23, .what = "blocks of 32 values" },
    { .name = NULL },
};

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    bu_free(s->x);
    bu_free(s->y);
    bu_free(s);
}

static enum km_answer setup(struct km_case *c, const char *dtype, size_t block_bytes)
{
    struct state *s = bu_begin(c, sizeof *s, "quantize", dtype);
    if (!s)
        return KM_CANNOT;
    uint64_t random = c->seed;
    s->blocks = (size_t)bu_number(c, "blocks");
    s->block_bytes = block_bytes;
    s->x = bu_alloc(s->blocks * 32 * sizeof *s->x, 0);
    s->y = bu_alloc(s->blocks * block_bytes, 32);
    if (s->x)
        bu_fill(s->x, s->blocks * 32, -1, 1, &random);
    return bu_ready(c, s->x && s->y, teardown);
}

/* Each value within `share` of a step, the largest magnitude of its block / levels, and what rounding the scale adds. */
static enum km_answer check(struct km_case *c, double (*value)(const void *, size_t), double levels, double share)
{
    const struct state *s = c->state;
    for (size_t i = 0; i < s->blocks * 32; i++) {
        double max = qu_largest(s->x + i / 32 * 32, 32);
        if (bu_check(c, "a value", value(s->y, i), s->x[i],
                     (share + levels * 0x1p-11 + 0x1p-15) * max / levels + 0x1p-24 * levels) != KM_RIGHT)
            return KM_WRONG;
    }
    return KM_RIGHT;
}

static struct km_cost cost(const struct km_case *c)
{
    const struct state *s = c->state;
    double n = (double)s->blocks;
    return (
        struct km_cost){ .flops = 64 * n, .bytes = n * (128 + (double)s->block_bytes), .items = n, .item = "block" };
}

#define BINDING(type, value, levels, share)                                                                            \
    static const char *const *variants_##type(void)                                                                    \
    {                                                                                                                  \
        return bu_variants("quantize", #type);                                                                         \
    }                                                                                                                  \
    static enum km_answer setup_##type(struct km_case *c)                                                              \
    {                                                                                                                  \
        return setup(c, #type, sizeof(struct kern_##type));                                                            \
    }                                                                                                                  \
    static void run_##type(struct km_case *c, uint64_t iterations)                                                     \
    {                                                                                                                  \
        struct state *s = c->state;                                                                                    \
        kern_quantize_##type##_fn *quantize = (kern_quantize_##type##_fn *)s->head.fn;                                 \
        for (; iterations; iterations--) {                                                                             \
            quantize((struct kern_##type *)(void *)s->y, s->x, s->blocks);                                             \
            km_do_not_optimize(s->y);                                                                                  \
        }                                                                                                              \
    }                                                                                                                  \
    static enum km_answer verify_##type(struct km_case *c)                                                             \
    {                                                                                                                  \
        struct state *s = c->state;                                                                                    \
        memset(s->y, 0x55, s->blocks * s->block_bytes);                                                                \
        run_##type(c, 1);                                                                                              \
        return check(c, value, levels, share);                                                                         \
    }                                                                                                                  \
    const struct km_op km_op_quantize_##type = { "quantize",   #type,         1,          params, variants_##type,     \
                                                 setup_##type, verify_##type, run_##type, cost,   teardown };

BINDING(q8_0, qu_q8_0, 127, 0.5)
BINDING(q4_0, qu_q4_0, 8, 1)
