/* SPDX-License-Identifier: Apache-2.0
 * RMSNorm, and both norms fused with the residual addition, in the vocabulary of libkern/simd_math.h. The sum is taken
 * while x is brought into the first-level cache; the second pass scales. Four sums hide the latency of an addition. */
#include <math.h>

#include <kern/kern.h>

/* The floats of x (or x + r, which is stored to r) at i. */
static inline vf norms_take(float *r, const float *x, size_t i, size_t k)
{
    vf v = k == (size_t)VN ? v_load(x + i) : v_load_first(x + i, k, 0);
    if (!r)
        return v;
    v = v_add(k == (size_t)VN ? v_load(r + i) : v_load_first(r + i, k, 0), v);
    if (k == (size_t)VN)
        v_store(r + i, v);
    else
        v_store_first(r + i, v, k);
    return v;
}

static inline float norms_squares(float *r, const float *x, size_t n)
{
    vf s[4] = { v_set(0), v_set(0), v_set(0), v_set(0) };
    size_t i = 0;

    for (; i + 4 * VN <= n; i += 4 * VN)
        for (size_t j = 0; j < 4; j++) {
            vf v = norms_take(r, x, i + j * VN, VN);
            s[j] = v_fma(v, v, s[j]);
        }
    for (; i < n; i += VN) {
        vf v = norms_take(r, x, i, v_left(n, i));
        s[0] = v_fma(v, v, s[0]);
    }
    return v_sum(v_add(v_add(s[0], s[1]), v_add(s[2], s[3])));
}

static inline void norms_scale(float *y, const float *x, const float *w, size_t n, float factor)
{
    vf scale = v_set(factor);
    size_t i = 0;

    for (; i + 2 * VN <= n; i += 2 * VN) {
        vf v0 = v_mul(v_mul(v_load(x + i), scale), v_load(w + i));
        vf v1 = v_mul(v_mul(v_load(x + i + VN), scale), v_load(w + i + VN));
        v_store(y + i, v0);
        v_store(y + i + VN, v1);
    }
    for (; i < n; i += VN) {
        size_t k = v_left(n, i);
        v_store_first(y + i, v_mul(v_mul(v_load_first(x + i, k, 0), scale), v_load_first(w + i, k, 0)), k);
    }
}

void V_NAME(rmsnorm)(float *y, const float *x, const float *w, size_t n, float eps)
{
    norms_scale(y, x, w, n, 1 / sqrtf(norms_squares(NULL, x, n) / (float)n + eps));
}

void V_NAME(rmsnorm_add)(float *y, float *r, const float *x, const float *w, size_t n, float eps)
{
    norms_scale(y, r, w, n, 1 / sqrtf(norms_squares(r, x, n) / (float)n + eps));
}

static inline float norms_sum(float *r, const float *x, size_t n)
{
    vf s[4] = { v_set(0), v_set(0), v_set(0), v_set(0) };
    size_t i = 0;

    for (; i + 4 * VN <= n; i += 4 * VN)
        for (size_t j = 0; j < 4; j++)
            s[j] = v_add(norms_take(r, x, i + j * VN, VN), s[j]);
    for (; i < n; i += VN)
        s[0] = v_add(norms_take(r, x, i, v_left(n, i)), s[0]);
    return v_sum(v_add(v_add(s[0], s[1]), v_add(s[2], s[3])));
}

/* Sums of the differences from the mean and of their squares. */
static inline void norms_moments(const float *r, size_t n, float mean, float *rest, float *squares)
{
    vf centre = v_set(mean), d[4], q[4];
    size_t i = 0;

    for (size_t j = 0; j < 4; j++)
        d[j] = q[j] = v_set(0);
    for (; i + 4 * VN <= n; i += 4 * VN)
        for (size_t j = 0; j < 4; j++) {
            vf v = v_sub(v_load(r + i + j * VN), centre);
            d[j] = v_add(v, d[j]);
            q[j] = v_fma(v, v, q[j]);
        }
    for (; i < n; i += VN) {
        vf v = v_sub(v_load_first(r + i, v_left(n, i), mean), centre);
        d[0] = v_add(v, d[0]);
        q[0] = v_fma(v, v, q[0]);
    }
    *rest = v_sum(v_add(v_add(d[0], d[1]), v_add(d[2], d[3])));
    *squares = v_sum(v_add(v_add(q[0], q[1]), v_add(q[2], q[3])));
}

void V_NAME(layernorm_add)(float *y, float *r, const float *x, const float *w, const float *b, size_t n, float eps)
{
    float count = (float)n, mean = norms_sum(r, x, n) / count, rest, squares;
    size_t i = 0;

    norms_moments(r, n, mean, &rest, &squares);
    float shift = rest / count, var = squares / count - shift * shift;
    float factor = 1 / sqrtf((var < 0 ? 0 : var) + eps); /* this way round, a NaN stays one */
    vf centre = v_set(mean), scale = v_set(factor), offset = v_set(-shift * factor);
    for (; i + VN <= n; i += VN) {
        vf v = v_fma(v_sub(v_load(r + i), centre), scale, offset);
        v_store(y + i, v_fma(v, v_load(w + i), v_load(b + i)));
    }
    if (i < n) {
        size_t k = n - i;
        vf v = v_fma(v_sub(v_load_first(r + i, k, 0), centre), scale, offset);
        v_store_first(y + i, v_fma(v, v_load_first(w + i, k, 0), v_load_first(b + i, k, 0)), k);
    }
}
