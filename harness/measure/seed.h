/* SPDX-License-Identifier: Apache-2.0
 * Seeds made from names and other seeds; the numbers come from stats/rng.h. */
#ifndef KM_SEED_H
#define KM_SEED_H

#include <stdint.h>

uint64_t seed_of_text(const char *text);         /* FNV-1a, 64 bits */
uint64_t seed_mix(uint64_t seed, uint64_t part); /* another one for any other seed or part; the order matters */

#endif
