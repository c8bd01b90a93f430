/* SPDX-License-Identifier: Apache-2.0
 * AVX-512 in AVX2, so that the AVX-512 variants of libkern can be checked on a CPU without it. `make
 * check-kern-avx512` compiles their sources unchanged with this header in front of the compiler's and without -mavx512...:
 * the algorithm of a kernel is checked, not what the compiler makes of it. Included behind the compiler's own header,
 * whose types it takes and whose AVX-512 intrinsics it replaces, one macro each. Compiled without optimisation: with it,
 * these pieces of vectors take the compiler minutes a file, and the checker spends its time elsewhere.
 *
 * Most are what AVX2 does to each half. What an instruction leaves open is given in a way that shows whoever relies on it:
 * an approximation is as wrong as it may be, undefined lanes hold NaN, a masked-out element in memory is not touched, a
 * misaligned aligned access is a trap. An intrinsic that is missing here is a compile error ("target specific option
 * mismatch"); add it to its table.
 *
 * Source: Intel SDM volume 2, the pages of the instructions. */
#ifndef TESTS_EMULATE_IMMINTRIN_H
#define TESTS_EMULATE_IMMINTRIN_H

#pragma GCC system_header /* the compiler's macros of the same names give way without a word */

#include_next <immintrin.h>

#include "tests/emulate/vector.h"

#ifdef EMULATE_VNNI /* behind the compiler's header, which would take it for its own */
#define __AVX512VNNI__ 1
#endif

/* Nothing of libkern's assembly is an instruction: it keeps values in registers, here of a size that there is not. */
#define __asm__(...)
#define volatile(...) ("")

/* --- memory ------------------------------------------------------------------------------------------------------- */

#define _mm512_loadu_ps(p)                          ((__m512)emu_load(p))
#define _mm512_loadu_si512(p)                       emu_load(p)
#define _mm512_loadu_epi32(p)                       emu_load(p)
#define _mm512_load_ps(p)                           ((__m512)emu_load(emu_aligned(p)))
#define _mm512_load_si512(p)                        emu_load(emu_aligned(p))
#define _mm512_storeu_ps(p, v)                      emu_store(p, (__m512i)(v))
#define _mm512_storeu_si512(p, v)                   emu_store(p, v)
#define _mm512_storeu_epi32(p, v)                   emu_store(p, v)
#define _mm512_store_ps(p, v)                       emu_store(emu_aligned(p), (__m512i)(v))
#define _mm512_store_si512(p, v)                    emu_store(emu_aligned(p), v)
#define _mm512_stream_ps(p, v)                      emu_store(emu_aligned(p), (__m512i)(v))
#define _mm512_stream_si512(p, v)                   emu_store(emu_aligned(p), v)
#define _mm512_mask_loadu_ps(o, m, p)               ((__m512)emu_mask_load((__m512i)(o), m, p))
#define _mm512_mask_loadu_epi32(o, m, p)            emu_mask_load(o, m, p)
#define _mm512_maskz_loadu_ps(m, p)                 ((__m512)emu_mask_load((__m512i){ 0 }, m, p))
#define _mm512_maskz_loadu_epi32(m, p)              emu_mask_load((__m512i){ 0 }, m, p)
#define _mm512_maskz_loadu_epi16(m, p)              emu_mask_load_small((__m512i){ 0 }, m, p, 2)
#define _mm512_maskz_loadu_epi8(m, p)               emu_mask_load_small((__m512i){ 0 }, m, p, 1)
#define _mm512_mask_storeu_ps(p, m, v)              emu_mask_store(p, m, (__m512i)(v))
#define _mm512_mask_storeu_epi32(p, m, v)           emu_mask_store(p, m, v)
#define _mm512_mask_storeu_epi16(p, m, v)           emu_mask_store_small(p, m, v, 2)
#define _mm512_mask_storeu_epi8(p, m, v)            emu_mask_store_small(p, m, v, 1)
#define _mm512_i32gather_epi32(at, p, s)            emu_gather((__m512i){ 0 }, 0xffff, at, p, s)
#define _mm512_mask_i32gather_epi32(o, m, at, p, s) emu_gather(o, m, at, p, s)
#define _mm512_i32gather_ps(at, p, s)               ((__m512)emu_gather((__m512i){ 0 }, 0xffff, at, p, s))

