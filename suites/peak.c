/* SPDX-License-Identifier: Apache-2.0
 * Bindings of peak/f32, peak/i8 and peak/bf16: one iteration is STEPS steps of every chain of every thread: what
 * the arithmetic of this machine can do at most. */
#include "suites/binding_util.h"
#include "suites/threads_util.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { STEPS = 1 << 14 };

/* What one thread works on: its own lines, so that threads do not share any. */
struct part {
    _Alignas(64) union {
        float f[KERN_PEAK];
        int32_t i[KERN_PEAK];
    } y;
};

struct state {
    struct bu_state head;
    struct part *parts;
    size_t threads;
    struct tu_pool pool;
};

static const struct km_param_spec params[] = {
    KM_THREADS,
    { .name = NULL },
};

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    tu_stop(&s->pool);
    bu_free(s->parts);
    bu_free(s);
}

static enum km_answer setup(struct km_case *c, const char *dtype)
{
    struct state *s = bu_begin(c, sizeof *s, "peak", dtype);
    if (!s)
        return KM_CANNOT;
    s->threads = tu_threads(c);
    s->parts = bu_alloc(s->threads * sizeof *s->parts, 0);
    return tu_ready(c, s->parts != NULL, &s->pool, teardown);
}

static void run(struct km_case *c, uint64_t iterations, kern_pool_fn *part)
{
    struct state *s = c->state;
    for (; iterations; iterations--) {
        kern_pool_run(s->pool.pool, part, s, s->threads);
        km_do_not_optimize(s->parts);
    }
}

/* Every number of every thread: reset() sets them, and want() says what they are then. */
struct check {
    void (*reset)(struct part *p, size_t i);
    double (*want)(size_t i);
    double (*got)(const struct part *p, size_t i);
    double tolerance;
};

static enum km_answer verify(struct km_case *c, void (*run_it)(struct km_case *, uint64_t), const struct check *how)
{
    struct state *s = c->state;
    enum km_answer answer = KM_RIGHT;
    for (size_t t = 0; t < s->threads; t++)
        for (size_t i = 0; i < KERN_PEAK; i++)
            how->reset(&s->parts[t], i);
    run_it(c, 1);
    for (size_t at = 0; at < s->threads * KERN_PEAK && answer == KM_RIGHT; at++) {
        size_t i = at % KERN_PEAK;
        char name[48];
        snprintf(name, sizeof name, "y[%zu] of thread %zu", i, at / KERN_PEAK);
        answer = bu_check(c, name, how->got(&s->parts[at / KERN_PEAK], i), how->want(i), how->tolerance);
    }
    return answer;
}

static void float_reset(struct part *p, size_t i)
{
    p->y.f[i] = (float)i;
}

static double float_got(const struct part *p, size_t i)
{
    return (double)p->y.f[i];
}

static void int_reset(struct part *p, size_t i)
{
    p->y.i[i] = (int32_t)i;
}

static double int_got(const struct part *p, size_t i)
{
    return p->y.i[i];
}

/* --- f32: whatever y was, it goes to b / (1 - a) = 2, at once as far as STEPS is concerned ------------------------ */

static const float a = 0.75f, b = 0.5f;

static void f32_part(void *ctx, size_t i, size_t thread)
{
    (void)thread;
    struct state *s = ctx;
    ((kern_peak_f32_fn *)s->head.fn)(s->parts[i].y.f, a, b, STEPS);
}

static void f32_run(struct km_case *c, uint64_t iterations)
{
    run(c, iterations, f32_part);
}

static double f32_want(size_t i)
{
    (void)i;
    return (double)b / (1 - (double)a);
}

/* Tolerance: what peak.h promises, where M is 2 by then. */
static enum km_answer f32_verify(struct km_case *c)
{
    static const struct check how = { float_reset, f32_want, float_got, 3 * BU_ROUNDOFF * 2 * 4 };
    return verify(c, f32_run, &how);
}

/* --- i8: 11 a step ----------------------------------------------------- */

static const uint8_t bytes[4] = { 255, 1, 0, 17 };
static const int8_t weights[4] = { 1, 11, -63, -15 };
enum { BYTES_STEP = 255 + 11 - 255 };

static void i8_part(void *ctx, size_t i, size_t thread)
{
    (void)thread;
    struct state *s = ctx;
    ((kern_peak_i8_fn *)s->head.fn)(s->parts[i].y.i, bytes, weights, STEPS);
}

static void i8_run(struct km_case *c, uint64_t iterations)
{
    run(c, iterations, i8_part);
}

static double i8_want(size_t i)
{
    return (double)i + (double)BYTES_STEP * STEPS;
}

static enum km_answer i8_verify(struct km_case *c)
{
    static const struct check how = { int_reset, i8_want, int_got, 0 };
    return verify(c, i8_run, &how);
}

/* --- bf16: 3 - 2, exact in any order ------------------------------------------------------------------------------ */

static const uint16_t pair[2] = { 0x4040, 0xc000 }, ones[2] = { 0x3f80, 0x3f80 };

static void bf16_part(void *ctx, size_t i, size_t thread)
{
    (void)thread;
    struct state *s = ctx;
    ((kern_peak_bf16_fn *)s->head.fn)(s->parts[i].y.f, pair, ones, STEPS);
}

static void bf16_run(struct km_case *c, uint64_t iterations)
{
    run(c, iterations, bf16_part);
}

static double bf16_want(size_t i)
{
    return (double)i + STEPS;
}

static enum km_answer bf16_verify(struct km_case *c)
{
    static const struct check how = { float_reset, bf16_want, float_got, 0 };
    return verify(c, bf16_run, &how);
}

/* operations: of one number in one step; a multiplication and an addition are two */
static struct km_cost cost(const struct km_case *c, double operations)
{
    const struct state *s = c->state;
    double steps = (double)s->threads * STEPS;
    return (struct km_cost){ .flops = operations * KERN_PEAK * steps, .items = steps, .item = "step" };
}

#define BINDING(dtype, operations)                                                                                     \
    static const char *const *dtype##_variants(void)                                                                   \
    {                                                                                                                  \
        return bu_variants("peak", #dtype);                                                                            \
    }                                                                                                                  \
    static enum km_answer dtype##_setup(struct km_case *c)                                                             \
    {                                                                                                                  \
        return setup(c, #dtype);                                                                                       \
    }                                                                                                                  \
    static struct km_cost dtype##_cost(const struct km_case *c)                                                        \
    {                                                                                                                  \
        return cost(c, operations);                                                                                    \
    }                                                                                                                  \
    const struct km_op km_op_peak_##dtype = { "peak",         #dtype,           3,                                     \
                                              params,         dtype##_variants, dtype##_setup,                         \
                                              dtype##_verify, dtype##_run,      dtype##_cost,                          \
                                              teardown };

BINDING(f32, 2)
BINDING(i8, 8)
BINDING(bf16, 4)
