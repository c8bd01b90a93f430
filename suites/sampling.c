/* SPDX-License-Identifier: Apache-2.0
 * Bindings of axpy/f32, argmax/f32, topk/f32 and topp/f32: one iteration is one vector of n floats, which for the last
 * two are the logits or probabilities of a vocabulary, peaked as a language model's are. */
#include "suites/binding_util.h"

#include <kern/kern.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

struct state {
    struct bu_state head;
    float *x, *y, *values, *was;
    uint32_t *index;
    void *work;
    size_t n, k;
    float top_p, random;
    size_t result;
};

static const struct km_param_spec params[] = {
    { .name = "n", .min = 1, .max = 1 << 22, .what = "elements of the vector" },
    { .name = NULL },
};

static const struct km_param_spec topk_params[] = {
    { .name = "n", .min = 1, .max = 1 << 22, .what = "elements of the vector" },
    { .name = "k", .min = 1, .max = 1024, .what = "how many of the largest" },
    { .name = NULL },
};

static const struct km_param_spec topp_params[] = {
    { .name = "n", .min = 1, .max = 1 << 22, .what = "tokens of the vocabulary" },
    { .name = "percent", .min = 0, .max = 100, .what = "percent of the probability to draw from" },
    { .name = NULL },
};

static enum km_answer setup(struct km_case *c, const char *op)
{
    struct state *s = bu_begin(c, sizeof *s, op, "f32");
    if (!s)
        return KM_CANNOT;
    uint64_t random = c->seed;
    s->n = (size_t)bu_number(c, "n");
    s->k = (size_t)bu_number(c, "k");
    s->top_p = (float)bu_number(c, "percent") / 100;
    s->random = 0.3f;
    s->x = bu_floats(c, s->n, 0, -8, 8, &random);
    s->y = bu_floats(c, s->n, 21, -1, 1, &random);
    s->was = bu_take(c, s->n * sizeof *s->was, 0);
    s->values = bu_take(c, (s->k + 1) * sizeof *s->values, 7);
    s->index = bu_take(c, (s->k + 1) * sizeof *s->index, 9);
    s->work = bu_take(c, kern_topp_work_size(s->n), 42);
    const struct peer_job job = { .op = op, .dtype = "f32", .x = s->x, .y = s->y, .n = s->n, .factor = 0.5f };
    return bu_made_peer(c, &job);
}

/* --- axpy ---------------------------------------------------------------------------------------------------------*/

static void axpy_run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    if (bu_run_peer(&s->head, iterations))
        return;
    for (; iterations; iterations--) { /* there and back, so that y stays as large as it was */
        ((kern_axpy_f32_fn *)s->head.fn)(s->y, iterations % 2 ? 0.5f : -0.5f, s->x, s->n);
        km_do_not_optimize(s->y);
    }
}

static enum km_answer axpy_verify(struct km_case *c)
{
    struct state *s = c->state;
    enum km_answer answer = KM_RIGHT;
    memcpy(s->was, s->y, s->n * sizeof *s->y);
    axpy_run(c, 1);
    for (size_t i = 0; i < s->n && answer == KM_RIGHT; i++) {
        double product = 0.5 * s->x[i], before = s->was[i];
        char name[32];
        snprintf(name, sizeof name, "y[%zu]", i);
        answer =
            bu_check(c, name, s->y[i], product + before, 2 * BU_ROUNDOFF * (fabs(product) + fabs(before)) + BU_TINY);
    }
    memcpy(s->y, s->was, s->n * sizeof *s->y);
    return answer;
}

static struct km_cost axpy_cost(const struct km_case *c)
{
    return bu_cost(c, 2, 3);
}

/* --- argmax and top-k ---------------------------------------------------------------------------------------------*/

static void argmax_run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    for (; iterations; iterations--) {
        s->result = ((kern_argmax_f32_fn *)s->head.fn)(s->x, s->n);
        km_do_not_optimize(&s->result);
    }
}

static void topk_run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    for (; iterations; iterations--) {
        s->result = ((kern_topk_f32_fn *)s->head.fn)(s->values, s->index, s->x, s->n, s->k);
        km_do_not_optimize(s->values);
        km_do_not_optimize(s->index);
    }
}

/* How many elements come before element i: those larger, and the equal ones of lower index. */
static size_t rank_of(const struct state *s, size_t i)
{
    size_t rank = 0;
    for (size_t j = 0; j < s->n; j++)
        rank += s->x[j] > s->x[i] || (s->x[j] == s->x[i] && j < i);
    return rank;
}

/* Exact. */
static enum km_answer argmax_verify(struct km_case *c)
{
    struct state *s = c->state;
    s->result = s->n;
    argmax_run(c, 1);
    if (s->result < s->n && rank_of(s, s->result) == 0)
        return KM_RIGHT;
    return bu_wrong(c, "element %zu is not the largest", s->result);
}

static enum km_answer topk_verify(struct km_case *c)
{
    struct state *s = c->state;
    size_t want = s->k < s->n ? s->k : s->n;
    memset(s->index, 0xff, s->k * sizeof *s->index);
    topk_run(c, 1);
    if (s->result != want)
        return bu_wrong(c, "%zu elements were found instead of %zu", s->result, want);
    for (size_t i = 0; i < want; i++)
        if (s->index[i] >= s->n || s->values[i] != s->x[s->index[i]] || rank_of(s, s->index[i]) != i)
            return bu_wrong(c, "place %zu of the list has element %u, which is not of that rank", i,
                            (unsigned)s->index[i]);
    return KM_RIGHT;
}

static struct km_cost read_cost(const struct km_case *c)
{
    return bu_cost(c, 0, 1);
}

/* --- top-p --------------------------------------------------------------------------------------------------------*/

static enum km_answer topp_ready(struct km_case *c)
{
    if (setup(c, "topp") != KM_RIGHT)
        return KM_CANNOT;
    struct state *s = c->state;
    kern_softmax_f32_ref(s->x, s->x, s->n);
    return KM_RIGHT;
}

static void topp_run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    for (; iterations; iterations--) {
        s->result = ((kern_topp_f32_fn *)s->head.fn)(s->x, s->n, s->top_p, s->random, s->work);
        km_do_not_optimize(&s->result);
    }
}

/* Exact: against the reference, at several random numbers. */
static enum km_answer topp_verify(struct km_case *c)
{
    struct state *s = c->state;
    enum km_answer answer = KM_RIGHT;
    for (int k = 0; k < 8 && answer == KM_RIGHT; k++) {
        s->random = (float)k / 8;
        size_t want = kern_topp_f32_ref(s->x, s->n, s->top_p, s->random, s->work);
        topp_run(c, 1);
        if (s->result != want)
            answer = bu_wrong(c, "drew %zu where the reference draws %zu", s->result, want);
    }
    s->random = 0.3f;
    return answer;
}

BU_OP_F32(axpy, params, setup(c, "axpy"), axpy_run, axpy_cost)
BU_OP_F32(argmax, params, setup(c, "argmax"), argmax_run, read_cost)
BU_OP_F32(topk, topk_params, setup(c, "topk"), topk_run, read_cost)
BU_OP_F32(topp, topp_params, topp_ready(c), topp_run, read_cost)
