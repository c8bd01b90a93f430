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

/* Of the candidates whose key agrees with *key above `shift` + 10 bits, or of all where shift is 20, finds in which of
 * the next 10 bits' buckets the sum from the top reaches `wanted`, and adds those bits to *key. Returns what is still
 * wanted within that bucket. */
static inline uint32_t topp_narrow(const float *p, const uint32_t *index, size_t n, unsigned shift, uint32_t *key,
                                   uint32_t wanted, uint32_t *buckets)
{
    size_t b = TOPP_BUCKETS - 1;

    memset(buckets, 0, TOPP_BUCKETS * sizeof *buckets);
    for (size_t i = 0; i < n; i++) {
        uint32_t k = topp_key(p[index[i]]);
        if (shift == 20 || (k ^ *key) >> (shift + 10) == 0)
            buckets[k >> shift & (TOPP_BUCKETS - 1)] += topp_units(p[index[i]]);
    }
    for (; b > 0 && buckets[b] < wanted; b--)
        wanted -= buckets[b];
    *key |= (uint32_t)b << shift;
    return wanted;
}

/* What of a candidate counts: nothing below the nucleus's least key; of those that have it, only the first few. */
static inline uint32_t topp_share(float p, uint32_t least, uint32_t *ties)
{
    uint32_t k = topp_key(p);
    if (k < least || (k == least && *ties == 0))
        return 0;
    *ties -= k == least;
    return topp_units(p);
}

typedef size_t topp_filter(uint32_t *index, const float *p, size_t n, float least);

static inline size_t topp_sample(const float *p, size_t n, float top_p, float random, uint32_t *work,
                                 topp_filter *at_least)
{
    uint32_t all = 0, nucleus = 0, key = 0, *index = work + TOPP_BUCKETS;

    for (size_t i = 0; i < n; i++)
        all += topp_units(p[i]);
    if (all == 0)
        return 0;

    /* All that are below (all - wanted) / n come to less than all - wanted, so the rest has what is wanted. */
    uint32_t wanted = topp_wanted(top_p, all), cut = (all - wanted) / (uint32_t)n;
    size_t m = at_least(index, p, n, (float)(cut < 1 << 24 ? cut : cut & ~255u) * 0x1p-30f);
    for (unsigned shift = 20; shift <= 20; shift -= 10) /* ends by wrapping around */
        wanted = topp_narrow(p, index, m, shift, &key, wanted, work);

    float least;
    memcpy(&least, &key, sizeof least);
    uint32_t one = topp_units(least), ties = one ? (wanted + one - 1) / one : 0, left = ties, sum = 0;
    for (size_t i = 0; i < m; i++)
        nucleus += topp_share(p[index[i]], key, &left);
    uint32_t chosen = topp_chosen(random, nucleus);
    for (size_t i = 0; i < m; i++) {
        sum += topp_share(p[index[i]], key, &ties);
        if (sum > chosen)
            return index[i];
    }
    return 0;
}

#endif
