/* SPDX-License-Identifier: Apache-2.0
 * axpy, argmax, top-k and top-p in the vocabulary of libkern/simd_math.h. Searches compare whole blocks with the best so
 * far and look closer only where something is larger, which is rare. */
#include <math.h>

#include <kern/kern.h>

#include "libkern/topk_insert.h"
#include "libkern/topp_body.h"

void V_NAME(axpy)(float *y, float a, const float *x, size_t n)
{
    vf factor = v_set(a);
    size_t i = 0;

    for (; i + 4 * VN <= n; i += 4 * VN)
        for (size_t j = 0; j < 4 * VN; j += VN)
            v_store(y + i + j, v_fma(factor, v_load(x + i + j), v_load(y + i + j)));
    for (; i < n; i += VN) {
        size_t k = v_left(n, i);
        v_store_first(y + i, v_fma(factor, v_load_first(x + i, k, 0), v_load_first(y + i, k, 0)), k);
    }
}

/* The largest of each lane of `vectors` vectors and of `least`. NaNs give way, as they come first. */
static inline vf sampling_max(const float *x, size_t vectors, vf least)
{
    vf m[4] = { least, least, least, least };

    for (size_t j = 0; j < vectors; j += 4)
        for (size_t i = 0; i < 4; i++)
            m[i] = v_max(v_load(x + (i + j) * VN), m[i]);
    return v_max(v_max(m[0], m[1]), v_max(m[2], m[3]));
}

size_t V_NAME(argmax)(const float *x, size_t n)
{
    enum { VECTORS = 16, BLOCK = VECTORS * VN };
    float best = -INFINITY;
    size_t at = 0, i = 0;

    for (; i + BLOCK <= n; i += BLOCK) {
        vf m = sampling_max(x + i, VECTORS, v_set(best));
        if (v_gt(m, v_set(best))) {
            best = v_max_lanes(m);
            at = i;
        }
    }
    for (; i < n; i++)
        if (x[i] > best) {
            best = x[i];
            at = i;
        }
    for (; at < n; at++)
        if (x[at] == best)
            return at;
    return 0;
}

size_t V_NAME(topk)(float *values, uint32_t *index, const float *x, size_t n, size_t k)
{
    enum { VECTORS = 8, BLOCK = VECTORS * VN };
    size_t found = 0, i = 0;

    if (k == 0)
        return 0;
    for (; i < n && found < k; i++)
        if (x[i] == x[i])
            found = topk_insert(values, index, found, k, x[i], i);
    for (; i + BLOCK <= n; i += BLOCK) {
        vf least = v_set(values[k - 1]);
        if (!v_gt(sampling_max(x + i, VECTORS, least), least))
            continue;
        for (size_t j = i; j < i + BLOCK; j += VN)
            for (unsigned larger = v_gt(v_load(x + j), least); larger; larger &= larger - 1) {
                size_t there = j + (size_t)__builtin_ctz(larger);
                if (x[there] > values[k - 1])
                    topk_insert(values, index, found, k, x[there], there);
            }
    }
    for (; i < n; i++)
        if (x[i] > values[k - 1])
            topk_insert(values, index, found, k, x[i], i);
    return found;
}

/* The indices of all p >= least, in order. */
static inline size_t sampling_at_least(uint32_t *index, const float *p, size_t n, float least)
{
    const unsigned all = VN == 32 ? ~0U : (1U << VN) - 1;
    size_t found = 0, i = 0;

    for (; i + VN <= n; i += VN) { /* found <= i, so there is room for all lanes */
        unsigned here = all & ~v_gt(v_set(least), v_load(p + i));
        if (here)
            found = v_append(index, found, here, i);
    }
    for (; i < n; i++)
        if (p[i] >= least)
            index[found++] = (uint32_t)i;
    return found;
}

size_t V_NAME(topp)(const float *p, size_t n, float top_p, float random, void *work)
{
    return topp_sample(p, n, top_p, random, work, sampling_at_least);
}