/* --- constants, casts, parts --------------------------------------------------------------------------------------- */

/* What is undefined: NaN as a float, a large odd number as an integer. */
#define EMU_JUNK _mm256_set1_epi32(0x7fdead55)

#define _mm512_setzero_ps()      ((__m512){ 0 })
#define _mm512_setzero_si512()   ((__m512i){ 0 })
#define _mm512_undefined_ps()    ((__m512)emu_join_i(EMU_JUNK, EMU_JUNK))
#define _mm512_undefined_epi32() emu_join_i(EMU_JUNK, EMU_JUNK)
#define emu_both(h)                                                                                                    \
    __extension__({                                                                                                    \
        __m256i h_ = (h);                                                                                              \
        emu_join_i(h_, h_);                                                                                            \
    })
#define _mm512_set1_ps(f)               ((__m512)emu_both((__m256i)_mm256_set1_ps(f)))
#define _mm512_set1_epi8(n)             emu_both(_mm256_set1_epi8(n))
#define _mm512_set1_epi16(n)            emu_both(_mm256_set1_epi16(n))
#define _mm512_set1_epi32(n)            emu_both(_mm256_set1_epi32(n))
#define _mm512_set1_epi64(n)            emu_both(_mm256_set1_epi64x(n))
#define _mm512_setr_ps(...)             (((union emu_v){ .f = { __VA_ARGS__ } }).ps)
#define _mm512_setr_epi32(...)          (((union emu_v){ .d = { __VA_ARGS__ } }).i)
#define _mm512_setr_epi64(...)          ((__m512i){ __VA_ARGS__ })
#define _mm512_broadcastss_ps(v)        ((__m512)emu_both((__m256i)_mm256_broadcastss_ps(v)))
#define _mm512_broadcastd_epi32(v)      emu_both(_mm256_broadcastd_epi32(v))
#define _mm512_broadcast_f32x4(v)       ((__m512)emu_both(_mm256_broadcastsi128_si256((__m128i)(v))))
#define _mm512_broadcast_i32x4(v)       emu_both(_mm256_broadcastsi128_si256(v))
#define _mm512_broadcast_f32x8(v)       ((__m512)emu_both((__m256i)(v)))
#define _mm512_broadcast_i64x4(v)       emu_both(v)
#define _mm512_castps_si512(v)          ((__m512i)(__m512)(v))
#define _mm512_castsi512_ps(v)          ((__m512)(__m512i)(v))
#define _mm512_castps512_ps256(v)       emu_half_ps(v, 0)
#define _mm512_castps512_ps128(v)       _mm256_castps256_ps128(emu_half_ps(v, 0))
#define _mm512_castsi512_si256(v)       emu_half_i(v, 0)
#define _mm512_castsi512_si128(v)       _mm256_castsi256_si128(emu_half_i(v, 0))
#define _mm512_castps256_ps512(v)       ((__m512)emu_join_i((__m256i)(v), EMU_JUNK))
#define _mm512_castsi256_si512(v)       emu_join_i(v, EMU_JUNK)
#define _mm512_castsi128_si512(v)       emu_join_i(_mm256_inserti128_si256(EMU_JUNK, v, 0), EMU_JUNK)
#define _mm512_zextps128_ps512(v)       (((union emu_v){ .ps4 = { v } }).ps)
#define _mm512_zextsi128_si512(v)       (((union emu_v){ .i4 = { v } }).i)
#define _mm512_zextsi256_si512(v)       (((union emu_v){ .i2 = { v } }).i)
#define _mm512_cvtss_f32(v)             _mm256_cvtss_f32(emu_half_ps(v, 0))
#define _mm512_cvtsi512_si32(v)         _mm256_cvtsi256_si32(emu_half_i(v, 0))
#define _mm512_extractf32x8_ps(v, i)    emu_half_ps(v, (i)&1)
#define _mm512_extractf32x4_ps(v, i)    (((union emu_v){ .ps = (v) }).ps4[(i)&3])
#define _mm512_extracti64x4_epi64(v, i) emu_half_i(v, (i)&1)
#define _mm512_extracti32x8_epi32(v, i) emu_half_i(v, (i)&1)
#define _mm512_extracti32x4_epi32(v, i) (((union emu_v){ .i = (v) }).i4[(i)&3])

