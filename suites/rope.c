/* SPDX-License-Identifier: Apache-2.0
 * Bindings of rope/f32 and rope_apply/f32 (one iteration turns all heads of all tokens) and of rope_table/f32 (one
 * iteration builds the rows of all tokens). Turning keeps lengths, so x may be turned again and again. */
#include "suites/binding_util.h"

#include <kern/kern.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { POSITION = 1000 }; /* of the first token */

struct state {
    struct bu_state head;
    struct kern_rope rope;
    float *x, *was, *freq, *table;
    size_t n;
};

static const char *const layouts[] = { "halves", "pairs", NULL };

static const struct km_param_spec params[] = {
    { .name = "dim", .min = 2, .max = 4096, .multiple = 2, .what = "floats of a head" },
    { .name = "tokens", .min = 1, .max = 1 << 16, .what = "tokens" },
    { .name = "heads", .min = 1, .max = 256, .what = "heads of each token" },
    { .name = "layout", .words = layouts, .what = "which two floats are a pair" },
    { .name = NULL },
};

static const struct km_param_spec table_params[] = {
    { .name = "dim", .min = 2, .max = 4096, .multiple = 2, .what = "floats of a head" },
    { .name = "tokens", .min = 1, .max = 1 << 16, .what = "tokens" },
    { .name = NULL },
};

static enum km_answer setup(struct km_case *c, const char *op, size_t heads)
{
    struct state *s = bu_begin(c, sizeof *s, op, "f32");
    if (!s)
        return KM_CANNOT;
    uint64_t random = c->seed;
    const char *layout = bu_word(c, "layout");
    s->rope = (struct kern_rope){ (size_t)bu_number(c, "tokens"), heads, (size_t)bu_number(c, "dim"),
                                  layout && strcmp(layout, "pairs") == 0 ? KERN_ROPE_PAIRS : KERN_ROPE_HALVES };
    s->n = s->rope.tokens * heads * s->rope.dim;
    s->x = bu_floats(c, s->n, 0, -1, 1, &random);
    s->was = bu_take(c, s->n * sizeof *s->was, 0);
    s->freq = bu_take(c, s->rope.dim / 2 * sizeof *s->freq, 16);
    s->table = bu_take(c, s->rope.tokens * s->rope.dim * sizeof *s->table, 32);
    if (!s->head.starved) {
        memcpy(s->was, s->x, s->n * sizeof *s->x);
        kern_rope_freq(s->freq, s->rope.dim, 10000, 1);
        kern_rope_table_f32_ref(s->table, s->freq, POSITION, s->rope.tokens, s->rope.dim);
    }
    return bu_made(c);
}

static void rope_run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    for (; iterations; iterations--) {
        ((kern_rope_f32_fn *)s->head.fn)(s->x, s->freq, POSITION, &s->rope);
        km_do_not_optimize(s->x);
    }
}

static void rope_apply_run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    for (; iterations; iterations--) {
        ((kern_rope_apply_f32_fn *)s->head.fn)(s->x, s->table, &s->rope);
        km_do_not_optimize(s->x);
    }
}

static void rope_table_run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    for (; iterations; iterations--) {
        ((kern_rope_table_f32_fn *)s->head.fn)(s->table, s->freq, POSITION, s->rope.tokens, s->rope.dim);
        km_do_not_optimize(s->table);
    }
}

/* Tolerance: 8 u (|a| + |b|), which vec.h promises for the exact angles, and one u more each for a table of floats. */
static enum km_answer check(struct km_case *c, void (*run)(struct km_case *, uint64_t))
{
    struct state *s = c->state;
    size_t half = s->rope.dim / 2, apart = s->rope.layout == KERN_ROPE_PAIRS ? 1 : half;
    enum km_answer answer = KM_RIGHT;
    memcpy(s->x, s->was, s->n * sizeof *s->x);
    run(c, 1);
    for (size_t k = 0; k < s->n / 2 && answer == KM_RIGHT; k++) {
        size_t i = k % half, row = k / half, at = row * s->rope.dim + (apart == 1 ? 2 * i : i);
        size_t position = POSITION + row / s->rope.heads;
        double angle = (double)position * s->freq[i], a = s->was[at], b = s->was[at + apart];
        double most = 9 * BU_ROUNDOFF * (fabs(a) + fabs(b)) + 4 * BU_TINY;
        char name[48];
        snprintf(name, sizeof name, "x[%zu]", at);
        answer = bu_check(c, name, s->x[at], a * cos(angle) - b * sin(angle), most);
        if (answer == KM_RIGHT)
            answer = bu_check(c, "its partner", s->x[at + apart], b * cos(angle) + a * sin(angle), most);
    }
    memcpy(s->x, s->was, s->n * sizeof *s->x);
    return answer;
}

static enum km_answer rope_verify(struct km_case *c)
{
    return check(c, rope_run);
}

static enum km_answer rope_apply_verify(struct km_case *c)
{
    return check(c, rope_apply_run);
}

/* Tolerance: 4 u, as vec.h promises. */
static enum km_answer rope_table_verify(struct km_case *c)
{
    struct state *s = c->state;
    size_t dim = s->rope.dim;
    enum km_answer answer = KM_RIGHT;
    for (size_t i = 0; i < s->rope.tokens * dim; i++)
        s->table[i] = NAN;
    rope_table_run(c, 1);
    for (size_t i = 0; i < s->rope.tokens * dim && answer == KM_RIGHT; i++) {
        size_t position = POSITION + i / dim;
        double angle = (double)position * s->freq[i % (dim / 2)];
        char name[48];
        snprintf(name, sizeof name, "table[%zu]", i);
        answer = bu_check(c, name, s->table[i], i % dim < dim / 2 ? cos(angle) : sin(angle), 4 * BU_ROUNDOFF);
    }
    return answer;
}

static struct km_cost rope_cost(const struct km_case *c)
{
    const struct state *s = c->state;
    double n = (double)s->n;
    return (struct km_cost){ .flops = 3 * n, .bytes = 8 * n, .items = (double)s->rope.tokens, .item = "token" };
}

static struct km_cost rope_apply_cost(const struct km_case *c)
{
    const struct state *s = c->state;
    struct km_cost cost = rope_cost(c);
    cost.bytes += 4 * (double)(s->rope.tokens * s->rope.dim);
    return cost;
}

static struct km_cost rope_table_cost(const struct km_case *c)
{
    const struct state *s = c->state;
    double n = (double)s->n;
    return (struct km_cost){ .flops = 0, .bytes = 4 * n, .items = (double)s->rope.tokens, .item = "token" };
}

BU_OP_F32(rope, params, setup(c, "rope", (size_t)bu_number(c, "heads")), rope_run, rope_cost)
BU_OP_F32(rope_apply, params, setup(c, "rope_apply", (size_t)bu_number(c, "heads")), rope_apply_run, rope_apply_cost)
BU_OP_F32(rope_table, table_params, setup(c, "rope_table", 1), rope_table_run, rope_table_cost)
