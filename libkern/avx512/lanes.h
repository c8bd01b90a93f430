/* SPDX-License-Identifier: Apache-2.0
 * The vocabulary of the shared kernel bodies (libkern/attn_*.h) in AVX-512: vectors of 16 floats. */
#ifndef LIBKERN_AVX512_LANES_H
#define LIBKERN_AVX512_LANES_H

#include <stdint.h>

#include "libkern/avx512/exp.h"
#include "libkern/avx512/vec.h"

enum { LANES = 16 };
typedef __m512 vf;

/* Tiles that fit 32 registers: for 1, 2, 4 and 8 rows, how many positions of K or vectors of V go with them. */
enum { KEYS_1 = 4, KEYS_2 = 4, KEYS_4 = 4, KEYS_8 = 2, COLS_1 = 8, COLS_2 = 8, COLS_4 = 4, COLS_8 = 2, PANEL = 4 };

static inline vf vset(float x)
{
    return _mm512_set1_ps(x);
}

static inline vf vload_f32(const float *p)
{
    return _mm512_loadu_ps(p);
}

static inline vf vload_f16(const uint16_t *p)
{
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)p));
}

static inline vf vload_bf16(const uint16_t *p)
{
    __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(const void *)p));
    return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
}

static inline vf vload_i8(const int8_t *p)
{
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p)));
}

static inline void vstore(float *p, vf x)
{
    _mm512_storeu_ps(p, x);
}

static inline vf vmul(vf a, vf b)
{
    return _mm512_mul_ps(a, b);
}

static inline vf vadd(vf a, vf b)
{
    return _mm512_add_ps(a, b);
}

static inline vf vsub(vf a, vf b)
{
    return _mm512_sub_ps(a, b);
}

static inline vf vfma(vf a, vf b, vf c) /* a b + c */
{
    return _mm512_fmadd_ps(a, b, c);
}

static inline vf vtop(vf a, vf b) /* the larger one; b where one is a NaN */
{
    return _mm512_max_ps(a, b);
}

static inline float vtop_lanes(vf a)
{
    return _mm512_reduce_max_ps(a);
}

static inline float vfirst(vf a)
{
    return _mm512_cvtss_f32(a);
}

/* Lane i: the sum of the lanes of a[i]. */
static inline vf vsums(const vf a[LANES])
{
    vf two[8], four[4];
    for (int i = 0; i < 8; i++)
        two[i] = vadd(_mm512_unpacklo_ps(a[2 * i], a[2 * i + 1]), _mm512_unpackhi_ps(a[2 * i], a[2 * i + 1]));
    for (int i = 0; i < 4; i++)
        four[i] = vadd(_mm512_shuffle_ps(two[2 * i], two[2 * i + 1], 0x44),
                       _mm512_shuffle_ps(two[2 * i], two[2 * i + 1], 0xee));
    vf low = vadd(_mm512_shuffle_f32x4(four[0], four[1], 0x44), _mm512_shuffle_f32x4(four[0], four[1], 0xee));
    vf high = vadd(_mm512_shuffle_f32x4(four[2], four[3], 0x44), _mm512_shuffle_f32x4(four[2], four[3], 0xee));
    return vadd(_mm512_shuffle_f32x4(low, high, 0x88), _mm512_shuffle_f32x4(low, high, 0xdd));
}

/* Rows become columns. */
static inline void vturn(vf a[LANES])
{
    vf t[LANES];
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_ps(a[i], a[i + 1]);
        t[i + 1] = _mm512_unpackhi_ps(a[i], a[i + 1]);
    }
    for (int i = 0; i < 16; i += 4) {
        a[i] = _mm512_shuffle_ps(t[i], t[i + 2], 0x44);
        a[i + 1] = _mm512_shuffle_ps(t[i], t[i + 2], 0xee);
        a[i + 2] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        a[i + 3] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_f32x4(a[i], a[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_f32x4(a[i], a[i + 4], 0xdd);
        t[i + 8] = _mm512_shuffle_f32x4(a[i + 8], a[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_f32x4(a[i + 8], a[i + 12], 0xdd);
    }
    for (int i = 0; i < 8; i++) {
        a[i] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0x88);
        a[i + 8] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0xdd);
    }
}

static inline vf vabs(vf a)
{
    return _mm512_abs_ps(a);
}

/* To the types of K and V, nearest, ties to even; i8 of -127..127. */
static inline void vsave_f16(uint16_t *p, vf x)
{
    _mm256_storeu_si256((__m256i *)(void *)p, _mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT));
}

static inline void vsave_bf16(uint16_t *p, vf x)
{
    __m512i bits = _mm512_castps_si512(x), high = _mm512_srli_epi32(bits, 16);
    __m512i odd = _mm512_and_si512(high, _mm512_set1_epi32(1));
    __m512i up = _mm512_srli_epi32(_mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff))), 16);
    __mmask16 nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
    up = _mm512_mask_or_epi32(up, nan, high, _mm512_set1_epi32(0x40));
    _mm256_storeu_si256((__m256i *)(void *)p, _mm512_cvtepi32_epi16(up));
}

static inline void vsave_i8(int8_t *p, vf x)
{
    _mm_storeu_si128((__m128i *)(void *)p, _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(x)));
}

static inline void vsave_f32(float *p, vf x)
{
    vstore(p, x);
}

#endif
