/* SPDX-License-Identifier: Apache-2.0
 * Rows relative to a baseline. */
#include "harness/bench/baseline.h"

#include "harness/base/fnv.h"
#include "harness/bench/rows.h"

#include <string.h>

struct yardstick { /* an instance of the baseline */
    const char *suffix;
    double real;
    struct yardstick *older; /* in the same slot */
};

void baseline_init(struct baseline *b, const char *name)
{
    *b = (struct baseline){ .name = name && *name ? name : NULL };
}

bool baseline_is(const struct baseline *b, const struct instance *in)
{
    if (b->name)
        return !strcmp(b->name, in->name) || !strcmp(b->name, in->family->name);
    return in->family->baseline;
}

static size_t slot_of(const struct baseline *b, const char *suffix)
{
    return (size_t)fnv_add(FNV_START, suffix, strlen(suffix)) & (b->nslots - 1);
}

static void put(struct baseline *b, struct yardstick *y)
{
    struct yardstick **slot = &b->slots[slot_of(b, y->suffix)];
    y->older = *slot;
    *slot = y;
}

/* A family may have 100,000 instances, so they are looked up by their hash. */
static void grow(struct mem *m, struct baseline *b)
{
    struct baseline old = *b;
    b->nslots = old.nslots ? 2 * old.nslots : 16;
    b->slots = mem_array(m, b->nslots, sizeof *b->slots);
    for (size_t i = 0; i < old.nslots; i++) {
        struct yardstick *oldest = NULL; /* put() wants the oldest first */
        for (struct yardstick *y = old.slots[i], *next; y; y = next) {
            next = y->older;
            y->older = oldest;
            oldest = y;
        }
        for (struct yardstick *y = oldest, *next; y; y = next) {
            next = y->older;
            put(b, y);
        }
    }
}

static const struct yardstick *yardstick_for(const struct baseline *b, const struct instance *in)
{
    const char *suffix = instance_suffix(in);
    if (!b->n)
        return NULL;
    for (const struct yardstick *y = b->slots[slot_of(b, suffix)]; y; y = y->older)
        if (!strcmp(y->suffix, suffix))
            return y;
    return b->n == 1 ? b->newest : NULL;
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
    if (b->n >= b->nslots)
        grow(m, b);
    struct yardstick *y = mem_alloc(m, sizeof *y);
    *y = (struct yardstick){ .suffix = instance_suffix(r->instance), .real = sum / n };
    put(b, y);
    b->newest = y;
    b->n++;
}

void baseline_compare(struct mem *m, struct baseline *b, struct bench_runner *r)
{
    if (baseline_is(b, r->instance)) {
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
