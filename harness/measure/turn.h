/* SPDX-License-Identifier: Apache-2.0
 * One turn of one benchmark: a fresh process that verifies, calibrates, warms up, samples and counts. */
#ifndef KM_TURN_H
#define KM_TURN_H

#include "harness/measure/schedule.h"

/* How a round samples. Found out in the first one and kept. */
struct pace {
    uint64_t iterations; /* of one sample; 0: not known yet */
    uint64_t samples;
};

struct turn_order {
    const struct job *job;
    const struct runner_options *options;
    const struct runner_edges *edges;
    const struct limits *limits;
    uint64_t round;
};

struct turn {
    enum status status;
    const char *message;
    int signal;
    struct km_cost cost; /* also where status is not OK, once set-up was done */
    double *samples;     /* seconds per iteration */
    size_t nsamples;
    double sampling; /* seconds inside samples */
    double cpu;      /* seconds per iteration; NAN without samples */
    struct metric *metrics;
    size_t nmetrics;
    double aside;         /* seconds of the turn that are no part of measuring time */
    double clock_seconds; /* of the whole turn on the worker's clock, which may be fake; 0 if it failed */
};

/* Everything in *out lives in m. *pace is used, or filled where it is not known yet. */
void turn_run(struct mem *m, const struct turn_order *order, struct pace *pace, struct turn *out);

#endif
