/* SPDX-License-Identifier: Apache-2.0
 * Top-p sampling. Everything is counted in whole units of 2^-30, so that sums do not depend on their order. The least
 * probability of the nucleus is found by three passes of a radix sort that never moves anything: the bits of positive
 * floats are in the order of the floats. */
#ifndef LIBKERN_TOPP_BODY_H
#define LIBKERN_TOPP_BODY_H

#include <stdint.h>
#include <string.h>

#include <kern/kern.h>

enum { TOPP_BUCKETS = 1024 };

static inline uint32_t topp_units(float p)
{
    return (uint32_t)(int32_t)(p * 0x1p+30f);
}

static inline uint32_t topp_key(float p)
{
    uint32_t key;
    memcpy(&key, &p, sizeof key);
    return key & 0x7fffffffu; /* -0 is 0 */
}

/* How much must come together, of `all` units: at least one. */
static inline uint32_t topp_wanted(float top_p, uint32_t all)
{
    double wanted = (double)top_p * all;
    return wanted >= all ? all : wanted < 1 ? 1 : (uint32_t)wanted;
}

/* Which of `all` units a random number in [0, 1) points at. */
static inline uint32_t topp_chosen(float random, uint32_t all)
{
    double chosen = (double)random * all;
    return chosen >= all ? all - 1 : (uint32_t)chosen;
}

/* Finds in which bucket, by the 10 bits from `shift` on, the candidates' sum from the top reaches `wanted`, and adds
 * those bits to *key. Returns what is still wanted within that bucket. */
static inline uint32_t topp_narrow(const float *p, const uint32_t *index, size_t n, unsigned shift, uint32_t *key,
                                   uint32_t wanted, uint32_t *buckets)
{
    size_t b = TOPP_BUCKETS - 1;

    memset(buckets, 0, TOPP_BUCKETS * sizeof *buckets);
    for (size_t i = 0; i < n; i++)
        buckets[topp_key(p[index[i]]) >> shift & (TOPP_BUCKETS - 1)] += topp_units(p[index[i]]);
    for (; b > 0 && buckets[b] < wanted; b--)
        wanted -= buckets[b];
    *key |= (uint32_t)b << shift;
    return wanted;
}

/* Keeps the candidates that agree with key above `shift` bits, in `to`; returns their number. Without branches, as every
 * second one may stay. `to` may be `from`. */
static inline size_t topp_keep(uint32_t *to, const uint32_t *from, size_t n, const float *p, uint32_t key,
                               unsigned shift)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        uint32_t at = from[i];
        to[kept] = at;
        kept += (topp_key(p[at]) ^ key) >> shift == 0;
    }
    return kept;
}

/* The least key of the nucleus; *wanted becomes what the candidates with that key have to come to. */
static inline uint32_t topp_least(const float *p, const uint32_t *index, size_t n, uint32_t *few, uint32_t *wanted,
                                  uint32_t *buckets)
{
    uint32_t key = 0;

    *wanted = topp_narrow(p, index, n, 20, &key, *wanted, buckets);
    n = topp_keep(few, index, n, p, key, 20);
    *wanted = topp_narrow(p, few, n, 10, &key, *wanted, buckets);
    n = topp_keep(few, few, n, p, key, 10);
    *wanted = topp_narrow(p, few, n, 0, &key, *wanted, buckets);
    return key;
}

/* The first candidate at which the nucleus's sum goes beyond `chosen`. Below the least key nothing is in the nucleus; of
 * those that have it, only the first `ties`. */
static inline size_t topp_walk(const float *p, const uint32_t *index, size_t n, uint32_t least, uint32_t ties,
                               uint32_t chosen)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        uint32_t key = topp_key(p[index[i]]), tie = key == least && ties > 0;
        sum += key > least || tie ? topp_units(p[index[i]]) : 0;
        ties -= tie;
        if (sum > chosen)
            return index[i];
    }
    return 0;
}

typedef size_t topp_filter(uint32_t *index, const float *p, size_t n, float least);

static inline size_t topp_sample(const float *p, size_t n, float top_p, float random, uint32_t *work,
                                 topp_filter *at_least)
{
    uint32_t all = 0, *index = work + TOPP_BUCKETS;

    for (size_t i = 0; i < n; i++)
        all += topp_units(p[i]);
    if (all == 0)
        return 0;

    /* All that are below (all - wanted) / n come to less than all - wanted, so the rest has what is wanted. */
    uint32_t wanted = topp_wanted(top_p, all), cut = (all - wanted) / (uint32_t)n, rest = wanted;
    size_t m = at_least(index, p, n, (float)(cut < 1 << 24 ? cut : cut & ~255u) * 0x1p-30f);
    uint32_t key = topp_least(p, index, m, index + n, &rest, work);

    float least;
    memcpy(&least, &key, sizeof least);
    uint32_t one = topp_units(least), ties = (rest + one - 1) / one; /* rest > 0, and so is one */
    return topp_walk(p, index, m, key, ties, topp_chosen(random, wanted - rest + ties * one));
}

#endif
