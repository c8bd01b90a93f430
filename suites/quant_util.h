/* SPDX-License-Identifier: Apache-2.0
 * What the bindings of quantised operations share: values of blocks by their definition, and seeded blocks as of
 * trained weights. */
#ifndef SUITES_QUANT_UTIL_H
#define SUITES_QUANT_UTIL_H

#include "suites/binding_util.h"

#include <kern/kern.h>

#include <math.h>

/* A finite binary16 by its definition, so that libkern's conversion is checked too. */
static inline double qu_half(uint16_t h)
{
    int exponent = (h >> 10) & 31, mantissa = h & 0x3ff;
    double magnitude = exponent ? ldexp(1024 + mantissa, exponent - 25) : ldexp(mantissa, -24);
    return h & 0x8000 ? -magnitude : magnitude;
}

/* Value i of a row of blocks. */
static inline double qu_q8_0(const void *row, size_t i)
{
    const struct kern_q8_0 *x = row;
    return qu_half(x[i / 32].d) * x[i / 32].qs[i % 32];
}

static inline double qu_q4_0(const void *row, size_t i)
{
    const struct kern_q4_0 *x = row;
    int byte = x[i / 32].qs[i % 16];
    return qu_half(x[i / 32].d) * ((i % 32 < 16 ? byte & 15 : byte >> 4) - 8);
}

/* Level i of a row of INT8 or INT4 per channel. */
static inline double qu_i8(const void *row, size_t i)
{
    return ((const int8_t *)row)[i];
}

static inline double qu_i4(const void *row, size_t i)
{
    int byte = ((const uint8_t *)row)[i / 32 * 16 + i % 16];
    return (i % 32 < 16 ? byte & 15 : byte >> 4) - 8;
}

/* The two parts of a value of Q4_K, product and minimum, whose difference it is. */
static inline void qu_q4_k(const void *row, size_t i, double *product, double *minimum)
{
    const struct kern_q4_k *x = (const struct kern_q4_k *)row + i / KERN_Q4_K_BLOCK;
    const uint8_t *p = x->scales;
    size_t at = i % KERN_Q4_K_BLOCK, j = at / 32;
    int byte = x->qs[at / 64 * 32 + at % 32];
    int scale = j < 4 ? p[j] & 63 : (p[j + 4] & 15) | (p[j - 4] >> 6) << 4;
    int min = j < 4 ? p[j + 4] & 63 : p[j + 4] >> 4 | (p[j] >> 6) << 4;
    *product = qu_half(x->d) * scale * (at % 64 < 32 ? byte & 15 : byte >> 4);
    *minimum = qu_half(x->dmin) * min;
}

/* A scale between 2^-10 and 2^-4 of either sign. */
static inline uint16_t qu_scale(uint64_t *random)
{
    uint64_t bits = bu_random(random);
    return (uint16_t)((bits & 0x8000) | (5 + (bits >> 10 & 63) % 6) << 10 | (bits & 0x3ff));
}

static inline void qu_fill_q8_0(void *blocks, size_t n, uint64_t *random)
{
    struct kern_q8_0 *x = blocks;
    for (; n; n--, x++) {
        x->d = qu_scale(random);
        for (size_t i = 0; i < sizeof x->qs; i++)
            x->qs[i] = (int8_t)((int)(bu_random(random) % 255) - 127);
    }
}

static inline void qu_fill_q4_0(void *blocks, size_t n, uint64_t *random)
{
    struct kern_q4_0 *x = blocks;
    for (; n; n--, x++) {
        x->d = qu_scale(random);
        for (size_t i = 0; i < sizeof x->qs; i++)
            x->qs[i] = (uint8_t)bu_random(random);
    }
}

static inline void qu_fill_q4_k(void *blocks, size_t n, uint64_t *random)
{
    struct kern_q4_k *x = blocks;
    for (; n; n--, x++) {
        x->d = qu_scale(random);
        x->dmin = qu_scale(random);
        for (size_t i = 0; i < sizeof x->scales; i++)
            x->scales[i] = (uint8_t)bu_random(random);
        for (size_t i = 0; i < sizeof x->qs; i++)
            x->qs[i] = (uint8_t)bu_random(random);
    }
}

/* The largest magnitude of n floats. */
static inline double qu_largest(const float *x, size_t n)
{
    float most = 0;
    for (size_t i = 0; i < n; i++)
        most = fabsf(x[i]) > most ? fabsf(x[i]) : most;
    return most;
}

#endif
