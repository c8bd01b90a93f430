/* SPDX-License-Identifier: Apache-2.0
 * The decisions of the runner. */
#include "harness/measure/schedule.h"

#include "harness/measure/seed.h"
#include "harness/stats/rng.h"

#include <math.h>

struct limits schedule_limits(const struct settings *s, const struct runner_options *o)
{
    struct limits l = {
        .exact_rounds = o->verify_only ? 1 : o->repetitions,
        .min_rounds = s->min_rounds > 1 ? s->min_rounds : 1,
        .max_rounds = s->max_rounds > 1 ? s->max_rounds : 1,
        .precision = s->precision > 0 ? s->precision : 0,
        .budget = s->budget_seconds > 0 ? s->budget_seconds : 0,
    };
    if (l.max_rounds < l.min_rounds)
        l.min_rounds = l.max_rounds;
    return l;
}

enum stop_reason schedule_stop(const struct limits *l, const struct standing *at)
{
    if (l->exact_rounds > 0)
        return at->rounds >= (size_t)l->exact_rounds ? STOP_COUNT : STOP_NONE;
    if (l->precision > 0 && at->rounds >= (size_t)l->min_rounds && at->precision <= l->precision)
        return STOP_PRECISION;
    if (at->rounds >= (size_t)l->max_rounds)
        return STOP_COUNT;
    return l->budget > 0 && at->wall >= l->budget ? STOP_BUDGET : STOP_NONE;
}

void schedule_order(uint64_t seed, uint64_t generation, size_t *order, size_t n)
{
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    struct rng r;
    rng_seed(&r, seed_mix(seed, generation));
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)rng_below(&r, i), kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
}

/* Rounds in all that the precision will probably need: the interval narrows with the square root of their number. */
static double rounds_for_precision(const struct limits *l, const struct standing *at)
{
    if (!(l->precision > 0) || !isfinite(at->precision))
        return l->max_rounds;
    double shortfall = at->precision / l->precision, want = (double)at->rounds * shortfall * shortfall;
    return fmax(want, l->min_rounds);
}

double schedule_left(const struct limits *l, const struct standing *at, double turn)
{
    if (at->rounds)
        turn = at->wall / (double)at->rounds;
    if (l->exact_rounds > 0)
        return fmax(l->exact_rounds - (double)at->rounds, 0) * turn;
    double rounds = fmin(rounds_for_precision(l, at), l->max_rounds);
    double left = fmax(rounds - (double)at->rounds, 1) * turn;
    if (l->budget > 0 && left > l->budget - at->wall)
        left = fmax(l->budget - at->wall, 0);
    return left;
}

uint64_t schedule_batches(const struct settings *s, const struct limits *l, double batch_seconds)
{
    double wanted = s->samples > 1 ? s->samples : 1;
    if (l->exact_rounds <= 0 && l->budget > 0 && batch_seconds > 0)
        wanted = fmin(wanted, l->budget / l->min_rounds / batch_seconds);
    return wanted > 1 ? (uint64_t)wanted : 1;
}