EMU __m512i emu_insert(__m512i v, __m256i half, int i)
{
    union emu_v u = { .i = v };
    u.i2[i & 1] = half;
    return u.i;
}

#define _mm512_inserti64x4(v, half, i) emu_insert(v, half, i)
#define _mm512_inserti32x8(v, half, i) emu_insert(v, half, i)
#define _mm512_insertf32x8(v, half, i) ((__m512)emu_insert((__m512i)(v), (__m256i)(half), i))

/* --- floats -------------------------------------------------------------------------------------------------------- */

#define _mm512_add_ps(a, b)           EMU_PPP(_mm256_add_ps, a, b)
#define _mm512_sub_ps(a, b)           EMU_PPP(_mm256_sub_ps, a, b)
#define _mm512_mul_ps(a, b)           EMU_PPP(_mm256_mul_ps, a, b)
#define _mm512_div_ps(a, b)           EMU_PPP(_mm256_div_ps, a, b)
#define _mm512_max_ps(a, b)           EMU_PPP(_mm256_max_ps, a, b)
#define _mm512_min_ps(a, b)           EMU_PPP(_mm256_min_ps, a, b)
#define _mm512_and_ps(a, b)           EMU_PPP(_mm256_and_ps, a, b)
#define _mm512_andnot_ps(a, b)        EMU_PPP(_mm256_andnot_ps, a, b)
#define _mm512_or_ps(a, b)            EMU_PPP(_mm256_or_ps, a, b)
#define _mm512_xor_ps(a, b)           EMU_PPP(_mm256_xor_ps, a, b)
#define _mm512_unpacklo_ps(a, b)      EMU_PPP(_mm256_unpacklo_ps, a, b)
#define _mm512_unpackhi_ps(a, b)      EMU_PPP(_mm256_unpackhi_ps, a, b)
#define _mm512_shuffle_ps(a, b, i)    EMU_PPP(_mm256_shuffle_ps, a, b, i)
#define _mm512_permute_ps(a, i)       EMU_PP(_mm256_permute_ps, a, i)
#define _mm512_moveldup_ps(a)         EMU_PP(_mm256_moveldup_ps, a)
#define _mm512_movehdup_ps(a)         EMU_PP(_mm256_movehdup_ps, a)
#define _mm512_sqrt_ps(a)             EMU_PP(_mm256_sqrt_ps, a)
#define _mm512_fmadd_ps(a, b, c)      EMU_PPPP(_mm256_fmadd_ps, a, b, c)
#define _mm512_fmsub_ps(a, b, c)      EMU_PPPP(_mm256_fmsub_ps, a, b, c)
#define _mm512_fnmadd_ps(a, b, c)     EMU_PPPP(_mm256_fnmadd_ps, a, b, c)
#define _mm512_fnmsub_ps(a, b, c)     EMU_PPPP(_mm256_fnmsub_ps, a, b, c)
#define _mm512_fmaddsub_ps(a, b, c)   EMU_PPPP(_mm256_fmaddsub_ps, a, b, c)
#define _mm512_abs_ps(a)              EMU_PPP(_mm256_andnot_ps, _mm512_set1_ps(-0.0F), a)
#define _mm512_cvtepi32_ps(a)         EMU_PI(_mm256_cvtepi32_ps, a)
#define _mm512_cvtps_epi32(a)         EMU_IP(_mm256_cvtps_epi32, a)
#define _mm512_cvttps_epi32(a)        EMU_IP(_mm256_cvttps_epi32, a)
#define _mm512_mask_blend_ps(m, a, b) emu_choose_ps(m, b, a)
#define _mm512_mask_mov_ps(o, m, a)   emu_choose_ps(m, a, o)
#define _mm512_maskz_mov_ps(m, a)     emu_choose_ps(m, a, _mm512_setzero_ps())

/* To whole numbers only: the upper four bits of the immediate ask for binary places. */
#define _mm512_roundscale_ps(a, i)                                                                                     \
    __extension__({                                                                                                    \
        _Static_assert((i) >> 4 == 0, "not emulated: roundscale to binary places");                                    \
        EMU_PP(_mm256_round_ps, a, i);                                                                                 \
    })

