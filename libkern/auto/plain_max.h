/* SPDX-License-Identifier: Apache-2.0
 * The largest of an array in plain C, in lanes that a compiler can keep in registers. */
#ifndef LIBKERN_AUTO_PLAIN_MAX_H
#define LIBKERN_AUTO_PLAIN_MAX_H

#include <math.h>
#include <stddef.h>

/* Minus infinity for nothing. NaNs are passed over. Not an OpenMP reduction, which starts at the smallest finite number
 * with some compilers. */
static inline float plain_max(const float *x, size_t n)
{
    enum { LANES = 16 };
    float best[LANES], most = -INFINITY;
    size_t i = 0;

    for (size_t j = 0; j < LANES; j++)
        best[j] = -INFINITY;
    for (; i + LANES <= n; i += LANES)
        for (size_t j = 0; j < LANES; j++)
            best[j] = x[i + j] > best[j] ? x[i + j] : best[j];
    for (; i < n; i++)
        most = x[i] > most ? x[i] : most;
    for (size_t j = 0; j < LANES; j++)
        most = best[j] > most ? best[j] : most;
    return most;
}

#endif
