/* SPDX-License-Identifier: Apache-2.0
 * Rotary position embedding for the compiler to vectorise. The range is reduced in double, where the product of a
 * position and a frequency is exact. */
#include <kern/kern.h>

union bits {
    double d;
    uint64_t u;
};

/* See v_cos_sin() in libkern/simd_math.h. */
static inline void cos_sin(double angle, float *cosine, float *sine)
{
    const double magic = 0x1.8p+52;
    union bits t = { .d = angle * 0.63661977236758134308 + magic };
    float r = (float)(angle - (t.d - magic) * 1.57079632679489661923), r2 = r * r;
    float s = ((-0x1.9a96f8p-13f * r2 + 0x1.110bc8p-7f) * r2 - 0x1.555552p-3f) * r2 * r + r;
    float c = ((0x1.9baff2p-16f * r2 - 0x1.6c1286p-10f) * r2 + 0x1.555554p-5f) * (r2 * r2) + (1 - 0.5f * r2);
    float one = t.u & 1 ? c : s, other = t.u & 1 ? s : c;
    *sine = t.u & 2 ? -one : one;
    *cosine = (t.u + 1) & 2 ? -other : other;
}

/* Turns pairs of floats, `step` apart from each other and `apart` in themselves. */
static inline void turn(float *x, size_t apart, size_t step, size_t pairs, const float *c, const float *s)
{
#pragma omp simd
    for (size_t i = 0; i < pairs; i++) {
        float a = x[step * i], b = x[step * i + apart];
        x[step * i] = a * c[i] - b * s[i];
        x[step * i + apart] = b * c[i] + a * s[i];
    }
}

static inline void turn_heads(float *x, const struct kern_rope *r, size_t from, size_t pairs, const float *c,
                              const float *s)
{
    for (size_t h = 0; h < r->heads; h++, x += r->dim)
        if (r->layout == KERN_ROPE_PAIRS)
            turn(x + 2 * from, 1, 2, pairs, c, s);
        else
            turn(x + from, r->dim / 2, 1, pairs, c, s);
}

static inline void angles(float *c, float *s, const float *freq, size_t pairs, size_t pos)
{
#pragma omp simd
    for (size_t i = 0; i < pairs; i++)
        cos_sin((double)pos * (double)freq[i], &c[i], &s[i]);
}

void kern_rope_f32_auto(float *x, const float *freq, size_t pos, const struct kern_rope *r)
{
    enum { BLOCK = 64 };
    float c[BLOCK], s[BLOCK];

    for (size_t t = 0; t < r->tokens; t++, x += r->heads * r->dim)
        for (size_t i = 0; i < r->dim / 2; i += BLOCK) {
            size_t pairs = r->dim / 2 - i < BLOCK ? r->dim / 2 - i : BLOCK;
            angles(c, s, freq + i, pairs, pos + t);
            turn_heads(x, r, i, pairs, c, s);
        }
}

void kern_rope_apply_f32_auto(float *x, const float *table, const struct kern_rope *r)
{
    for (size_t t = 0; t < r->tokens; t++, x += r->heads * r->dim, table += r->dim)
        turn_heads(x, r, 0, r->dim / 2, table, table + r->dim / 2);
}

void kern_rope_table_f32_auto(float *table, const float *freq, size_t pos, size_t count, size_t dim)
{
    for (size_t t = 0; t < count; t++, table += dim)
        angles(table, table + dim / 2, freq, dim / 2, pos + t);
}
