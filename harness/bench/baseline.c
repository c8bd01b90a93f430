/* SPDX-License-Identifier: Apache-2.0
 * Rows relative to a baseline. */
#include "harness/bench/baseline.h"

#include "harness/bench/rows.h"

#include <string.h>

struct yardstick { /* an instance of the baseline */
    const char *suffix;
    double real;
};

void baseline_init(struct baseline *b, const char *name)
{
    *b = (struct baseline){ .name = name && *name ? name : NULL };
}

static bool is_baseline(const struct baseline *b, const struct instance *in)
{
    if (b->name)
        return !strcmp(b->name, in->name) || !strcmp(b->name, in->family->name);
    return in->family->baseline;
}

static const struct yardstick *yardstick_for(const struct baseline *b, const struct instance *in)
{
    const char *suffix = instance_suffix(in);
    for (size_t i = b->n; i-- > 0;)
        if (!strcmp(b->v[i].suffix, suffix))
            return &b->v[i];
    return b->n == 1 ? b->v : NULL;
}

static double each(const struct bench_runner *r, const struct tally *t)
{
    return bench_rows_real(r, t) / (double)t->iterations;
}

static bool counts(const struct tally *t)
{
    return !t->skipped && t->iterations;
}

static void remember(struct mem *m, struct baseline *b, const struct bench_runner *r)
{
    double sum = 0, n = 0;
    for (int i = 0; i < r->done; i++)
        if (counts(&r->outcomes[i].tally)) {
            sum += each(r, &r->outcomes[i].tally);
            n++;
        }
    if (n == 0)
        return;
    b->v = mem_grow(m, b->v, &b->cap, b->n + 1, sizeof *b->v);
    b->v[b->n++] = (struct yardstick){ instance_suffix(r->instance), sum / n };
}

void baseline_compare(struct mem *m, struct baseline *b, struct bench_runner *r)
{
    if (is_baseline(b, r->instance)) {
        remember(m, b, r);
        return;
    }
    const struct yardstick *y = yardstick_for(b, r->instance);
    for (int i = 0; y && i < r->done; i++) {
        struct tally *t = &r->outcomes[i].tally;
        if (!counts(t))
            continue;
        counters_get(&r->mem, &t->counters, "vs_baseline")->value = each(r, t) / y->real;
        counters_sort(&t->counters);
    }
}
