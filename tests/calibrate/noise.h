/* SPDX-License-Identifier: Apache-2.0
 * Simulated noise of known shape, by seed. */
#ifndef CALIBRATE_NOISE_H
#define CALIBRATE_NOISE_H

#include "harness/stats/rng.h"

enum model {
    MODEL_NORMAL,
    MODEL_LOGNORMAL, /* exp(0.75 z): skewed to the slow side, as times are */
    MODEL_HEAVY,     /* Student's t with 3 degrees of freedom */
    MODEL_BIMODAL,   /* a process is dealt one of two speeds, 2 sd apart, with equal chance */
    MODEL_DRIFT,     /* the machine slows down steadily, and wanders */
    MODEL_AUTO,      /* AR(1), 0.5 from one value to the next */
    MODELS,
};

extern const char *const model_names[MODELS];

/* Are the values of a source independent of each other? */
int model_independent(enum model model);

struct source {
    struct rng rng;
    enum model model;
    double sd, state;
};

void source_init(struct source *s, enum model model, double sd, uint64_t seed);

/* ln of the time of one side; its scatter is sd. */
double source_next(struct source *s);

/* ln(current/base) of one round of identical programs: the difference of two values, or of ABBA turns where the machine
 * drifts; its scatter is sd. */
double source_round(struct source *s);

#endif
