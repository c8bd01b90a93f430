/* SPDX-License-Identifier: Apache-2.0
 * The vocabulary of libkern/simd_math.h in AVX2. */
#ifndef LIBKERN_AVX2_SIMD_H
#define LIBKERN_AVX2_SIMD_H

#include <stdint.h>

#include "libkern/avx2/vec.h"

#define V_NAME(op) kern_##op##_f32_avx2
typedef __m256 vf;
typedef __m256i vi;
enum { VN = 8 };

#define V_KEEP(v) __asm__("" : "+x"(v))

#define v_set(f)        _mm256_set1_ps(f)
#define v_load(p)       _mm256_loadu_ps(p)
#define v_store(p, v)   _mm256_storeu_ps(p, v)
#define v_add(a, b)     _mm256_add_ps(a, b)
#define v_sub(a, b)     _mm256_sub_ps(a, b)
#define v_mul(a, b)     _mm256_mul_ps(a, b)
#define v_div(a, b)     _mm256_div_ps(a, b)
#define v_fma(a, b, c)  _mm256_fmadd_ps(a, b, c)
#define v_fnma(a, b, c) _mm256_fnmadd_ps(a, b, c)
#define v_max(a, b)     _mm256_max_ps(a, b)
#define v_min(a, b)     _mm256_min_ps(a, b)
#define v_sum(v)        sum_lanes(v)

static inline vf v_load_first(const float *p, size_t k, float fill)
{
    vi m = first_lanes(k);
    return _mm256_blendv_ps(_mm256_set1_ps(fill), _mm256_maskload_ps(p, m), _mm256_castsi256_ps(m));
}

static inline void v_store_first(float *p, vf v, size_t k)
{
    _mm256_maskstore_ps(p, first_lanes(k), v);
}

static inline float v_max_lanes(vf v)
{
    __m128 q = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    q = _mm_max_ps(q, _mm_movehl_ps(q, q));
    return _mm_cvtss_f32(_mm_max_ss(q, _mm_movehdup_ps(q)));
}

/* One bit a lane. */
static inline unsigned v_gt(vf a, vf b)
{
    return (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_GT_OQ));
}

static inline unsigned v_eq(vf a, vf b)
{
    return (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_EQ_OQ));
}

static inline vf v_where_neg(vf x, vf negative, vf other)
{
    return _mm256_blendv_ps(other, negative, x);
}

static inline vf v_negabs(vf x)
{
    return _mm256_or_ps(x, _mm256_set1_ps(-0.0f));
}

static inline vi v_bits(vf x)
{
    return _mm256_castps_si256(x);
}

static inline vi v_next(vi q)
{
    return _mm256_sub_epi32(q, _mm256_set1_epi32(-1));
}

static inline vf v_where_odd(vi q, vf odd, vf even)
{
    return _mm256_blendv_ps(even, odd, _mm256_castsi256_ps(_mm256_slli_epi32(q, 31)));
}

static inline vf v_flip_by_bit1(vf v, vi q)
{
    vi sign = _mm256_slli_epi32(_mm256_and_si256(q, _mm256_set1_epi32(2)), 30);
    return _mm256_xor_ps(v, _mm256_castsi256_ps(sign));
}

/* 1 / d for d in [1, 2], within 2 u. */
static inline vf v_recip12(vf d)
{
    return v_div(v_set(1), d);
}

/* The float whose exponent is the last eight bits of t. */
static inline vf v_power(vf t)
{
    return _mm256_castsi256_ps(_mm256_slli_epi32(v_bits(t), 23));
}

/* Turns the VN pairs x[2 i], x[2 i + 1] by the angles of which c and s are cosine and sine. */
static inline void v_turn_pairs(float *x, vf c, vf s)
{
    vf a = v_load(x), b = v_load(x + VN);
    vf cl = _mm256_unpacklo_ps(c, c), ch = _mm256_unpackhi_ps(c, c);
    vf sl = _mm256_unpacklo_ps(s, s), sh = _mm256_unpackhi_ps(s, s);
    vf as = v_mul(_mm256_permute_ps(a, 0xb1), _mm256_permute2f128_ps(sl, sh, 0x20));
    vf bs = v_mul(_mm256_permute_ps(b, 0xb1), _mm256_permute2f128_ps(sl, sh, 0x31));
    v_store(x, _mm256_fmaddsub_ps(a, _mm256_permute2f128_ps(cl, ch, 0x20), as));
    v_store(x + VN, _mm256_fmaddsub_ps(b, _mm256_permute2f128_ps(cl, ch, 0x31), bs));
}

#include "libkern/simd_math.h"

#endif