#define _mm512_cvtph_ps(h)                                                                                             \
    __extension__({                                                                                                    \
        __m256i h_ = (h);                                                                                              \
        emu_join_ps(_mm256_cvtph_ps(_mm256_castsi256_si128(h_)), _mm256_cvtph_ps(_mm256_extracti128_si256(h_, 1)));    \
    })
#define _mm512_cvtps_ph(a, i)                                                                                          \
    __extension__({                                                                                                    \
        __m512 a_ = (a);                                                                                               \
        _mm256_set_m128i(_mm256_cvtps_ph(emu_half_ps(a_, 1), i), _mm256_cvtps_ph(emu_half_ps(a_, 0), i));              \
    })

/* 1 / x, off by nearly the 2^-14 of itself that the instruction may be off, upwards or downwards. */
EMU __m512 emu_rcp14(__m512 x)
{
    union emu_v v = { .ps = x };
    for (int i = 0; i < 16; i++)
        v.f[i] = 1 / v.f[i] * (v.u[i] * 2654435761U >> 31 ? 1 + 0x1.fp-15F : 1 - 0x1.fp-15F);
    return v.ps;
}

/* a times 2 to the whole part of b, rounded once: a double holds the product of any float and any power in reach. */
EMU float emu_scalef_1(float a, float b)
{
    float n = __builtin_floorf(b);
    if (b != b || (n > 1e9F && a == 0) || (n < -1e9F && a - a != 0))
        return a != a ? a : __builtin_nanf("");
    n = n > 500 ? 500 : n < -500 ? -500 : n;
    return (float)__builtin_ldexp((double)a, (int)n);
}

EMU __m512 emu_scalef(__m512 a, __m512 b)
{
    union emu_v v = { .ps = a }, w = { .ps = b };
    for (int i = 0; i < 16; i++)
        v.f[i] = emu_scalef_1(v.f[i], w.f[i]);
    return v.ps;
}

#define _mm512_rcp14_ps(a)              emu_rcp14(a)
#define _mm512_scalef_ps(a, b)          emu_scalef(a, b)
#define _mm512_maskz_scalef_ps(m, a, b) emu_choose_ps(m, emu_scalef(a, b), _mm512_setzero_ps())

/* In the order of the compiler's header: halves, quarters, pairs. */
EMU float emu_reduce_max(__m512 v)
{
    __m256 h = _mm256_max_ps(emu_half_ps(v, 1), emu_half_ps(v, 0));
    __m128 q = _mm_max_ps(_mm256_extractf128_ps(h, 1), _mm256_castps256_ps128(h));
    q = _mm_max_ps(q, _mm_movehl_ps(q, q));
    return _mm_cvtss_f32(_mm_max_ss(q, _mm_movehdup_ps(q)));
}

EMU float emu_reduce_add(__m512 v)
{
    __m256 h = _mm256_add_ps(emu_half_ps(v, 1), emu_half_ps(v, 0));
    __m128 q = _mm_add_ps(_mm256_extractf128_ps(h, 1), _mm256_castps256_ps128(h));
    q = _mm_add_ps(q, _mm_movehl_ps(q, q));
    return _mm_cvtss_f32(_mm_add_ss(q, _mm_movehdup_ps(q)));
}

#define _mm512_reduce_max_ps(v) emu_reduce_max(v)
#define _mm512_reduce_add_ps(v) emu_reduce_add(v)

EMU __mmask16 emu_signs(__m512 v)
{
    return emu_mask16((__m512i)v);
}

#define _mm512_cmp_ps_mask(a, b, op) emu_signs(EMU_PPP(_mm256_cmp_ps, a, b, op))

/* --- integers ------------------------------------------------------------------------------------------------------ */

