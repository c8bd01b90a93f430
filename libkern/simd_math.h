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
 *
 * and the kernels' bodies (libkern/<family>_body.h) are written in it, with V_NAME(op) for the function's name. */
#ifndef LIBKERN_SIMD_MATH_H
#define LIBKERN_SIMD_MATH_H

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

/* exp(x) for x <= 88 within 2 units in the last place (where the result is subnormal, of the smallest float); below -104
 * it is 0, and a NaN stays one. x = n ln 2 + r with |r| <= ln 2 / 2; the product n ln 2 is subtracted in two parts, the
 * first exactly; (exp(r) - 1 - r) / r^2 is a polynomial that interpolates it at Chebyshev's points. */
#ifndef V_HAS_EXP
static inline vf v_exp_neg(vf x)
{
    const vf magic = v_set(0x1.8p+23f);
    x = v_max(v_set(-104.5f), x); /* this way round, a NaN stays one */
    vf t = v_fma(x, v_set(0x1.715476p+0f), magic), n = v_sub(t, magic);
    vf r = v_fma(n, v_set(0x1.05c61p-29f), v_fnma(n, v_set(0x1.62e43p-1f), x));
    vf q = v_fma(r, v_set(0x1.6d112cp-10f), v_set(0x1.120b9p-7f));
    q = v_fma(v_fma(v_fma(q, r, v_set(0x1.555518p-5f)), r, v_set(0x1.5554dcp-3f)), r, v_set(0.5f));
    return v_scale2(v_add(v_fma(v_mul(r, r), q, r), v_set(1)), v_minus_bits(t, magic));
}
#endif

/* exp(x) for all x: infinity from 88.73 on. */
static inline vf v_exp(vf x)
{
    return v_exp_neg(v_min(v_set(89), x));
}

/* 1 / (1 + exp(-x)) within 6 u, and the smallest float where it is subnormal. The exponential of a negative number
 * cannot overflow, and keeps small results exact where 1 - 1 / (1 + exp(x)) would not. */
static inline vf v_sigmoid(vf x)
{
    vf e = v_exp_neg(v_negabs(x)), r = v_recip12(v_add(v_set(1), e));
    return v_mul(v_where_neg(x, e, v_set(1)), r);
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
