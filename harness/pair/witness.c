/* SPDX-License-Identifier: Apache-2.0
 * Instructions of both sides of a suspect. */
#include "harness/measure/turn_step.h"
#include "harness/pair/round.h"

#include <math.h>

void pair_witness(const struct pair_order *order, double work[PAIR_SIDES])
{
    static const struct limits limits = { .exact_rounds = 1 };
    for (int side = 0; side < PAIR_SIDES; side++) {
        const struct pair_side *s = &order->sides[side];
        struct runner_options options = { .seed = order->seed,
                                          .min_time = NAN,
                                          .data_dir = s->data_dir,
                                          .steps_max = PAIR_STEPS_MAX,
                                          .interrupted = order->interrupted };
        struct turn_order turn = { order->job, &options, &s->edges, &limits, 0 };
        struct mem scratch = { 0 };
        struct metric count;
        work[side] = NAN;
        if (s->edges.turn || s->edges.fake_clock)
            continue;
        turn_step(&scratch, &turn, &count);
        work[side] = count.value;
        mem_free(&scratch);
    }
}