#define _mm512_add_epi8(a, b)            EMU_III(_mm256_add_epi8, a, b)
#define _mm512_add_epi16(a, b)           EMU_III(_mm256_add_epi16, a, b)
#define _mm512_add_epi32(a, b)           EMU_III(_mm256_add_epi32, a, b)
#define _mm512_add_epi64(a, b)           EMU_III(_mm256_add_epi64, a, b)
#define _mm512_sub_epi8(a, b)            EMU_III(_mm256_sub_epi8, a, b)
#define _mm512_sub_epi16(a, b)           EMU_III(_mm256_sub_epi16, a, b)
#define _mm512_sub_epi32(a, b)           EMU_III(_mm256_sub_epi32, a, b)
#define _mm512_mullo_epi16(a, b)         EMU_III(_mm256_mullo_epi16, a, b)
#define _mm512_mullo_epi32(a, b)         EMU_III(_mm256_mullo_epi32, a, b)
#define _mm512_madd_epi16(a, b)          EMU_III(_mm256_madd_epi16, a, b)
#define _mm512_maddubs_epi16(a, b)       EMU_III(_mm256_maddubs_epi16, a, b)
#define _mm512_max_epi8(a, b)            EMU_III(_mm256_max_epi8, a, b)
#define _mm512_max_epu8(a, b)            EMU_III(_mm256_max_epu8, a, b)
#define _mm512_max_epi32(a, b)           EMU_III(_mm256_max_epi32, a, b)
#define _mm512_max_epu32(a, b)           EMU_III(_mm256_max_epu32, a, b)
#define _mm512_min_epi32(a, b)           EMU_III(_mm256_min_epi32, a, b)
#define _mm512_min_epu32(a, b)           EMU_III(_mm256_min_epu32, a, b)
#define _mm512_packs_epi16(a, b)         EMU_III(_mm256_packs_epi16, a, b)
#define _mm512_packs_epi32(a, b)         EMU_III(_mm256_packs_epi32, a, b)
#define _mm512_unpacklo_epi8(a, b)       EMU_III(_mm256_unpacklo_epi8, a, b)
#define _mm512_unpackhi_epi8(a, b)       EMU_III(_mm256_unpackhi_epi8, a, b)
#define _mm512_unpacklo_epi16(a, b)      EMU_III(_mm256_unpacklo_epi16, a, b)
#define _mm512_unpackhi_epi16(a, b)      EMU_III(_mm256_unpackhi_epi16, a, b)
#define _mm512_unpacklo_epi32(a, b)      EMU_III(_mm256_unpacklo_epi32, a, b)
#define _mm512_unpackhi_epi32(a, b)      EMU_III(_mm256_unpackhi_epi32, a, b)
#define _mm512_unpacklo_epi64(a, b)      EMU_III(_mm256_unpacklo_epi64, a, b)
#define _mm512_unpackhi_epi64(a, b)      EMU_III(_mm256_unpackhi_epi64, a, b)
#define _mm512_shuffle_epi8(a, b)        EMU_III(_mm256_shuffle_epi8, a, b)
#define _mm512_shuffle_epi32(a, i)       EMU_II(_mm256_shuffle_epi32, a, i)
#define _mm512_abs_epi8(a)               EMU_II(_mm256_abs_epi8, a)
#define _mm512_abs_epi32(a)              EMU_II(_mm256_abs_epi32, a)
#define _mm512_slli_epi16(a, i)          EMU_II(_mm256_slli_epi16, a, (int)(i))
#define _mm512_slli_epi32(a, i)          EMU_II(_mm256_slli_epi32, a, (int)(i))
#define _mm512_slli_epi64(a, i)          EMU_II(_mm256_slli_epi64, a, (int)(i))
#define _mm512_srli_epi16(a, i)          EMU_II(_mm256_srli_epi16, a, (int)(i))
#define _mm512_srli_epi32(a, i)          EMU_II(_mm256_srli_epi32, a, (int)(i))
#define _mm512_srli_epi64(a, i)          EMU_II(_mm256_srli_epi64, a, (int)(i))
#define _mm512_srai_epi16(a, i)          EMU_II(_mm256_srai_epi16, a, i)
#define _mm512_srai_epi32(a, i)          EMU_II(_mm256_srai_epi32, a, i)
#define _mm512_srl_epi32(a, n)           EMU_II(_mm256_srl_epi32, a, n)
#define _mm512_sll_epi32(a, n)           EMU_II(_mm256_sll_epi32, a, n)
#define _mm512_sllv_epi32(a, n)          EMU_III(_mm256_sllv_epi32, a, n)
#define _mm512_srlv_epi32(a, n)          EMU_III(_mm256_srlv_epi32, a, n)
#define _mm512_and_si512(a, b)           EMU_III(_mm256_and_si256, a, b)
#define _mm512_and_epi32(a, b)           EMU_III(_mm256_and_si256, a, b)
#define _mm512_andnot_si512(a, b)        EMU_III(_mm256_andnot_si256, a, b)
#define _mm512_or_si512(a, b)            EMU_III(_mm256_or_si256, a, b)
#define _mm512_or_epi32(a, b)            EMU_III(_mm256_or_si256, a, b)
#define _mm512_xor_si512(a, b)           EMU_III(_mm256_xor_si256, a, b)
#define _mm512_xor_epi32(a, b)           EMU_III(_mm256_xor_si256, a, b)
#define _mm512_mask_or_epi32(o, m, a, b) emu_choose(m, _mm512_or_si512(a, b), o)
#define _mm512_mask_mov_epi32(o, m, a)   emu_choose(m, a, o)
#define _mm512_mask_set1_epi32(o, m, n)  emu_choose(m, _mm512_set1_epi32(n), o)
#define _mm512_maskz_mov_epi32(m, a)     emu_choose(m, a, _mm512_setzero_si512())
#define _mm512_mask_blend_epi32(m, a, b) emu_choose(m, b, a)
#define _mm512_movepi8_mask(a)           emu_mask64(a)
#define _mm512_movepi32_mask(a)          emu_mask16(a)
#define _mm512_cmpeq_epi8_mask(a, b)     emu_mask64(EMU_III(_mm256_cmpeq_epi8, a, b))
#define _mm512_cmpeq_epi32_mask(a, b)    emu_mask16(EMU_III(_mm256_cmpeq_epi32, a, b))
#define _mm512_cmpgt_epi32_mask(a, b)    emu_mask16(EMU_III(_mm256_cmpgt_epi32, a, b))
#define _mm512_cmplt_epi32_mask(a, b)    emu_mask16(EMU_III(_mm256_cmpgt_epi32, b, a))
#define _mm512_test_epi32_mask(a, b)                                                                                   \
    ((__mmask16)~_mm512_cmpeq_epi32_mask(_mm512_and_si512(a, b), _mm512_setzero_si512()))

