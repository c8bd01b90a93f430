/* SPDX-License-Identifier: Apache-2.0
 * axpy, argmax, top-k and top-p for the compiler to vectorise, as far as it can. */
#include <kern/kern.h>

#include "libkern/auto/plain_max.h"
#include "libkern/topk_insert.h"
#include "libkern/topp_body.h"

void kern_axpy_f32_auto(float *y, float a, const float *x, size_t n)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

/* The largest first, which is a loop without branches, and then where it is. */
size_t kern_argmax_f32_auto(const float *x, size_t n)
{
    float best = plain_max(x, n);

    for (size_t i = 0; i < n; i++)
        if (x[i] == best)
            return i;
    return 0;
}

size_t kern_topk_f32_auto(float *values, uint32_t *index, const float *x, size_t n, size_t k)
{
    size_t found = 0, i = 0;

    for (; i < n && found < k; i++)
        if (x[i] == x[i])
            found = topk_insert(values, index, found, k, x[i], i);
    for (; i < n && k; i++)
        if (x[i] > values[k - 1])
            topk_insert(values, index, found, k, x[i], i);
    return found;
}

static size_t at_least(uint32_t *index, const float *p, size_t n, float least)
{
    size_t found = 0;

    for (size_t i = 0; i < n; i++) {
        index[found] = (uint32_t)i; /* found <= i, so there is room */
        found += p[i] >= least;
    }
    return found;
}

size_t kern_topp_f32_auto(const float *p, size_t n, float top_p, float random, void *work)
{
    return topp_sample(p, n, top_p, random, work, at_least);
}
