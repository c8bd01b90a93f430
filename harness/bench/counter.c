/* SPDX-License-Identifier: Apache-2.0
 * User counters. */
#include "harness/bench/counter.h"

#include <stdlib.h>
#include <string.h>

struct counter *counters_get(struct mem *m, struct counters *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (!strcmp(c->v[i].name, name))
            return &c->v[i];
    c->v = mem_grow(m, c->v, &c->cap, c->n + 1, sizeof *c->v);
    c->v[c->n] = (struct counter){ .name = mem_dup(m, name), .one_k = KM_IS_1000 };
    return &c->v[c->n++];
}

void counters_add(struct mem *m, struct counters *to, const struct counters *from)
{
    for (size_t i = 0; i < from->n; i++) {
        size_t before = to->n;
        struct counter *c = counters_get(m, to, from->v[i].name);
        if (to->n > before) {
            c->flags = from->v[i].flags;
            c->one_k = from->v[i].one_k;
        }
        c->value += from->v[i].value;
    }
}

static void finish(struct counter *c, const struct counter_basis *basis)
{
    if (c->flags & KM_COUNTER_IS_RATE)
        c->value /= basis->seconds;
    if (c->flags & KM_COUNTER_AVG_THREADS)
        c->value /= basis->threads;
    if (c->flags & KM_COUNTER_IS_ITERATION_INVARIANT)
        c->value *= basis->iterations;
    if (c->flags & KM_COUNTER_AVG_ITERATIONS)
        c->value /= basis->iterations;
    if (c->flags & KM_COUNTER_INVERT)
        c->value = 1 / c->value;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct counter *)a)->name, ((const struct counter *)b)->name);
}

void counters_sort(struct counters *c)
{
    if (c->n)
        qsort(c->v, c->n, sizeof *c->v, by_name);
}

void counters_finish(struct counters *c, const struct counter_basis *basis)
{
    for (size_t i = 0; i < c->n; i++)
        finish(&c->v[i], basis);
    counters_sort(c);
}