/* Below means that the larger of both is another. */
EMU __mmask64 emu_below(__m512i a, __m512i b)
{
    return ~_mm512_cmpeq_epi8_mask(_mm512_max_epu8(a, b), a);
}

#define _mm512_cmplt_epu8_mask(a, b) emu_below(a, b)

/* The last two factors of each pair of 16-bit products are taken apart so that nothing saturates in between. */
EMU __m256i emu_dpbusd(__m256i sum, __m256i u, __m256i s)
{
    __m256i even =
        _mm256_madd_epi16(_mm256_and_si256(u, _mm256_set1_epi16(255)), _mm256_srai_epi16(_mm256_slli_epi16(s, 8), 8));
    __m256i odd = _mm256_madd_epi16(_mm256_srli_epi16(u, 8), _mm256_srai_epi16(s, 8));
    return _mm256_add_epi32(sum, _mm256_add_epi32(even, odd));
}

EMU __m512i emu_dpbusd_512(__m512i sum, __m512i u, __m512i s)
{
    return emu_join_i(emu_dpbusd(emu_half_i(sum, 0), emu_half_i(u, 0), emu_half_i(s, 0)),
                      emu_dpbusd(emu_half_i(sum, 1), emu_half_i(u, 1), emu_half_i(s, 1)));
}

#define _mm512_dpbusd_epi32(sum, u, s) emu_dpbusd_512(sum, u, s)
#define _mm512_dpwssd_epi32(sum, a, b) _mm512_add_epi32(sum, _mm512_madd_epi16(a, b))

/* imm has the result of every combination of bits of a, b and c, a's being worth most. */
EMU __m512i emu_ternary(__m512i a, __m512i b, __m512i c, int imm)
{
    __m512i r = { 0 };
    for (int i = 0; i < 8; i++)
        if (imm >> i & 1)
            r |= (i & 4 ? a : ~a) & (i & 2 ? b : ~b) & (i & 1 ? c : ~c);
    return r;
}

#define _mm512_ternarylogic_epi32(a, b, c, imm) emu_ternary(a, b, c, imm)
#define _mm512_ternarylogic_epi64(a, b, c, imm) emu_ternary(a, b, c, imm)

