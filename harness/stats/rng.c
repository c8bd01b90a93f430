/* SPDX-License-Identifier: Apache-2.0
 * xoshiro256** and a few distributions. */
#include "harness/stats/rng.h"

#include <math.h>

static uint64_t splitmix(uint64_t *x)
{
    uint64_t z = *x += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void rng_seed(struct rng *r, uint64_t seed)
{
    for (int i = 0; i < 4; i++)
        r->s[i] = splitmix(&seed);
}

static uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

uint64_t rng_next(struct rng *r)
{
    uint64_t *s = r->s, out = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return out;
}

double rng_uniform(struct rng *r)
{
    return ((double)(rng_next(r) >> 12) + 0.5) * 0x1p-52;
}

uint64_t rng_below(struct rng *r, uint64_t bound)
{
    uint64_t uneven = (UINT64_MAX - bound + 1) % bound; /* 2^64 mod bound: values below it would favour some results */
    uint64_t x;
    do
        x = rng_next(r);
    while (x < uneven);
    return x % bound;
}

double rng_normal(struct rng *r)
{
    double radius = sqrt(-2 * log(rng_uniform(r)));
    return radius * cos(2 * M_PI * rng_uniform(r));
}
