/* SPDX-License-Identifier: Apache-2.0
 * Binding of kv_migrate/q4_0: one iteration moves a batch of rows of f16 to Q4_0. */
#include "suites/binding_util.h"

#include <kern/kern.h>

#include <math.h>

struct state {
    struct bu_state head;
    uint16_t *from;
    struct kern_q4_0 *to;
    size_t rows, dim;
};

static const struct km_param_spec params[] = {
    { .name = "rows", .min = 1, .max = 1 << 20, .what = "positions times heads that leave the tail" },
    { .name = "dim", .min = 32, .max = KERN_HEAD_MOST, .multiple = 32, .what = "elements of one row" },
    { .name = NULL },
};

static const char *const *variants(void)
{
    return bu_variants("kv_migrate", "q4_0");
}

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    bu_free(s->from);
    bu_free(s->to);
    bu_free(s);
}

static enum km_answer setup(struct km_case *c)
{
    struct state *s = bu_begin(c, sizeof *s, "kv_migrate", "q4_0");
    if (!s)
        return KM_CANNOT;
    uint64_t random = c->seed;
    s->rows = (size_t)bu_number(c, "rows");
    s->dim = (size_t)bu_number(c, "dim");
    size_t n = s->rows * s->dim;
    s->from = bu_alloc(n * sizeof *s->from, 0);
    s->to = bu_alloc(n / KERN_Q4_0_BLOCK * sizeof *s->to, 16);
    for (size_t i = 0; i < n && s->from; i++) {
        float x;
        bu_fill(&x, 1, -1, 1, &random);
        s->from[i] = kern_f32_to_f16(x);
    }
    return bu_ready(c, s->from && s->to, teardown);
}

static void run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    kern_kv_migrate_q4_0_fn *migrate = (kern_kv_migrate_q4_0_fn *)s->head.fn;
    for (; iterations; iterations--) {
        migrate(s->to, s->from, s->rows * s->dim / KERN_Q4_0_BLOCK);
        km_do_not_optimize(s->to);
    }
}

/* Tolerance: what kern/attn.h promises of a value that is read back, a step and the rounding of the step. */
static enum km_answer verify(struct km_case *c)
{
    struct state *s = c->state;
    enum km_answer answer = KM_RIGHT;
    run(c, 1);
    for (size_t b = 0; b < s->rows * s->dim / KERN_Q4_0_BLOCK && answer == KM_RIGHT; b++) {
        double step = fabs((double)kern_f16_to_f32(s->to[b].d));
        for (size_t i = 0; i < KERN_Q4_0_BLOCK && answer == KM_RIGHT; i++) {
            int q = i < 16 ? s->to[b].qs[i] & 15 : s->to[b].qs[i - 16] >> 4;
            double x = kern_f16_to_f32(s->from[b * KERN_Q4_0_BLOCK + i]);
            double got = (double)kern_f16_to_f32(s->to[b].d) * (q - 8);
            answer = bu_check(c, "a value", got, x, step + fabs(x) * 0x1p-10 + 0x1p-21);
        }
    }
    return answer;
}

static struct km_cost cost(const struct km_case *c)
{
    double n = (double)(bu_number(c, "rows") * bu_number(c, "dim"));
    return (struct km_cost){ .bytes = n * (2 + 18.0 / 32), .items = n / 32, .item = "block" };
}

const struct km_op km_op_kv_migrate_q4_0 = { "kv_migrate", "q4_0", 1,   params, variants,
                                             setup,        verify, run, cost,   teardown };
