/* SPDX-License-Identifier: Apache-2.0
 * Seeds. */
#include "harness/measure/seed.h"

#include "harness/base/fnv.h"
#include "harness/stats/rng.h"

#include <string.h>

uint64_t seed_of_text(const char *text)
{
    return fnv_add(FNV_START, text, strlen(text));
}

uint64_t seed_mix(uint64_t seed, uint64_t part)
{
    struct rng r;
    rng_seed(&r, seed);
    rng_seed(&r, rng_next(&r) ^ part);
    return rng_next(&r);
}
