/* SPDX-License-Identifier: Apache-2.0
 * The tiles that attention is made of, written once for every instruction set and every type of K and V.
 *
 * Before including it: libkern/<isa>/lanes.h (vectors), TYPE (of an element of K and V), VLOAD(p) (LANES of them as
 * floats) and NAME(x) (a name of its own for each type). If TYPE is a block of several elements, PER says of how many, and
 * VLOAD(p, i) gives LANES floats from element i of block p on. Rows are query heads that share K and V: what is loaded of K
 * and V, and widened to float, serves up to 8 of them. dim is a multiple of 16, and of PER. */
#include "libkern/unroll.h"
#define INLINE static inline __attribute__((always_inline))

#ifndef LIBKERN_ATTN_TILES_H
#define LIBKERN_ATTN_TILES_H
/* Fetches what comes `ahead` bytes later. Without pages that is 8 KiB, half a block of f16 with dim 128, unless a variant
 * has its own: two noisy passes of AVX-512 over 0 to 16 KiB on a history beyond the caches had all distances ahead of none
 * and no clear best from 4 KiB on. An address, not a pointer: it may lie beyond K. */
#ifndef FETCH_AHEAD
#define FETCH_AHEAD 8192
#endif
#define PREFETCH(p, ahead) __builtin_prefetch((const void *)((uintptr_t)(p) + (uintptr_t)(ahead)), 0, 3)

/* A variant defines this where the compiler would load a vector for each of its uses. */
#ifndef HOLD
#define HOLD(v) (void)0
#endif

/* Where one tile works: rows of scores s (s_step floats apart), and q or o (dim apart), n positions of K or V. */
struct tile {
    float *s;
    size_t s_step;
    const float *q;
    float *o;
    const float *shrink; /* of each row: what o is multiplied with first */
    size_t dim, step, n; /* step: elements from one position of K or V to the next */
    ptrdiff_t ahead;     /* paged: bytes from what is read to what is fetched */
};

/* Maximum and sum of e^(s - maximum) over n scores, which become those powers. *top is what was seen before, and what
 * is the maximum then. s has room for n rounded up to whole vectors, and zeros stand behind the powers. */
static inline float soften(float *s, size_t n, float *top)
{
    size_t whole = (n + LANES - 1) / LANES * LANES;
    for (size_t j = n; j < whole; j++)
        s[j] = -INFINITY;
    vf most = vset(*top), sum = vset(0);
    for (size_t j = 0; j < whole; j += LANES)
        most = vtop(vload_f32(s + j), most);
    *top = vtop_lanes(most);
    vf from = vset(*top);
    for (size_t j = 0; j < whole; j += LANES) {
        vf e = vexp(vsub(vload_f32(s + j), from));
        vstore(s + j, e);
        sum = vadd(sum, e);
    }
    return sum_lanes(sum);
}
#endif

/* The element i behind p, a multiple of PER; LANES floats from it on. UNIT: elements that are loaded in
 * one go, and whose line is asked for once. */
#ifdef PER
#define VAT(p, i) VLOAD((p) + (size_t)(i) / PER, (size_t)(i) % PER)
#define UNIT      ((int)PER > (int)LANES ? (int)PER : (int)LANES)
#else
#define PER       1
#define VAT(p, i) VLOAD((p) + (i))
#define UNIT      16
#endif
#define AT(p, i) ((p) + (size_t)(i) / PER)

/* s[g][j] = q[g] . k[j] of G rows, J positions in registers at a time. Not paged, the distance to fetch at is part of the
 * instruction: as a variable it cost decoding 6%. */
INLINE void NAME(scores)(const struct tile *t, const TYPE *k, const int G, const int J, const int paged)
{
    vf part[8][LANES];
    for (size_t j = 0; j < t->n; j += LANES) {
        size_t left = t->n - j < LANES ? t->n - j : LANES;
        for (size_t u = 0; u < LANES; u += (size_t)J) {
            vf sum[8][4];
            const TYPE *row[4];
            UNROLL for (int i = 0; i < J; i++)
            {
                size_t at = u + (size_t)i < left ? u + (size_t)i : left - 1; /* the last one again, for nothing */
                row[i] = AT(k, (j + at) * t->step);
                UNROLL for (int g = 0; g < G; g++) sum[g][i] = vset(0);
            }
            for (size_t d = 0; d < t->dim; d += UNIT) {
                UNROLL for (int i = 0; i < J; i++) PREFETCH(AT(row[i], d), paged ? t->ahead : FETCH_AHEAD);
                UNROLL for (int c = 0; c < UNIT; c += LANES)
                {
                    vf x[4];
                    UNROLL for (int i = 0; i < J; i++) x[i] = VAT(AT(row[i], d), c);
                    UNROLL for (int g = 0; g < G; g++)
                    {
                        vf q = vload_f32(t->q + (size_t)g * t->dim + d + c);
                        HOLD(q);
                        UNROLL for (int i = 0; i < J; i++) sum[g][i] = vfma(q, x[i], sum[g][i]);
                    }
                }
            }
            UNROLL for (int g = 0; g < G; g++) UNROLL for (int i = 0; i < J; i++) part[g][u + (size_t)i] = sum[g][i];
        }
        for (int g = 0; g < G; g++)
            vstore(t->s + (size_t)g * t->s_step + j, vsums(part[g]));
    }
}

/* o[g] = o[g] * shrink[g] + sum over j of s[g][j] * v[j], for N vectors of columns from column d on. */
INLINE void NAME(mix_columns)(const struct tile *t, const TYPE *v, size_t d, const int G, const int N, const int paged)
{
    vf o[8][8];
    UNROLL for (int g = 0; g < G; g++)
    {
        const float *from = t->o + (size_t)g * t->dim + d;
        vf shrink = vset(t->shrink[g]);
        UNROLL for (int i = 0; i < N; i++) o[g][i] = vmul(vload_f32(from + i * LANES), shrink);
    }
    const float *s = t->s;
    const size_t in = N * LANES % PER ? d % PER : 0; /* whole blocks: known to the compiler */
    for (size_t j = 0; j < t->n; j++, s++) {
        const TYPE *row = AT(v, j * t->step + d);
        vf x[8];
        UNROLL for (int i = 0; i < N; i++)
        {
            x[i] = VAT(row, in + (size_t)(i * LANES));
            if (i * LANES * (int)sizeof(TYPE) / PER % 64 == 0) /* once a line */
                PREFETCH(AT(row, in + (size_t)(i * LANES)), paged ? t->ahead : FETCH_AHEAD);
        }
        UNROLL for (int g = 0; g < G; g++)
        {
            vf p = vset(s[(size_t)g * t->s_step]);
            UNROLL for (int i = 0; i < N; i++) o[g][i] = vfma(p, x[i], o[g][i]);
        }
    }
    UNROLL for (int g = 0; g < G; g++)
    {
        float *to = t->o + (size_t)g * t->dim + d;
        UNROLL for (int i = 0; i < N; i++) vstore(to + i * LANES, o[g][i]);
    }
}

INLINE void NAME(mix)(const struct tile *t, const TYPE *v, const int G, const int N, const int paged)
{
    size_t d = 0, wide = (size_t)N * LANES;
    for (; d + wide <= t->dim; d += wide)
        NAME(mix_columns)(t, v, d, G, N, paged);
    for (; d < t->dim; d += LANES)
        NAME(mix_columns)(t, v, d, G, 1, paged);
}
