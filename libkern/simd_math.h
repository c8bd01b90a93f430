/* SPDX-License-Identifier: Apache-2.0
 * Functions of vectors, written once. libkern/<variant>/simd.h includes this file after defining the vocabulary:
 *
 *     vf, vi, VN               a vector of VN floats, and of as many 32-bit integers
 *     v_load_first, v_store_first  the first k lanes only, 1 <= k <= VN; other lanes load as `fill`
 *     v_max(a, b), v_min(a, b) b where either is a NaN
 *     v_sum, v_max_lanes       of all lanes, in an order of their own
 *     v_where_neg, v_where_odd one of two by the sign of a float, by the last bit of an integer
 *     v_flip_by_bit1           changes the sign where bit 1 of the integer is set
 *     v_fma, v_fnma            a b + c and c - a b, rounded once
 *     v_power(t)               the float whose exponent is the last eight bits of t (where there is no V_HAS_EXP)
 *     V_KEEP(v)                keeps the compiler from moving what makes v behind what comes later
 *
 * and the kernels' bodies (libkern/<family>_body.h) are written in it, with V_NAME(op) for the function's name. */
#ifndef LIBKERN_SIMD_MATH_H
#define LIBKERN_SIMD_MATH_H

#include "libkern/unroll.h"

/* How many elements the step at i has: all lanes, or what is left. */
static inline size_t v_left(size_t n, size_t i)
{
    return n - i < (size_t)VN ? n - i : (size_t)VN;
}

#ifndef V_HAS_APPEND
/* Puts the numbers of the set lanes, counted from `at`, to the end of a list; returns its length then. All VN places
 * behind the old end may be written. */
static inline size_t v_append(uint32_t *list, size_t length, unsigned lanes, size_t at)
{
    for (unsigned j = 0; j < VN; j++) { /* without branches, which would be mispredicted where many are set */
        list[length] = (uint32_t)at + j;
        length += lanes >> j & 1;
    }
    return length;
}
#endif

/* Functions of n vectors in place, n a constant up to 4. Step by step for all of them, because a CPU does not look far
 * enough ahead to fill the waits in the chain of one with the next; left alone, the compiler does one after the other. */
#define V_GROUP_OF   static inline __attribute__((always_inline)) void
#define V_EACH(j, n) UNROLL for (int j = 0; j < (n); j++)
#define V_STEP(v, value)                                                                                               \
    V_EACH(j, n)                                                                                                       \
    {                                                                                                                  \
        v[j] = value;                                                                                                  \
        V_KEEP(v[j]);                                                                                                  \
    }

/* v_exp_neg(x): exp(x) for x <= 0 within 2 units in the last place (where the result is subnormal, of the smallest
 * float); below -104 it is 0, and a NaN stays one. v_exp(x): the same for all x, infinity from 88.73 on. */
#ifdef V_HAS_EXP /* v_exp_neg_of() for x <= 89 */
enum { V_GROUP = 2 };

V_GROUP_OF v_exp_neg(vf *x, const int n)
{
    V_EACH(j, n) x[j] = v_exp_neg_of(x[j]);
}

V_GROUP_OF v_exp(vf *x, const int n)
{
    V_EACH(j, n) x[j] = v_exp_neg_of(v_min(v_set(89), x[j]));
}
#else
enum { V_GROUP = 4 };

/* x = k ln 2 + r with |r| <= ln 2 / 2; the product k ln 2 is subtracted in two parts, the first exactly; exp(r) is 1 + r
 * and r^2 times a polynomial that interpolates at Chebyshev's points. magic makes k an integer in the last bits of t, on
 * top of the bias of exponents and 100 more or less: 2^k itself may be no normal number. `last` takes the 100 back, and
 * is the only factor that rounds. */
