/* SPDX-License-Identifier: Apache-2.0 */
#include "suites/binding_util.h"

#include "suites/bindings.h"

#include <kern/kern.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096, LINE = 64 };

enum { /* the number of operations in libkern's table */
#define KERN_OP(op, dtype, ret, params) OP_##op##_##dtype,
#define KERN_VAR(op, dtype, isa)
#include <kern/kern.def>
#undef KERN_OP
#undef KERN_VAR
       OPS
};

static int op_number(const char *op, const char *dtype)
{
    static const char *const table[][2] = {
#define KERN_OP(op, dtype, ret, params) { #op, #dtype },
#define KERN_VAR(op, dtype, isa)
#include <kern/kern.def>
#undef KERN_OP
#undef KERN_VAR
    };
    for (int i = 0; i < OPS; i++)
        if (strcmp(table[i][0], op) == 0 && strcmp(table[i][1], dtype) == 0)
            return i;
    return OPS;
}

static int is_of(const struct kern_variant *v, const char *op, const char *dtype)
{
    return strcmp(v->op, op) == 0 && strcmp(v->dtype, dtype) == 0;
}

const char *const *bu_variants(const char *op, const char *dtype)
{
    /* Not state: every call writes the same names, since neither the table, the CPU nor the environment changes. */
    static const char *lists[OPS + 1][KERN_ISA_COUNT + 1];
    const char **list = lists[op_number(op, dtype)];
    size_t n, used = 0;
    const struct kern_variant *all = kern_variants(&n);
    uint32_t allowed;
    if (kern_allowed(&allowed, NULL))
        return list;
    for (size_t i = 0; i < n; i++)
        if (is_of(&all[i], op, dtype) && !(all[i].need & ~allowed) && used < KERN_ISA_COUNT)
            list[used++] = all[i].isa;
    return list;
}

bu_function *bu_lookup(struct km_case *c, const char *op, const char *dtype)
{
    size_t n;
    const struct kern_variant *all = kern_variants(&n);
    for (size_t i = 0; i < n; i++) {
        if (!is_of(&all[i], op, dtype) || strcmp(all[i].isa, c->variant) != 0)
            continue;
        if (!(all[i].need & ~kern_cpu()))
            return all[i].fn;
        bu_cannot(c, "this CPU cannot run %s/%s/%s", op, dtype, c->variant);
        return NULL;
    }
    bu_cannot(c, "this build has no %s/%s/%s", op, dtype, c->variant);
    return NULL;
}

static const struct km_param *param(const struct km_case *c, const char *name)
{
    static const struct km_param none = { NULL, NULL, 0 };
    for (size_t i = 0; i < c->nparams; i++)
        if (strcmp(c->params[i].name, name) == 0)
            return &c->params[i];
    return &none;
}

int64_t bu_number(const struct km_case *c, const char *name)
{
    return param(c, name)->number;
}

const char *bu_word(const struct km_case *c, const char *name)
{
    return param(c, name)->word;
}

void *bu_alloc(size_t bytes, unsigned lines)
{
    size_t skew = (size_t)(lines % (PAGE / LINE)) * LINE;
    void *page;
    if (bytes > SIZE_MAX - PAGE || posix_memalign(&page, PAGE, bytes + skew) != 0)
        return NULL;
    memset(page, 0, bytes + skew);
    return (char *)page + skew;
}

void bu_free(void *p)
{
    if (p)
        free((char *)p - ((uintptr_t)p & (PAGE - 1))); /* the page boundary before it */
}

/* SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): every seed is a good one. */
uint64_t bu_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void bu_fill(float *x, size_t n, float low, float high, uint64_t *state)
{
    for (size_t i = 0; i < n; i++)
        x[i] = low + (high - low) * ((float)(bu_random(state) >> 40) * 0x1p-24f);
}

void bu_state_value(struct km_case *c, const char *name, const char *unit, double value)
{
    size_t i = 0;
    while (i < c->nvalues && strcmp(c->values[i].name, name) != 0)
        i++;
    if (i == KM_VALUES_MAX)
        return;
    c->values[i] = (struct km_value){ name, unit, value };
    c->nvalues += i == c->nvalues;
}

