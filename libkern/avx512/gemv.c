/* SPDX-License-Identifier: Apache-2.0
 * Matrix times vector: four rows at a time share the loads of x, and each row has two sums. A row is added up in the
 * same order whether it is one of four or left over, so that rows can be split among threads. */
#include <kern/kern.h>

#include "libkern/avx512/vec.h"

/* The sums of rows a, a + stride, ... of which there are four, or one if stride is 0. */
static inline __m128 rows(const float *a, size_t stride, const float *x, size_t k)
{
    const float *b = a + stride, *c = b + stride, *d = c + stride;
    __m512 a0 = _mm512_setzero_ps(), b0 = a0, c0 = a0, d0 = a0, a1 = a0, b1 = a0, c1 = a0, d1 = a0;
    size_t j = 0;

    for (; j + 32 <= k; j += 32) {
        __m512 x0 = _mm512_loadu_ps(x + j), x1 = _mm512_loadu_ps(x + j + 16);
        a0 = _mm512_fmadd_ps(_mm512_loadu_ps(a + j), x0, a0);
        a1 = _mm512_fmadd_ps(_mm512_loadu_ps(a + j + 16), x1, a1);
        b0 = _mm512_fmadd_ps(_mm512_loadu_ps(b + j), x0, b0);
        b1 = _mm512_fmadd_ps(_mm512_loadu_ps(b + j + 16), x1, b1);
        c0 = _mm512_fmadd_ps(_mm512_loadu_ps(c + j), x0, c0);
        c1 = _mm512_fmadd_ps(_mm512_loadu_ps(c + j + 16), x1, c1);
        d0 = _mm512_fmadd_ps(_mm512_loadu_ps(d + j), x0, d0);
        d1 = _mm512_fmadd_ps(_mm512_loadu_ps(d + j + 16), x1, d1);
    }
    for (; j < k; j += 16) { /* at most twice */
        __mmask16 m = first_lanes(k - j < 16 ? k - j : 16);
        __m512 x0 = _mm512_maskz_loadu_ps(m, x + j);
        a0 = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(m, a + j), x0, a0);
        b0 = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(m, b + j), x0, b0);
        c0 = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(m, c + j), x0, c0);
        d0 = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(m, d + j), x0, d0);
    }
    return sum_lanes4(_mm512_add_ps(a0, a1), _mm512_add_ps(b0, b1), _mm512_add_ps(c0, c1), _mm512_add_ps(d0, d1));
}

void kern_gemv_f32_avx512(float *y, const float *a, const float *x, size_t m, size_t k)
{
    size_t i = 0;

    for (; i + 4 <= m; i += 4)
        _mm_storeu_ps(y + i, rows(a + i * k, k, x, k));
    for (; i < m; i++)
        y[i] = _mm_cvtss_f32(rows(a + i * k, 0, x, k));
}
