/* SPDX-License-Identifier: Apache-2.0
 * What a round says of metrics beside time. */
#include "harness/base/buf.h"
#include "harness/pair/round.h"

#include <math.h>
#include <string.h>

struct pair_value *pair_values_none(struct mem *m, size_t nasks)
{
    struct pair_value *v = mem_array(m, nasks, sizeof *v);
    for (size_t i = 0; i < nasks; i++)
        v[i] = (struct pair_value){ .side = { NAN, NAN }, .d = NAN };
    return v;
}

const char *pair_values_events(struct mem *m, const struct pair_order *order)
{
    struct buf b = { 0 };
    for (size_t i = 0; i < order->nasks; i++)
        if (order->asks[i].source == METRIC_COUNTER && metric_concerns(&order->asks[i], &order->job->entry))
            buf_printf(&b, "%s%s", b.len ? "," : "", order->asks[i].name);
    const char *names = b.len ? mem_dup(m, buf_text(&b)) : NULL;
    buf_free(&b);
    return names;
}

/* Of several numbers with one name, as of an event that is always counted as well, the first counts. */
static void take(struct mem *m, const struct metric *got, int side, struct pair_value *v)
{
    if (isfinite(v->side[side]))
        return;
    v->side[side] = got->value;
    if (!isfinite(got->value) && !v->why)
        v->why = mem_dup(m, got->why);
}

void pair_values_take(struct mem *m, const struct pair_order *order, int side, const struct metric *got, size_t n,
                      struct pair_round *out)
{
    for (size_t i = 0; i < order->nasks; i++)
        for (size_t k = 0; k < n && order->asks[i].source == METRIC_COUNTER; k++)
            if (!strcmp(order->asks[i].name, got[k].name))
                take(m, &got[k], side, &out->values[i]);
}

/* The time of a rate is that of the whole round, but its change is taken where the change of time is: in the blocks. */
static void find_rate(const char *name, const struct pair_round *out, struct pair_value *v)
{
    double work[PAIR_SIDES];
    for (int side = 0; side < PAIR_SIDES; side++) {
        work[side] = metric_work(name, &out->work[side]);
        v->side[side] = work[side] / out->side[side].median;
    }
    v->d = log(work[PAIR_CURRENT] / work[PAIR_BASE]) - out->d;
}

void pair_values_finish(const struct pair_order *order, struct pair_round *out)
{
    for (size_t i = 0; i < order->nasks; i++) {
        struct pair_value *v = &out->values[i];
        if (order->asks[i].source == METRIC_RATE)
            find_rate(order->asks[i].name, out, v);
        else
            v->d = metric_distance(v->side[PAIR_BASE], v->side[PAIR_CURRENT]);
    }
}
