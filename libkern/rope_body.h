/* SPDX-License-Identifier: Apache-2.0
 * Rotary position embedding in the vocabulary of libkern/simd_math.h. Whether cosine and sine are computed or come from
 * a table, a step turns VN pairs of every head of a token, so that each angle is taken once. */
#include <kern/kern.h>

/* Turns `pairs` pairs of one head, one by one: what is left of a head behind its last whole vector. */
static inline void rope_turn_few(float *x, size_t apart, size_t step, size_t pairs, const float *c, const float *s)
{
    for (size_t i = 0; i < pairs; i++, x += step) {
        float a = x[0], b = x[apart];
        x[0] = a * c[i] - b * s[i];
        x[apart] = b * c[i] + a * s[i];
    }
}

/* Turns the k pairs from i on of every head at x by the angles with these cosines and sines. */
static inline void rope_turn(float *x, const struct kern_rope *r, size_t i, size_t k, vf c, vf s)
{
    size_t half = r->dim / 2;
    float cs[VN], ss[VN];

    if (k < (size_t)VN) {
        v_store(cs, c);
        v_store(ss, s);
    }
    for (size_t h = 0; h < r->heads; h++, x += r->dim) {
        if (k < (size_t)VN && r->layout == KERN_ROPE_PAIRS) {
            rope_turn_few(x + 2 * i, 1, 2, k, cs, ss);
        } else if (k < (size_t)VN) {
            rope_turn_few(x + i, half, 1, k, cs, ss);
        } else if (r->layout == KERN_ROPE_PAIRS) {
            v_turn_pairs(x + 2 * i, c, s);
        } else {
            vf a = v_load(x + i), b = v_load(x + i + half);
            v_store(x + i, v_fnma(b, s, v_mul(a, c)));
            v_store(x + i + half, v_fma(a, s, v_mul(b, c)));
        }
    }
}

void V_NAME(rope)(float *x, const float *freq, size_t pos, const struct kern_rope *r)
{
    size_t half = r->dim / 2;

    for (size_t t = 0; t < r->tokens; t++, x += r->heads * r->dim) {
        vf at = v_set((float)(pos + t)), c, s;
        for (size_t i = 0; i < half; i += VN) {
            size_t k = v_left(half, i);
            v_cos_sin(at, k == (size_t)VN ? v_load(freq + i) : v_load_first(freq + i, k, 0), &c, &s);
            rope_turn(x, r, i, k, c, s);
        }
    }
}

void V_NAME(rope_apply)(float *x, const float *table, const struct kern_rope *r)
{
    size_t half = r->dim / 2;

    for (size_t t = 0; t < r->tokens; t++, x += r->heads * r->dim, table += r->dim) {
        size_t i = 0;
        for (; i + VN <= half; i += VN)
            rope_turn(x, r, i, VN, v_load(table + i), v_load(table + half + i));
        if (i < half) {
            size_t k = half - i;
            rope_turn(x, r, i, k, v_load_first(table + i, k, 0), v_load_first(table + half + i, k, 0));
        }
    }
}

void V_NAME(rope_table)(float *table, const float *freq, size_t pos, size_t count, size_t dim)
{
    size_t half = dim / 2;

    for (size_t t = 0; t < count; t++, table += dim) {
        vf at = v_set((float)(pos + t)), c, s;
        for (size_t i = 0; i < half; i += VN) {
            size_t k = v_left(half, i);
            v_cos_sin(at, v_load_first(freq + i, k, 0), &c, &s);
            v_store_first(table + i, c, k);
            v_store_first(table + half + i, s, k);
        }
    }
}