EMU int32_t emu_reduce_add_i(__m512i a)
{
    union emu_v v = { .i = a };
    uint32_t sum = 0;
    for (int i = 0; i < 16; i++)
        sum += v.u[i];
    return (int32_t)sum;
}

EMU uint32_t emu_reduce_min_u(__m512i a)
{
    union emu_v v = { .i = a };
    uint32_t least = v.u[0];
    for (int i = 1; i < 16; i++)
        least = v.u[i] < least ? v.u[i] : least;
    return least;
}

EMU int32_t emu_reduce_max_i(__m512i a)
{
    union emu_v v = { .i = a };
    int32_t most = v.d[0];
    for (int i = 1; i < 16; i++)
        most = v.d[i] > most ? v.d[i] : most;
    return most;
}

#define _mm512_reduce_add_epi32(v) emu_reduce_add_i(v)
#define _mm512_reduce_min_epu32(v) emu_reduce_min_u(v)
#define _mm512_reduce_max_epi32(v) emu_reduce_max_i(v)

/* --- other widths -------------------------------------------------------------------------------------------------- */

#define EMU_WIDEN(name, from, field, n, to)                                                                            \
    EMU __m512i emu_##name(from a)                                                                                     \
    {                                                                                                                  \
        union emu_v v = { .field = { a } }, r;                                                                         \
        for (int i = 0; i < (n); i++)                                                                                  \
            r.to[i] = v.EMU_OF_##name[i];                                                                              \
        return r.i;                                                                                                    \
    }
#define EMU_OF_cvtepi8_epi32  b
#define EMU_OF_cvtepu8_epi32  ub
#define EMU_OF_cvtepi16_epi32 w
#define EMU_OF_cvtepu16_epi32 uw
#define EMU_OF_cvtepi8_epi16  b
#define EMU_OF_cvtepu8_epi16  ub
EMU_WIDEN(cvtepi8_epi32, __m128i, i4, 16, d)
EMU_WIDEN(cvtepu8_epi32, __m128i, i4, 16, d)
EMU_WIDEN(cvtepi16_epi32, __m256i, i2, 16, d)
EMU_WIDEN(cvtepu16_epi32, __m256i, i2, 16, d)
EMU_WIDEN(cvtepi8_epi16, __m256i, i2, 32, w)
EMU_WIDEN(cvtepu8_epi16, __m256i, i2, 32, w)

#define _mm512_cvtepi8_epi32(a)  emu_cvtepi8_epi32(a)
#define _mm512_cvtepu8_epi32(a)  emu_cvtepu8_epi32(a)
#define _mm512_cvtepi16_epi32(a) emu_cvtepi16_epi32(a)
#define _mm512_cvtepu16_epi32(a) emu_cvtepu16_epi32(a)
#define _mm512_cvtepi8_epi16(a)  emu_cvtepi8_epi16(a)
#define _mm512_cvtepu8_epi16(a)  emu_cvtepu8_epi16(a)

EMU __m256i emu_cvtepi32_epi16(__m512i a)
{
    union emu_v v = { .i = a }, r;
    for (int i = 0; i < 16; i++)
        r.uw[i] = (uint16_t)v.u[i];
    return r.i2[0];
}

EMU __m128i emu_cvtepi32_epi8(__m512i a)
{
    union emu_v v = { .i = a }, r;
    for (int i = 0; i < 16; i++)
        r.ub[i] = (uint8_t)v.u[i];
    return r.i4[0];
}

#define _mm512_cvtepi32_epi16(a) emu_cvtepi32_epi16(a)
#define _mm512_cvtepi32_epi8(a)  emu_cvtepi32_epi8(a)
#define _mm512_cvtsepi32_epi8(a)                                                                                       \
    emu_cvtepi32_epi8(_mm512_max_epi32(_mm512_min_epi32(a, _mm512_set1_epi32(127)), _mm512_set1_epi32(-128)))

/* --- across lanes -------------------------------------------------------------------------------------------------- */

