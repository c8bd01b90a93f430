/* SPDX-License-Identifier: Apache-2.0
 * What both programs of the comparison measure: the same code, compiled by the C and by the C++ compiler. */
#ifndef KM_COMPARE_WORK_H
#define KM_COMPARE_WORK_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum { TRIVIAL = 100, MEMORY_WORDS = 8 << 20, STEPS = 100000, TEXT = 140 };

/* 64 MiB, beyond every cache but the largest. */
static inline uint64_t work_memory(const uint64_t *words)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < MEMORY_WORDS; i++)
        sum += words[i];
    return sum;
}

/* Every step waits for the one before: nothing but arithmetic. */
static inline double work_compute(double x)
{
    for (int i = 0; i < STEPS; i++)
        x = x * 0.999999 + 0.5;
    return x;
}

/* FNV-1a over a short text: about 100 ns. */
static inline uint64_t work_short(const unsigned char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < TEXT; i++)
        hash = (hash ^ text[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* A clock of our own, for what a runner's clock leaves out. */
static inline double work_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

#endif
