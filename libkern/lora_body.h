/* SPDX-License-Identifier: Apache-2.0
 * Low-rank adapters in the vocabulary of libkern/simd_math.h: rows of A and B four at a time, so that what they share is
 * loaded once and four sums hide the latency of the multiply-add. */
#include <kern/kern.h>

/* d[r] = row r of a (n floats each) times x, for r in 0..rank - 1. */
static inline void lora_dots(float *d, const float *a, const float *x, size_t n, size_t rank)
{
    for (size_t r = 0; r < rank; r += 4, a += 4 * n) {
        vf s[8];
        size_t rows = rank - r < 4 ? rank - r : 4, i = 0;
        for (size_t j = 0; j < 8; j++)
            s[j] = v_set(0);
        for (; rows == 4 && i + VN <= n; i += VN)
            for (size_t j = 0; j < 4; j++)
                s[j] = v_fma(v_load(a + j * n + i), v_load(x + i), s[j]);
        for (; i + 2 * VN <= n; i += 2 * VN)
            for (size_t j = 0; j < rows; j++) {
                s[j] = v_fma(v_load(a + j * n + i), v_load(x + i), s[j]);
                s[j + 4] = v_fma(v_load(a + j * n + i + VN), v_load(x + i + VN), s[j + 4]);
            }
        for (; i < n; i += VN) {
            size_t k = v_left(n, i);
            for (size_t j = 0; j < rows; j++)
                s[j] = v_fma(v_load_first(a + j * n + i, k, 0), v_load_first(x + i, k, 0), s[j]);
        }
        for (size_t j = 0; j < rows; j++)
            d[r + j] = v_sum(v_add(s[j], s[j + 4]));
    }
}

/* y += sum over r of d[r] * row r of b (n floats each). */
static inline void lora_combine(float *y, const float *d, const float *b, size_t n, size_t rank)
{
    size_t i = 0;

    for (; i + 4 * VN <= n; i += 4 * VN) {
        vf s[4];
        for (size_t j = 0; j < 4; j++)
            s[j] = v_load(y + i + j * VN);
        for (size_t r = 0; r < rank; r++)
            for (size_t j = 0; j < 4; j++)
                s[j] = v_fma(v_set(d[r]), v_load(b + r * n + i + j * VN), s[j]);
        for (size_t j = 0; j < 4; j++)
            v_store(y + i + j * VN, s[j]);
    }
    for (; i < n; i += VN) {
        size_t k = v_left(n, i);
        vf s = v_load_first(y + i, k, 0);
        for (size_t r = 0; r < rank; r++)
            s = v_fma(v_set(d[r]), v_load_first(b + r * n + i, k, 0), s);
        v_store_first(y + i, s, k);
    }
}

/* Row r of g (n floats each) += d[r] * x. */
static inline void lora_spread(float *g, const float *d, const float *x, size_t n, size_t rank)
{
    for (size_t r = 0; r < rank; r++, g += n) {
        vf factor = v_set(d[r]);
        size_t i = 0;
        for (; i + 2 * VN <= n; i += 2 * VN) {
            v_store(g + i, v_fma(factor, v_load(x + i), v_load(g + i)));
            v_store(g + i + VN, v_fma(factor, v_load(x + i + VN), v_load(g + i + VN)));
        }
        for (; i < n; i += VN) {
            size_t k = v_left(n, i);
            v_store_first(g + i, v_fma(factor, v_load_first(x + i, k, 0), v_load_first(g + i, k, 0)), k);
        }
    }
}

static inline void lora_times(float *d, size_t rank, float scale)
{
    for (size_t r = 0; r < rank; r++)
        d[r] *= scale;
}

void V_NAME(lora)(float *y, const float *x, const struct kern_lora *l)
{
    float d[KERN_LORA_RANK];

    lora_dots(d, l->a, x, l->k, l->rank);
    lora_times(d, l->rank, l->scale);
    lora_combine(y, d, l->b, l->m, l->rank);
}

void V_NAME(lora_grad)(float *da, float *db, const float *x, const float *dy, const struct kern_lora *l)
{
    float d[KERN_LORA_RANK], e[KERN_LORA_RANK];

    lora_dots(d, l->a, x, l->k, l->rank);
    lora_dots(e, l->b, dy, l->m, l->rank);
    lora_times(d, l->rank, l->scale);
    lora_times(e, l->rank, l->scale);
    lora_spread(db, d, dy, l->m, l->rank);
    lora_spread(da, e, x, l->k, l->rank);
}

void V_NAME(lora_update)(float *w, float *g, float rate, size_t n)
{
    vf factor = v_set(rate), zero = v_set(0);
    size_t i = 0;

    for (; i + VN <= n; i += VN) {
        v_store(w + i, v_fnma(factor, v_load(g + i), v_load(w + i)));
        v_store(g + i, zero);
    }
    if (i < n) {
        v_store_first(w + i, v_fnma(factor, v_load_first(g + i, n - i, 0), v_load_first(w + i, n - i, 0)), n - i);
        v_store_first(g + i, zero, n - i);
    }
}