static enum km_answer say(struct km_case *c, enum km_answer answer, const char *fmt, va_list ap)
{
    vsnprintf(c->message, sizeof c->message, fmt, ap);
    return answer;
}

enum km_answer bu_cannot(struct km_case *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    enum km_answer answer = say(c, KM_CANNOT, fmt, ap);
    va_end(ap);
    return answer;
}

enum km_answer bu_wrong(struct km_case *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    enum km_answer answer = say(c, KM_WRONG, fmt, ap);
    va_end(ap);
    return answer;
}

enum km_answer bu_absent(struct km_case *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    enum km_answer answer = say(c, KM_ABSENT, fmt, ap);
    va_end(ap);
    return answer;
}

void *bu_begin(struct km_case *c, size_t bytes, const char *op, const char *dtype)
{
    int peer = km_has_peer(op, dtype, c->variant);
    bu_function *fn = peer ? NULL : bu_lookup(c, op, dtype);
    c->state = NULL;
    if (!fn && !peer)
        return NULL;
    struct bu_state *s = bu_alloc(bytes, 0);
    if (!s) {
        bu_cannot(c, "not enough memory");
        return NULL;
    }
    s->fn = fn;
    return c->state = s;
}

enum km_answer bu_ready(struct km_case *c, int ok, void (*teardown)(struct km_case *c))
{
    if (ok)
        return KM_RIGHT;
    teardown(c);
    return bu_cannot(c, "not enough memory");
}

enum km_answer bu_ready_peer(struct km_case *c, int ok, void (*teardown)(struct km_case *c), const struct peer_job *job)
{
    struct bu_state *s = c->state;
    if (!ok || s->fn)
        return bu_ready(c, ok, teardown);
    enum km_answer answer = peer_open(c, &s->peer, job);
    if (answer != KM_RIGHT)
        teardown(c);
    return answer;
}

int bu_run_peer(struct bu_state *s, uint64_t iterations)
{
    if (!s->peer)
        return 0;
    s->peer->run(s->peer, iterations);
    return 1;
}

void *bu_take(struct km_case *c, size_t bytes, unsigned lines)
{
    struct bu_state *s = c->state;
    void *array = s->narrays < BU_ARRAYS ? bu_alloc(bytes, lines) : NULL;
    s->starved |= !array;
    if (array)
        s->arrays[s->narrays++] = array;
    return array;
}

float *bu_floats(struct km_case *c, size_t n, unsigned lines, float low, float high, uint64_t *random)
{
    float *x = bu_take(c, n * sizeof *x, lines);
    if (x)
        bu_fill(x, n, low, high, random);
    return x;
}

enum km_answer bu_made(struct km_case *c)
{
    return bu_ready(c, !((const struct bu_state *)c->state)->starved, bu_end);
}

enum km_answer bu_made_peer(struct km_case *c, const struct peer_job *job)
{
    return bu_ready_peer(c, !((const struct bu_state *)c->state)->starved, bu_end, job);
}

void bu_end(struct km_case *c)
{
    struct bu_state *s = c->state;
    peer_close(s->peer);
    while (s->narrays)
        bu_free(s->arrays[--s->narrays]);
    bu_free(s);
}

struct km_cost bu_cost(const struct km_case *c, double flops, double floats)
{
    double n = (double)bu_number(c, "n");
    return (struct km_cost){ .flops = flops * n, .bytes = 4 * floats * n, .items = n, .item = "element" };
}

enum km_answer bu_check(struct km_case *c, const char *what, double got, double want, double tolerance)
{
    if (isfinite(got) && fabs(got - want) <= tolerance)
        return KM_RIGHT;
    return bu_wrong(c, "%s is %.9g, the reference says %.9g: off by %.3g where %.3g is allowed", what, got, want,
                    fabs(got - want), tolerance);
}

enum km_answer bu_check_all(struct km_case *c, const char *what, const float *got, const double *want, size_t n,
                            double tolerance)
{
    for (size_t i = 0; i < n; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s[%zu]", what, i);
        if (bu_check(c, name, got[i], want[i], tolerance) != KM_RIGHT)
            return KM_WRONG;
    }
    return KM_RIGHT;
}
