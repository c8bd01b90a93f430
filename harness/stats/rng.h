/* SPDX-License-Identifier: Apache-2.0
 * A seeded source of random numbers: xoshiro256** (Blackman and Vigna 2018), its state filled by splitmix64. The same
 * seed gives the same numbers on every machine. */
#ifndef KM_RNG_H
#define KM_RNG_H

#include <stdint.h>

struct rng {
    uint64_t s[4];
};

void rng_seed(struct rng *r, uint64_t seed);
uint64_t rng_next(struct rng *r);
double rng_uniform(struct rng *r);                 /* in (0, 1), neither end included */
uint64_t rng_below(struct rng *r, uint64_t bound); /* in [0, bound), without bias; bound > 0 */
double rng_normal(struct rng *r);                  /* mean 0, standard deviation 1 */

#endif
