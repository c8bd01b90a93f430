/* SPDX-License-Identifier: Apache-2.0
 * Bindings of gemv/f32, gemv/f16 and gemv/bf16: one iteration is one product of an m × k matrix (row-major) with a vector
 * of k floats. */
#include "suites/binding_util.h"
#include "suites/threads_util.h"

#include <kern/kern.h>

#include <math.h>
#include <stdio.h>

struct state {
    struct bu_state head;
    float *y, *x;
    void *a;
    size_t m, k;
    struct tu_pool pool;
};

/* One type of the matrix: its numbers, filling it and reading it. */
struct type {
    const char *name;
    size_t size;
    void (*put)(void *a, size_t i, float value);
    double (*get)(const void *a, size_t i);
};

#define TYPE(name, store, narrow, widen)                                                                               \
    static void put_##name(void *a, size_t i, float value)                                                             \
    {                                                                                                                  \
        ((store *)a)[i] = narrow(value);                                                                               \
    }                                                                                                                  \
    static double get_##name(const void *a, size_t i)                                                                  \
    {                                                                                                                  \
        return (double)widen(((const store *)a)[i]);                                                                   \
    }                                                                                                                  \
    static const struct type type_##name = { #name, sizeof(store), put_##name, get_##name };
TYPE(f32, float, , )
TYPE(f16, uint16_t, kern_f32_to_f16, kern_f16_to_f32)
TYPE(bf16, uint16_t, kern_f32_to_bf16, kern_bf16_to_f32)

static const struct km_param_spec params[] = {
    { .name = "m", .min = 1, .max = 1 << 18, .what = "rows of the matrix" },
    { .name = "k", .min = 1, .max = 1 << 18, .what = "columns of the matrix" },
    KM_THREADS,
    { .name = NULL },
};

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    tu_stop(&s->pool);
    bu_end(c);
}

static enum km_answer setup(struct km_case *c, const struct type *type)
{
    enum { MOST = 1 << 30 }; /* elements: 4 GiB of matrix */
    if (bu_number(c, "m") * bu_number(c, "k") > MOST)
        return bu_cannot(c, "a matrix of more than %d elements", MOST);
    struct state *s = bu_begin(c, sizeof *s, "gemv", type->name);
    if (!s)
        return KM_CANNOT;
    uint64_t random = c->seed;
    s->m = (size_t)bu_number(c, "m");
    s->k = (size_t)bu_number(c, "k");
    s->a = bu_take(c, s->m * s->k * type->size, 0);
    s->x = bu_take(c, s->k * sizeof *s->x, 16);
    s->y = bu_take(c, s->m * sizeof *s->y, 48);
    if (!s->head.starved) {
        for (size_t i = 0; i < s->m * s->k; i++) {
            float value;
            bu_fill(&value, 1, -1, 1, &random);
            type->put(s->a, i, value);
        }
        bu_fill(s->x, s->k, -1, 1, &random);
    }
    const struct peer_job job = {
        .op = "gemv", .dtype = type->name, .x = s->x, .w = s->a, .y = s->y, .m = s->m, .k = s->k
    };
    if (tu_ready(c, !s->head.starved, &s->pool, teardown) != KM_RIGHT)
        return KM_CANNOT;
    return bu_ready_peer(c, 1, teardown, &job);
}

/* Tolerance of each row: the bound that kern.h promises for a dot product of k elements. */
static enum km_answer verify_row(struct km_case *c, const struct type *type, size_t i)
{
    const struct state *s = c->state;
    double want = 0, magnitude = 0;
    char name[32];
    for (size_t j = 0; j < s->k; j++) {
        double product = type->get(s->a, i * s->k + j) * (double)s->x[j];
        want += product;
        magnitude += fabs(product);
    }
    snprintf(name, sizeof name, "y[%zu]", i);
    return bu_check(c, name, s->y[i], want, (double)(s->k + 1) * BU_ROUNDOFF * magnitude + (double)s->k * BU_TINY);
}

static enum km_answer verify(struct km_case *c, const struct type *type, void (*run)(struct km_case *, uint64_t))
{
    struct state *s = c->state;
    enum km_answer answer = KM_RIGHT;
    for (size_t i = 0; i < s->m; i++)
        s->y[i] = NAN;
    run(c, 1);
    for (size_t i = 0; i < s->m && answer == KM_RIGHT; i++)
        answer = verify_row(c, type, i);
    return answer;
}

static struct km_cost cost(const struct km_case *c, const struct type *type)
{
    double m = (double)bu_number(c, "m"), k = (double)bu_number(c, "k");
    return (struct km_cost){
        .flops = 2 * m * k, .bytes = (double)type->size * m * k + 4 * (m + k), .items = m * k, .item = "weight"
    };
}

#define BINDING(name)                                                                                                  \
    static const char *const *name##_variants(void)                                                                    \
    {                                                                                                                  \
        return bu_variants("gemv", #name);                                                                             \
    }                                                                                                                  \
    static enum km_answer name##_setup(struct km_case *c)                                                              \
    {                                                                                                                  \
        return setup(c, &type_##name);                                                                                 \
    }                                                                                                                  \
    static void name##_run(struct km_case *c, uint64_t iterations)                                                     \
    {                                                                                                                  \
        struct state *s = c->state;                                                                                    \
        if (bu_run_peer(&s->head, iterations))                                                                         \
            return;                                                                                                    \
        kern_gemv_##name##_fn *gemv = (kern_gemv_##name##_fn *)s->head.fn;                                             \
        for (; iterations; iterations--) {                                                                             \
            kern_pool_gemv_##name(s->pool.pool, gemv, s->y, s->a, s->x, s->m, s->k);                                   \
            km_do_not_optimize(s->y);                                                                                  \
        }                                                                                                              \
    }                                                                                                                  \
    static enum km_answer name##_verify(struct km_case *c)                                                             \
    {                                                                                                                  \
        return verify(c, &type_##name, name##_run);                                                                    \
    }                                                                                                                  \
    static struct km_cost name##_cost(const struct km_case *c)                                                         \
    {                                                                                                                  \
        return cost(c, &type_##name);                                                                                  \
    }                                                                                                                  \
    const struct km_op km_op_gemv_##name = { "gemv",       #name,         1,          params,      name##_variants,    \
                                             name##_setup, name##_verify, name##_run, name##_cost, teardown };
BINDING(f32)
BINDING(f16)
BINDING(bf16)
