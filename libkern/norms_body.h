/* SPDX-License-Identifier: Apache-2.0
 * RMSNorm and LayerNorm, alone and fused with the residual addition, in the vocabulary of libkern/simd_math.h. The sums
 * are taken while x is brought into the first-level cache; the second pass scales. Four sums hide the latency of an
 * addition. */
#include <float.h>
#include <math.h>

#include <kern/kern.h>

/* The k floats of x (or x + r, which is stored to r) at i; lanes behind them are `fill`. */
static inline vf norms_take(float *r, const float *x, size_t i, size_t k, float fill)
{
    vf v = k == (size_t)VN ? v_load(x + i) : v_load_first(x + i, k, fill);
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
            vf v = norms_take(r, x, i + j * VN, VN, 0);
            s[j] = v_fma(v, v, s[j]);
        }
    for (; i < n; i += VN) {
        vf v = norms_take(r, x, i, v_left(n, i), 0);
        s[0] = v_fma(v, v, s[0]);
    }
    return v_sum(v_add(v_add(s[0], s[1]), v_add(s[2], s[3])));
}

/* From the end to the start: what the first pass read last is still in the first-level cache. */
static inline void norms_scale(float *y, const float *x, const float *w, size_t n, float factor)
{
    vf scale = v_set(factor);
    size_t i = n - n % VN, k = n % VN;

    if (k)
        v_store_first(y + i, v_mul(v_mul(v_load_first(x + i, k, 0), scale), v_load_first(w + i, k, 0)), k);
    for (; i >= 2 * VN; i -= 2 * VN) {
        vf v1 = v_mul(v_mul(v_load(x + i - VN), scale), v_load(w + i - VN));
        vf v0 = v_mul(v_mul(v_load(x + i - 2 * VN), scale), v_load(w + i - 2 * VN));
        v_store(y + i - VN, v1);
        v_store(y + i - 2 * VN, v0);
    }
    if (i)
        v_store(y, v_mul(v_mul(v_load(x), scale), v_load(w)));
}

void V_NAME(rmsnorm)(float *y, const float *x, const float *w, size_t n, float eps)
{
    norms_scale(y, x, w, n, 1 / sqrtf(norms_squares(NULL, x, n) / (float)n + eps));
}

void V_NAME(rmsnorm_add)(float *y, float *r, const float *x, const float *w, size_t n, float eps)
{
    norms_scale(y, r, w, n, 1 / sqrtf(norms_squares(r, x, n) / (float)n + eps));
}

/* Sums of the differences from `middle` and of their squares. */
static inline void norms_moments(float *r, const float *x, size_t n, float middle, float *sum, float *squares)
{
    vf centre = v_set(middle), d[4], q[4];
    size_t i = 0;

    for (size_t j = 0; j < 4; j++)
        d[j] = q[j] = v_set(0);
    for (; i + 4 * VN <= n; i += 4 * VN)
        for (size_t j = 0; j < 4; j++) {
            vf v = v_sub(norms_take(r, x, i + j * VN, VN, middle), centre);
            d[j] = v_add(v, d[j]);
            q[j] = v_fma(v, v, q[j]);
        }
    for (; i < n; i += VN) {
        vf v = v_sub(norms_take(r, x, i, v_left(n, i), middle), centre);
        d[0] = v_add(v, d[0]);
        q[0] = v_fma(v, v, q[0]);
    }
    *sum = v_sum(v_add(v_add(d[0], d[1]), v_add(d[2], d[3])));
    *squares = v_sum(v_add(v_add(q[0], q[1]), v_add(q[2], q[3])));
}

/* What normalises: y = ((x - mean) * scale + offset) * w + b. */
struct norm {
    float mean, scale, offset;
};

static inline void norms_shift(float *y, const float *x, const float *w, const float *b, size_t n, struct norm norm)
{
    vf mean = v_set(norm.mean), scale = v_set(norm.scale), offset = v_set(norm.offset);
    size_t i = n - n % VN, k = n % VN;

    if (k) {
        vf v = v_fma(v_sub(v_load_first(x + i, k, 0), mean), scale, offset);
        v_store_first(y + i, v_fma(v, v_load_first(w + i, k, 0), v_load_first(b + i, k, 0)), k);
    }
    for (; i > 0; i -= VN) {
        vf v = v_fma(v_sub(v_load(x + i - VN), mean), scale, offset);
        v_store(y + i - VN, v_fma(v, v_load(w + i - VN), v_load(b + i - VN)));
    }
}

/* One pass with differences from the first element is enough where that lies within two deviations of the mean, because
 * then the variance is at least a fifth of the mean square and little of it cancels. Otherwise a second pass takes the
 * differences from the mean. Conditions are so that a NaN or an overflow goes there too, and stays a NaN. */
static inline struct norm norms_norm(float *r, const float *x, size_t n, float eps)
{
    float count = (float)n, middle = r ? r[0] + x[0] : x[0], sum, squares;

    norms_moments(r, x, n, middle, &sum, &squares);
    float shift = sum / count, var = squares / count - shift * shift, mean = middle + shift;
    shift = (middle - mean) + shift; /* what rounding left out of the mean */
    if (!((mean - middle) * (mean - middle) <= 4 * var && var <= FLT_MAX)) {
        norms_moments(NULL, r ? r : x, n, mean, &sum, &squares);
        shift = sum / count;
        var = squares / count - shift * shift;
        var = var < 0 ? 0 : var;
    }
    float scale = 1 / sqrtf(var + eps);
    return (struct norm){ mean, scale, -shift * scale };
}

void V_NAME(layernorm)(float *y, const float *x, const float *w, const float *b, size_t n, float eps)
{
    if (n > 0)
        norms_shift(y, x, w, b, n, norms_norm(NULL, x, n, eps));
}

void V_NAME(layernorm_add)(float *y, float *r, const float *x, const float *w, const float *b, size_t n, float eps)
{
    if (n > 0)
        norms_shift(y, r, w, b, n, norms_norm(r, x, n, eps));
}
