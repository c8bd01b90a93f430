/* SPDX-License-Identifier: Apache-2.0
 * The vocabulary of the shared kernel bodies (libkern/attn_*.h) in AVX2: vectors of 8 floats. */
#ifndef LIBKERN_AVX2_LANES_H
#define LIBKERN_AVX2_LANES_H

#include <stdint.h>

#include "libkern/avx2/exp.h"
#include "libkern/avx2/vec.h"

enum { LANES = 8 };
typedef __m256 vf;
#define HOLD(v)     __asm__("" : "+x"(v))
#define FETCH_AHEAD 16384

/* Tiles that fit 16 registers: for 1, 2, 4 and 8 rows, how many positions of K or vectors of V go with them. */
enum { KEYS_1 = 4, KEYS_2 = 4, KEYS_4 = 2, KEYS_8 = 1, COLS_1 = 8, COLS_2 = 4, COLS_4 = 2, COLS_8 = 1, PANEL = 2 };

static inline vf vset(float x)
{
    return _mm256_set1_ps(x);
}

static inline vf vload_f32(const float *p)
{
    return _mm256_loadu_ps(p);
}

static inline vf vload_f16(const uint16_t *p)
{
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)p));
}

static inline vf vload_bf16(const uint16_t *p)
{
    __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
    return _mm256_castsi256_ps(_mm256_slli_epi32(wide, 16));
}

static inline vf vload_i8(const int8_t *p)
{
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p)));
}

static inline void vstore(float *p, vf x)
{
    _mm256_storeu_ps(p, x);
}

static inline vf vmul(vf a, vf b)
{
    return _mm256_mul_ps(a, b);
}

static inline vf vadd(vf a, vf b)
{
    return _mm256_add_ps(a, b);
}

static inline vf vsub(vf a, vf b)
{
    return _mm256_sub_ps(a, b);
}

static inline vf vfma(vf a, vf b, vf c) /* a b + c */
{
    return _mm256_fmadd_ps(a, b, c);
}

static inline vf vtop(vf a, vf b) /* the larger one; b where one is a NaN */
{
    return _mm256_max_ps(a, b);
}

static inline float vtop_lanes(vf a)
{
    __m128 q = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    q = _mm_max_ps(q, _mm_movehl_ps(q, q));
    return _mm_cvtss_f32(_mm_max_ss(q, _mm_movehdup_ps(q)));
}

static inline float vfirst(vf a)
{
    return _mm256_cvtss_f32(a);
}

/* Lane i: the sum of the lanes of a[i]. */
static inline vf vsums(const vf a[LANES])
{
    vf low = _mm256_hadd_ps(_mm256_hadd_ps(a[0], a[1]), _mm256_hadd_ps(a[2], a[3]));
    vf high = _mm256_hadd_ps(_mm256_hadd_ps(a[4], a[5]), _mm256_hadd_ps(a[6], a[7]));
    return vadd(_mm256_permute2f128_ps(low, high, 0x20), _mm256_permute2f128_ps(low, high, 0x31));
}

/* Rows become columns. */
static inline void vturn(vf a[LANES])
{
    vf t[LANES];
    for (int i = 0; i < 8; i += 2) {
        t[i] = _mm256_unpacklo_ps(a[i], a[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(a[i], a[i + 1]);
    }
    for (int i = 0; i < 8; i += 4) {
        a[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
        a[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
        a[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        a[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
    for (int i = 0; i < 4; i++) {
        t[i] = _mm256_permute2f128_ps(a[i], a[i + 4], 0x20);
        t[i + 4] = _mm256_permute2f128_ps(a[i], a[i + 4], 0x31);
    }
    for (int i = 0; i < 8; i++)
        a[i] = t[i];
}

static inline vf vabs(vf a)
{
    return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a);
}

/* To the types of K and V, nearest, ties to even; i8 of -127..127. */
static inline void vsave_f16(uint16_t *p, vf x)
{
    _mm_storeu_si128((__m128i *)(void *)p, _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT));
}

static inline void vsave_bf16(uint16_t *p, vf x)
{
    __m256i bits = _mm256_castps_si256(x), high = _mm256_srli_epi32(bits, 16);
    __m256i odd = _mm256_and_si256(high, _mm256_set1_epi32(1));
    __m256i up = _mm256_srli_epi32(_mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff))), 16);
    __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(x, x, _CMP_UNORD_Q));
    up = _mm256_blendv_epi8(up, _mm256_or_si256(high, _mm256_set1_epi32(0x40)), nan);
    _mm_storeu_si128((__m128i *)(void *)p,
                     _mm_packus_epi32(_mm256_castsi256_si128(up), _mm256_extracti128_si256(up, 1)));
}

static inline void vsave_i8(int8_t *p, vf x)
{
    __m256i n = _mm256_cvtps_epi32(x);
    __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(n), _mm256_extracti128_si256(n, 1));
    _mm_storel_epi64((__m128i *)(void *)p, _mm_packs_epi16(words, words));
}

static inline void vsave_f32(float *p, vf x)
{
    vstore(p, x);
}

#endif