V_GROUP_OF v_exp_by(vf *x, const vf *magic, const vf *last, const int n)
{
    vf t[4], k[4], r[4], q[4];

    V_STEP(t, v_fma(x[j], v_set(0x1.715476p+0f), magic[j]))
    V_STEP(k, v_sub(t[j], magic[j]))
    V_STEP(r, v_fnma(k[j], v_set(0x1.62e43p-1f), x[j]))
    V_STEP(r, v_fma(k[j], v_set(0x1.05c61p-29f), r[j]))
    V_STEP(q, v_fma(r[j], v_set(0x1.6d112cp-10f), v_set(0x1.120b9p-7f)))
    V_STEP(q, v_fma(q[j], r[j], v_set(0x1.555518p-5f)))
    V_STEP(q, v_fma(q[j], r[j], v_set(0x1.5554dcp-3f)))
    V_STEP(q, v_fma(q[j], r[j], v_set(0.5f)))
    V_STEP(q, v_fma(q[j], r[j], v_set(1)))
    V_STEP(q, v_fma(q[j], r[j], v_set(1)))
    V_STEP(q, v_mul(q[j], v_power(t[j])))
    V_STEP(x, v_mul(q[j], last[j]))
}

V_GROUP_OF v_exp_neg(vf *x, const int n)
{
    vf magic[4], last[4];

    V_EACH(j, n)
    {
        x[j] = v_max(v_set(-104.5f), x[j]); /* this way round, a NaN stays one */
        magic[j] = v_set(0x1.8p+23f + 127 + 100);
        last[j] = v_set(0x1p-100f);
    }
    v_exp_by(x, magic, last, n);
}

V_GROUP_OF v_exp(vf *x, const int n)
{
    vf magic[4], last[4];

    V_EACH(j, n)
    {
        x[j] = v_min(v_set(89), v_max(v_set(-104.5f), x[j]));
        magic[j] = v_where_neg(x[j], v_set(0x1.8p+23f + 127 + 100), v_set(0x1.8p+23f + 127 - 100));
        last[j] = v_where_neg(x[j], v_set(0x1p-100f), v_set(0x1p+100f));
    }
    v_exp_by(x, magic, last, n);
}
#endif

/* 1 / (1 + exp(-x)) within 6 u, and the smallest float where it is subnormal. The exponential of a negative number
 * cannot overflow, and keeps small results exact where 1 - 1 / (1 + exp(x)) would not. */
V_GROUP_OF v_sigmoid(vf *x, const int n)
{
    vf e[4], r[4];

    V_EACH(j, n) e[j] = v_negabs(x[j]);
    v_exp_neg(e, n);
    V_STEP(r, v_add(v_set(1), e[j]))
    V_STEP(r, v_recip12(r[j]))
    V_STEP(x, v_mul(v_where_neg(x[j], e[j], v_set(1)), r[j]))
}

/* Cosine and sine of the exact product a b, |a b| <= 2^20, within 4 u. The product is a float and its rounding error;
 * multiples of pi / 2 are subtracted in three parts (Cody and Waite), of which the first leaves no rounding; the last
 * two bits of their number say which of the two series is which, and their signs. */
static inline void v_cos_sin(vf a, vf b, vf *cosine, vf *sine)
{
    const vf magic = v_set(0x1.8p+23f);
    vf p = v_mul(a, b), rest = v_fma(a, b, v_sub(v_set(0), p));
    vf t = v_fma(p, v_set(0x1.45f306p-1f), magic), n = v_sub(t, magic);
    vf r = v_fma(n, v_set(0x1.777a5cp-25f), v_fnma(n, v_set(0x1.921fb6p+0f), p));
    r = v_add(v_fma(n, v_set(0x1.ee59dap-50f), r), rest);
    vf r2 = v_mul(r, r);
    vf s = v_fma(v_fma(v_set(-0x1.9a96f8p-13f), r2, v_set(0x1.110bc8p-7f)), r2, v_set(-0x1.555552p-3f));
    vf c = v_fma(v_fma(v_set(0x1.9baff2p-16f), r2, v_set(-0x1.6c1286p-10f)), r2, v_set(0x1.555554p-5f));
    s = v_fma(v_mul(s, r2), r, r);
    c = v_fma(v_mul(r2, r2), c, v_fnma(v_set(0.5f), r2, v_set(1)));
    vi q = v_bits(t);
    *sine = v_flip_by_bit1(v_where_odd(q, c, s), q);
    *cosine = v_flip_by_bit1(v_where_odd(q, s, c), v_next(q));
}

#endif
