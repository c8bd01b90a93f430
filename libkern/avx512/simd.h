/* SPDX-License-Identifier: Apache-2.0
 * The vocabulary of libkern/simd_math.h in AVX-512; v_exp_neg_of() looks the fraction's power up in a register. */
#ifndef LIBKERN_AVX512_SIMD_H
#define LIBKERN_AVX512_SIMD_H

#include <stdint.h>

#include "libkern/avx512/vec.h"

#define V_NAME(op) kern_##op##_f32_avx512
typedef __m512 vf;
typedef __m512i vi;
typedef __mmask16 vmask;
enum { VN = 16 };

#define V_KEEP(v) (void)0 /* the compiler does well */

#define v_set(f)        _mm512_set1_ps(f)
#define v_load(p)       _mm512_loadu_ps(p)
#define v_store(p, v)   _mm512_storeu_ps(p, v)
#define v_add(a, b)     _mm512_add_ps(a, b)
#define v_sub(a, b)     _mm512_sub_ps(a, b)
#define v_mul(a, b)     _mm512_mul_ps(a, b)
#define v_div(a, b)     _mm512_div_ps(a, b)
#define v_fma(a, b, c)  _mm512_fmadd_ps(a, b, c)
#define v_fnma(a, b, c) _mm512_fnmadd_ps(a, b, c)
#define v_max(a, b)     _mm512_max_ps(a, b)
#define v_min(a, b)     _mm512_min_ps(a, b)
#define v_sum(v)        sum_lanes(v)

static inline vf v_load_first(const float *p, size_t k, float fill)
{
    return _mm512_mask_loadu_ps(_mm512_set1_ps(fill), first_lanes(k), p);
}

static inline void v_store_first(float *p, vf v, size_t k)
{
    _mm512_mask_storeu_ps(p, first_lanes(k), v);
}

static inline float v_max_lanes(vf v)
{
    return _mm512_reduce_max_ps(v);
}

/* One bit a lane. */
static inline unsigned v_gt(vf a, vf b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ);
}

static inline unsigned v_eq(vf a, vf b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ);
}

#define V_HAS_APPEND
/* Puts the numbers of the set lanes, counted from `at`, to the end of a list; returns its length then. All VN places
 * behind the old end may be written. */
static inline size_t v_append(uint32_t *list, size_t length, unsigned lanes, size_t at)
{
    const vi count = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    vi number = _mm512_add_epi32(count, _mm512_set1_epi32((int)at));
    _mm512_storeu_si512(list + length, _mm512_maskz_compress_epi32((__mmask16)lanes, number));
    return length + (size_t)__builtin_popcount(lanes);
}

static inline vf v_where_neg(vf x, vf negative, vf other)
{
    return _mm512_mask_blend_ps(_mm512_movepi32_mask(_mm512_castps_si512(x)), other, negative);
}

static inline vf v_negabs(vf x)
{
    return _mm512_or_ps(x, _mm512_set1_ps(-0.0f));
}

static inline vi v_bits(vf x)
{
    return _mm512_castps_si512(x);
}

static inline vi v_next(vi q)
{
    return _mm512_sub_epi32(q, _mm512_set1_epi32(-1));
}

static inline vf v_where_odd(vi q, vf odd, vf even)
{
    return _mm512_mask_blend_ps(_mm512_test_epi32_mask(q, _mm512_set1_epi32(1)), even, odd);
}

static inline vf v_flip_by_bit1(vf v, vi q)
{
    vi sign = _mm512_slli_epi32(_mm512_and_si512(q, _mm512_set1_epi32(2)), 30);
    return _mm512_castsi512_ps(_mm512_xor_si512(_mm512_castps_si512(v), sign));
}

/* 1 / d for d in [1, 2], within 2 u. */
static inline vf v_recip12(vf d)
{
    vf r = _mm512_rcp14_ps(d);
    return v_fma(r, v_fnma(d, r, v_set(1)), r);
}

#define V_HAS_EXP
/* x = n ln 2 + r with n a multiple of 1/16; the magic constant's last bit is worth 1/16. Two to the fraction of n is one
 * of 16 numbers, and scalef takes the whole part, rounding once where the result is subnormal. */
static inline vf v_exp_neg_of(vf x)
{
    const vf power = _mm512_setr_ps(1, 0x1.0b5586p+0f, 0x1.172b84p+0f, 0x1.2387a6p+0f, 0x1.306fep+0f, 0x1.3dea64p+0f,
                                    0x1.4bfdaep+0f, 0x1.5ab07ep+0f, 0x1.6a09e6p+0f, 0x1.7a1148p+0f, 0x1.8ace54p+0f,
                                    0x1.9c4918p+0f, 0x1.ae89fap+0f, 0x1.c199bep+0f, 0x1.d5818ep+0f, 0x1.ea4afap+0f);
    const vf magic = v_set(0x1.8p+19f);
    x = v_max(v_set(-104.5f), x); /* this way round, a NaN stays one */
    vf t = v_fma(x, v_set(0x1.715476p+0f), magic), n = v_sub(t, magic);
    vf r = v_fma(n, v_set(0x1.05c61p-29f), v_fnma(n, v_set(0x1.62e43p-1f), x));
    vf p = _mm512_permutexvar_ps(_mm512_castps_si512(t), power);
    vf q = v_fma(v_fma(r, v_set(0x1.555556p-3f), v_set(0.5f)), r, v_set(1));
    return _mm512_scalef_ps(v_fma(v_mul(p, r), q, p), n);
}

/* Turns the VN pairs x[2 i], x[2 i + 1] by the angles of which c and s are cosine and sine. */
static inline void v_turn_pairs(float *x, vf c, vf s)
{
    const vi low = _mm512_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
    const vi high = _mm512_add_epi32(low, _mm512_set1_epi32(8));
    vf a = v_load(x), b = v_load(x + VN);
    vf as = v_mul(_mm512_permute_ps(a, 0xb1), _mm512_permutexvar_ps(low, s));
    vf bs = v_mul(_mm512_permute_ps(b, 0xb1), _mm512_permutexvar_ps(high, s));
    v_store(x, _mm512_fmaddsub_ps(a, _mm512_permutexvar_ps(low, c), as));
    v_store(x + VN, _mm512_fmaddsub_ps(b, _mm512_permutexvar_ps(high, c), bs));
}

#include "libkern/simd_math.h"

#endif
