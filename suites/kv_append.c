/* SPDX-License-Identifier: Apache-2.0
 * Bindings of kv_append and kv_load in f32, f16, bf16 and i8: one iteration writes or reads one position of all heads.
 * Positions follow each other through the whole cache, over and over. */
#include "suites/binding_util.h"

#include <kern/kern.h>

#include <math.h>
#include <string.h>

struct state {
    struct bu_state head;
    struct kern_kv_rows rows; /* its cache and scale point at the start */
    float *x, *y;
    size_t positions, bytes, next;
};

static const struct km_param_spec params[] = {
    { .name = "positions", .min = 1, .max = 1 << 20, .what = "positions of the cache" },
    { .name = "heads", .min = 1, .max = 1 << 16, .what = "rows of one position: heads of keys or values" },
    { .name = "dim", .min = 16, .max = KERN_HEAD_MOST, .multiple = 16, .what = "elements of one head" },
    { .name = NULL },
};

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    bu_free(s->rows.cache);
    bu_free(s->rows.scale);
    bu_free(s->x);
    bu_free(s->y);
    bu_free(s);
}

static struct kern_kv_rows at(const struct state *s, size_t pos)
{
    struct kern_kv_rows r = s->rows;
    r.cache = (char *)r.cache + pos * r.dim * s->bytes;
    r.scale += pos;
    return r;
}

/* The reference's append, which has its own checks, is how the cache is filled. */
static void fill(struct state *s, const char *dtype)
{
    for (size_t pos = 0; pos < s->positions; pos++) {
        struct kern_kv_rows r = at(s, pos);
        if (s->bytes == 4)
            kern_kv_append_f32_ref(&r, s->x);
        else if (s->bytes == 1)
            kern_kv_append_i8_ref(&r, s->x);
        else if (*dtype == 'b')
            kern_kv_append_bf16_ref(&r, s->x);
        else
            kern_kv_append_f16_ref(&r, s->x);
    }
}

static enum km_answer setup(struct km_case *c, const char *op, const char *dtype)
{
    enum { MOST = 1 << 30 }; /* elements */
    size_t positions = (size_t)bu_number(c, "positions"), heads = (size_t)bu_number(c, "heads");
    size_t dim = (size_t)bu_number(c, "dim"), n = heads * dim;
    if (positions > MOST / n)
        return bu_cannot(c, "a cache of more than %d elements", MOST);
    struct state *s = bu_begin(c, sizeof *s, op, dtype);
    if (!s)
        return KM_CANNOT;
    uint64_t random = c->seed;
    s->positions = positions;
    s->bytes = strcmp(dtype, "f32") == 0 ? 4 : strcmp(dtype, "i8") == 0 ? 1 : 2;
    s->rows = (struct kern_kv_rows){ bu_alloc(positions * n * s->bytes, 0), bu_alloc(positions * heads * 4, 8), heads,
                                     dim, positions * dim };
    s->x = bu_alloc(n * sizeof *s->x, 16);
    s->y = bu_alloc(n * sizeof *s->y, 32);
    int ok = s->rows.cache && s->rows.scale && s->x && s->y;
    if (ok) {
        bu_fill(s->x, n, -1, 1, &random);
        if (strcmp(op, "kv_load") == 0)
            fill(s, dtype);
    }
    return bu_ready(c, ok, teardown);
}

static void run_append(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    kern_kv_append_f32_fn *append = (kern_kv_append_f32_fn *)s->head.fn; /* all types have the same function type */
    for (; iterations; iterations--) {
        struct kern_kv_rows r = at(s, s->next);
        append(&r, s->x);
        s->next = s->next + 1 == s->positions ? 0 : s->next + 1;
        km_do_not_optimize(r.cache);
    }
}

static void run_load(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    kern_kv_load_f32_fn *load = (kern_kv_load_f32_fn *)s->head.fn;
    for (; iterations; iterations--) {
        struct kern_kv_rows r = at(s, s->next);
        load(s->y, &r);
        s->next = s->next + 1 == s->positions ? 0 : s->next + 1;
        km_do_not_optimize(s->y);
    }
}

/* Tolerance: half a unit in the last place of the type; for i8 half a step of a row whose largest is below 1. */
static double tolerance(const struct state *s, const char *dtype)
{
    return s->bytes == 4 ? 0 : s->bytes == 1 ? 0.5 / 127 + 0x1p-20 : *dtype == 'b' ? 0x1p-9 : 0x1p-12;
}

/* Whether what was read is x again. */
static enum km_answer verify(struct km_case *c, const char *dtype, const float *got)
{
    struct state *s = c->state;
    enum km_answer answer = KM_RIGHT;
    for (size_t i = 0; i < s->rows.rows * s->rows.dim && answer == KM_RIGHT; i++)
        answer = bu_check(c, "an element", got[i], s->x[i], tolerance(s, dtype));
    return answer;
}

static enum km_answer verify_append(struct km_case *c, const char *dtype)
{
    struct state *s = c->state;
    run_append(c, s->positions);
    for (size_t pos = 0; pos<s->positions; pos += s->positions> 7 ? s->positions / 7 : 1) {
        struct kern_kv_rows r = at(s, pos);
        if (s->bytes == 4)
            kern_kv_load_f32_ref(s->y, &r);
        else if (s->bytes == 1)
            kern_kv_load_i8_ref(s->y, &r);
        else if (*dtype == 'b')
            kern_kv_load_bf16_ref(s->y, &r);
        else
            kern_kv_load_f16_ref(s->y, &r);
        if (verify(c, dtype, s->y) != KM_RIGHT)
            return KM_WRONG;
    }
    return KM_RIGHT;
}

static enum km_answer verify_load(struct km_case *c, const char *dtype)
{
    struct state *s = c->state;
    for (size_t i = 0; i < s->rows.rows * s->rows.dim; i++)
        s->y[i] = NAN;
    run_load(c, 1);
    return verify(c, dtype, s->y);
}

static struct km_cost cost(const struct km_case *c)
{
    const struct state *s = c->state;
    double n = (double)(s->rows.rows * s->rows.dim);
    return (struct km_cost){ .bytes = n * (double)(4 + s->bytes), .items = 1, .item = "position" };
}

#define BINDING(name, dtype)                                                                                           \
    static const char *const *name##_variants_##dtype(void)                                                            \
    {                                                                                                                  \
        return bu_variants("kv_" #name, #dtype);                                                                       \
    }                                                                                                                  \
    static enum km_answer name##_setup_##dtype(struct km_case *c)                                                      \
    {                                                                                                                  \
        return setup(c, "kv_" #name, #dtype);                                                                          \
    }                                                                                                                  \
    static enum km_answer name##_verify_##dtype(struct km_case *c)                                                     \
    {                                                                                                                  \
        return verify_##name(c, #dtype);                                                                               \
    }                                                                                                                  \
    const struct km_op km_op_kv_##name##_##dtype = {                                                                   \
        "kv_" #name,           #dtype,     1,    params,  name##_variants_##dtype, name##_setup_##dtype,               \
        name##_verify_##dtype, run_##name, cost, teardown                                                              \
    };
BINDING(append, f32)
BINDING(append, f16)
BINDING(append, bf16)
BINDING(append, i8)
BINDING(load, f32)
BINDING(load, f16)
BINDING(load, bf16)
BINDING(load, i8)
