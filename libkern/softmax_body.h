/* SPDX-License-Identifier: Apache-2.0
 * Softmax in the vocabulary of libkern/simd_math.h: the largest, the exponentials with their sum, the division. The
 * second pass takes four vectors a step, as many as hide the latency of the exponential. */
#include <math.h>

#include <kern/kern.h>

static inline float softmax_max(const float *x, size_t n)
{
    vf m[4] = { v_set(-INFINITY), v_set(-INFINITY), v_set(-INFINITY), v_set(-INFINITY) };
    size_t i = 0;

    for (; i + 4 * VN <= n; i += 4 * VN)
        for (size_t j = 0; j < 4; j++)
            m[j] = v_max(v_load(x + i + j * VN), m[j]);
    for (; i < n; i += VN)
        m[0] = v_max(v_load_first(x + i, v_left(n, i), -INFINITY), m[0]);
    return v_max_lanes(v_max(v_max(m[0], m[1]), v_max(m[2], m[3])));
}

/* y = exp(x - max); returns the sum. What is behind the end counts as minus infinity, and so nothing. */
static inline float softmax_exp(float *y, const float *x, size_t n, float max)
{
    vf top = v_set(max), e[4], s[4] = { v_set(0), v_set(0), v_set(0), v_set(0) };
    size_t i = 0;

    for (; i + 4 * VN <= n; i += 4 * VN) {
        V_EACH(j, 4) e[j] = v_sub(v_load(x + i + (size_t)(j * VN)), top);
        v_exp_neg(e, 4);
        V_EACH(j, 4)
        {
            v_store(y + i + (size_t)(j * VN), e[j]);
            s[j] = v_add(s[j], e[j]);
        }
    }
    for (; i < n; i += VN) {
        size_t k = v_left(n, i);
        e[0] = v_sub(v_load_first(x + i, k, -INFINITY), top);
        v_exp_neg(e, 1);
        v_store_first(y + i, e[0], k);
        s[0] = v_add(s[0], e[0]);
    }
    return v_sum(v_add(v_add(s[0], s[1]), v_add(s[2], s[3])));
}

void V_NAME(softmax)(float *y, const float *x, size_t n)
{
    float max = softmax_max(x, n);
    vf scale = v_set(1 / softmax_exp(y, x, n, max));
    size_t i = n - n % VN;

    if (i < n)
        v_store_first(y + i, v_mul(v_load_first(y + i, n - i, 0), scale), n - i);
    for (; i % (4 * VN); i -= VN) /* backwards: the end of y is still in the first-level cache */
        v_store(y + i - VN, v_mul(v_load(y + i - VN), scale));
    for (; i > 0; i -= 4 * VN)
        V_EACH(j, 4) v_store(y + i - (size_t)((j + 1) * VN), v_mul(v_load(y + i - (size_t)((j + 1) * VN)), scale));
}
