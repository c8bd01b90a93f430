/* SPDX-License-Identifier: Apache-2.0
 * Bindings of dot/q8_0 and dot/q4_0: one iteration is one inner product of a row of weights with a quantised vector. */
#include "suites/quant_util.h"

struct state {
    struct bu_state head;
    void *x;
    struct kern_q8_0 *y;
    size_t blocks;
    float result;
};

static const struct km_param_spec params[] = {
    { .name = "n", .min = 32, .max = 1 << 26, .multiple = 32, .what = "elements of each vector" },
    { .name = NULL },
};

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    bu_free(s->x);
    bu_free(s->y);
    bu_free(s);
}

static enum km_answer setup(struct km_case *c, const char *dtype, size_t bytes,
                            void (*fill)(void *, size_t, uint64_t *))
{
    struct state *s = bu_begin(c, sizeof *s, "dot", dtype);
    if (!s)
        return KM_CANNOT;
    uint64_t random = c->seed;
    s->blocks = (size_t)bu_number(c, "n") / 32;
    s->x = bu_alloc(s->blocks * bytes, 0);
    s->y = bu_alloc(s->blocks * sizeof *s->y, 32);
    if (s->x && s->y) {
        fill(s->x, s->blocks, &random);
        qu_fill_q8_0(s->y, s->blocks, &random);
    }
    return bu_ready(c, s->x && s->y, teardown);
}

/* Tolerance: the bound that quant.h promises. */
static enum km_answer check(struct km_case *c, double (*value)(const void *, size_t))
{
    const struct state *s = c->state;
    double want = 0, magnitude = 0;
    for (size_t i = 0; i < s->blocks * 32; i++) {
        double product = value(s->x, i) * qu_q8_0(s->y, i);
        want += product;
        magnitude += fabs(product);
    }
    return bu_check(c, "the dot product", s->result, want, (double)(s->blocks + 8) * BU_ROUNDOFF * magnitude);
}

#define BINDING(type)                                                                                                  \
    static const char *const *variants_##type(void)                                                                    \
    {                                                                                                                  \
        return bu_variants("dot", #type);                                                                              \
    }                                                                                                                  \
    static enum km_answer setup_##type(struct km_case *c)                                                              \
    {                                                                                                                  \
        return setup(c, #type, sizeof(struct kern_##type), qu_fill_##type);                                            \
    }                                                                                                                  \
    static void run_##type(struct km_case *c, uint64_t iterations)                                                     \
    {                                                                                                                  \
        struct state *s = c->state;                                                                                    \
        kern_dot_##type##_fn *dot = (kern_dot_##type##_fn *)s->head.fn;                                                \
        for (; iterations; iterations--) {                                                                             \
            s->result = dot(s->x, s->y, s->blocks);                                                                    \
            km_do_not_optimize(&s->result);                                                                            \
        }                                                                                                              \
    }                                                                                                                  \
    static enum km_answer verify_##type(struct km_case *c)                                                             \
    {                                                                                                                  \
        ((struct state *)c->state)->result = NAN;                                                                      \
        run_##type(c, 1);                                                                                              \
        return check(c, qu_##type);                                                                                    \
    }                                                                                                                  \
    static struct km_cost cost_##type(const struct km_case *c)                                                         \
    {                                                                                                                  \
        double n = (double)bu_number(c, "n"), bytes = sizeof(struct kern_##type) + sizeof(struct kern_q8_0);           \
        return (struct km_cost){ .flops = 2 * n, .bytes = n / 32 * bytes, .items = n, .item = "element" };             \
    }                                                                                                                  \
    const struct km_op km_op_dot_##type = { "dot",        #type,         1,          params,      variants_##type,     \
                                            setup_##type, verify_##type, run_##type, cost_##type, teardown };

BINDING(q8_0)
BINDING(q4_0)
