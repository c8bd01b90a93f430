/* SPDX-License-Identifier: Apache-2.0
 * Matrix of 16-bit floats times vector, for one type of the matrix, in the vocabulary of libkern/<isa>/lanes.h: four
 * rows at a time share the loads of x, and each row has two sums. A row is added up in the same order whether it is one
 * of four or alone, so that rows can be split among threads. */
#ifndef LIBKERN_GEMV_HALF_H
#define LIBKERN_GEMV_HALF_H

#include <string.h>

#include <kern/kern.h>

#include "libkern/unroll.h"

enum { GEMV_ROWS = 4 };

#define GEMV_HALF(type, isa)                                                                                           \
    /* The first n numbers at p, and zeros. */                                                                         \
    static inline vf type##_first(const uint16_t *p, size_t n)                                                         \
    {                                                                                                                  \
        uint16_t room[LANES] = { 0 };                                                                                  \
        memcpy(room, p, n * sizeof *room);                                                                             \
        return vload_##type(room);                                                                                     \
    }                                                                                                                  \
                                                                                                                       \
    static inline __attribute__((always_inline)) void type##_rows(float *y, const uint16_t *a, const float *x,         \
                                                                  size_t k, const size_t count)                        \
    {                                                                                                                  \
        vf s[GEMV_ROWS], t[GEMV_ROWS];                                                                                 \
        size_t j = 0;                                                                                                  \
        UNROLL                                                                                                         \
        for (size_t r = 0; r < count; r++)                                                                             \
            s[r] = t[r] = vset(0);                                                                                     \
        for (; j + 2 * LANES <= k; j += 2 * LANES) {                                                                   \
            vf x0 = vload_f32(x + j), x1 = vload_f32(x + j + LANES);                                                   \
            UNROLL                                                                                                     \
            for (size_t r = 0; r < count; r++) {                                                                       \
                s[r] = vfma(vload_##type(a + r * k + j), x0, s[r]);                                                    \
                t[r] = vfma(vload_##type(a + r * k + j + LANES), x1, t[r]);                                            \
            }                                                                                                          \
        }                                                                                                              \
        for (; j < k; j += LANES) { /* at most twice */                                                                \
            size_t n = k - j < LANES ? k - j : LANES;                                                                  \
            float room[LANES] = { 0 };                                                                                 \
            memcpy(room, x + j, n * sizeof *room);                                                                     \
            UNROLL                                                                                                     \
            for (size_t r = 0; r < count; r++)                                                                         \
                s[r] = vfma(type##_first(a + r * k + j, n), vload_f32(room), s[r]);                                    \
        }                                                                                                              \
        UNROLL                                                                                                         \
        for (size_t r = 0; r < count; r++)                                                                             \
            y[r] = sum_lanes(vadd(s[r], t[r]));                                                                        \
    }                                                                                                                  \
                                                                                                                       \
    void kern_gemv_##type##_##isa(float *y, const uint16_t *a, const float *x, size_t m, size_t k)                     \
    {                                                                                                                  \
        size_t i = 0;                                                                                                  \
        for (; i + GEMV_ROWS <= m; i += GEMV_ROWS)                                                                     \
            type##_rows(y + i, a + i * k, x, k, GEMV_ROWS);                                                            \
        for (; i < m; i++)                                                                                             \
            type##_rows(y + i, a + i * k, x, k, 1);                                                                    \
    }

#endif
