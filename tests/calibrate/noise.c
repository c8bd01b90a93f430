/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/calibrate/noise.h"

#include <math.h>

const char *const model_names[MODELS] = {
    "normal", "log-normal", "heavy tails", "bimodal", "drifting", "autocorrelated",
};

static const double kept = 0.5;               /* of an AR(1) value in the next one */
static const double ramp = 0.1, wander = 0.3; /* of a drift, in sd per value */

int model_independent(enum model model)
{
    return model < MODEL_DRIFT;
}

void source_init(struct source *s, enum model model, double sd, uint64_t seed)
{
    *s = (struct source){ .model = model, .sd = sd };
    rng_seed(&s->rng, seed);
    if (model == MODEL_AUTO)
        s->state = rng_normal(&s->rng);
}

/* t with 3 degrees of freedom has the variance 3. */
static double heavy(struct rng *r)
{
    double z = rng_normal(r), squares = 0;
    for (int i = 0; i < 3; i++) {
        double x = rng_normal(r);
        squares += x * x;
    }
    return z / sqrt(squares / 3) / sqrt(3);
}

/* Two modes at -1 and 1 and a scatter of 0.45 around them, scaled to variance 1. */
static double bimodal(struct rng *r)
{
    return ((rng_next(r) >> 63 ? 1 : -1) + 0.45 * rng_normal(r)) / sqrt(1 + 0.45 * 0.45);
}

static double lognormal(struct rng *r)
{
    const double mean = exp(0.5 * 0.75 * 0.75), sd = mean * sqrt(exp(0.75 * 0.75) - 1);
    return (exp(0.75 * rng_normal(r)) - mean) / sd;
}

static double step(struct source *s)
{
    switch (s->model) {
    case MODEL_LOGNORMAL:
        return lognormal(&s->rng);
    case MODEL_HEAVY:
        return heavy(&s->rng);
    case MODEL_BIMODAL:
        return bimodal(&s->rng);
    case MODEL_DRIFT:
        s->state += ramp + wander * rng_normal(&s->rng);
        return s->state + rng_normal(&s->rng);
    case MODEL_AUTO:
        s->state = kept * s->state + sqrt(1 - kept * kept) * rng_normal(&s->rng);
        return s->state;
    default:
        return rng_normal(&s->rng);
    }
}

double source_next(struct source *s)
{
    return s->sd * step(s);
}

static double drifting_round(struct source *s)
{
    double turn[4];
    for (int i = 0; i < 4; i++)
        turn[i] = source_next(s);
    double d = (turn[1] + turn[2] - turn[0] - turn[3]) / 2;
    return rng_next(&s->rng) >> 63 ? d : -d;
}

double source_round(struct source *s)
{
    if (s->model == MODEL_DRIFT)
        return drifting_round(s);
    if (s->model == MODEL_AUTO)
        return source_next(s);
    double base = source_next(s);
    return (source_next(s) - base) / sqrt(2);
}