/* Lane i: what lies at the lower four bits of at[i]. */
EMU __m512i emu_permute(__m512i at, __m512i a)
{
    __m256i half[2], low = emu_half_i(a, 0), high = emu_half_i(a, 1);
    for (int i = 0; i < 2; i++) {
        __m256i index = emu_half_i(at, i);
        __m256 one = (__m256)_mm256_permutevar8x32_epi32(low, index);
        __m256 other = (__m256)_mm256_permutevar8x32_epi32(high, index);
        half[i] = (__m256i)_mm256_blendv_ps(one, other, (__m256)_mm256_slli_epi32(index, 28));
    }
    return emu_join_i(half[0], half[1]);
}

/* The same of 32 lanes: a, then b. */
EMU __m512i emu_permute2(__m512i a, __m512i at, __m512i b)
{
    return emu_choose(emu_mask16(_mm512_slli_epi32(at, 27)), emu_permute(at, b), emu_permute(at, a));
}

#define _mm512_permutexvar_epi32(at, a)          emu_permute(at, a)
#define _mm512_permutexvar_ps(at, a)             ((__m512)emu_permute(at, (__m512i)(a)))
#define _mm512_maskz_permutexvar_epi32(m, at, a) emu_choose(m, emu_permute(at, a), _mm512_setzero_si512())
#define _mm512_permutex2var_epi32(a, at, b)      emu_permute2(a, at, b)
#define _mm512_permutex2var_ps(a, at, b)         ((__m512)emu_permute2((__m512i)(a), at, (__m512i)(b)))

/* The same of 32 words. */
EMU __m512i emu_permute2_words(__m512i a, __m512i at, __m512i b)
{
    union emu_v v = { .i = a }, w = { .i = b }, from = { .i = at }, r;
    for (int i = 0; i < 32; i++)
        r.uw[i] = from.uw[i] & 32 ? w.uw[from.uw[i] & 31] : v.uw[from.uw[i] & 31];
    return r.i;
}

#define _mm512_permutex2var_epi16(a, at, b) emu_permute2_words(a, at, b)

/* Two quarters of a, then two of b. */
EMU __m512i emu_quarters(__m512i a, __m512i b, int imm)
{
    union emu_v v = { .i = a }, w = { .i = b };
    union emu_v r = { .i4 = { v.i4[imm & 3], v.i4[imm >> 2 & 3], w.i4[imm >> 4 & 3], w.i4[imm >> 6 & 3] } };
    return r.i;
}

#define _mm512_shuffle_i64x2(a, b, imm) emu_quarters(a, b, imm)
#define _mm512_shuffle_i32x4(a, b, imm) emu_quarters(a, b, imm)
#define _mm512_shuffle_f32x4(a, b, imm) ((__m512)emu_quarters((__m512i)(a), (__m512i)(b), imm))

EMU __m512i emu_compress(__mmask16 m, __m512i a)
{
    union emu_v v = { .i = a }, r = { .i = { 0 } };
    for (int i = 0, n = 0; i < 16; i++)
        if (m >> i & 1)
            r.d[n++] = v.d[i];
    return r.i;
}

#define _mm512_maskz_compress_epi32(m, a) emu_compress(m, a)

/* --- BF16 ---------------------------------------------------------------------------------------------------------- */

EMU float emu_flush(float f)
{
    return __builtin_fabsf(f) < 0x1p-126F ? __builtin_copysignf(0, f) : f;
}

EMU float emu_from_bf16(uint16_t h)
{
    uint32_t bits = (uint32_t)h << 16;
    float f;
    memcpy(&f, &bits, sizeof f);
    return emu_flush(f);
}

/* Two fused steps, of the odd elements first; subnormal numbers are zero on the way in and out. */
EMU __m512 emu_dpbf16(__m512 sum, __m512i a, __m512i b)
{
    union emu_v s = { .ps = sum }, v = { .i = a }, w = { .i = b };
    for (int i = 0; i < 16; i++)
        for (int j = 2 * i + 1; j >= 2 * i; j--)
            s.f[i] = emu_flush(__builtin_fmaf(emu_from_bf16(v.uw[j]), emu_from_bf16(w.uw[j]), emu_flush(s.f[i])));
    return s.ps;
}

#define _mm512_dpbf16_ps(sum, a, b) emu_dpbf16(sum, (__m512i)(a), (__m512i)(b))

/* --- AMX ----------------------------------------------------------------------------------------------------------- */

#include "tests/emulate/tiles.h"

#endif
