/* SPDX-License-Identifier: Apache-2.0
 * Floats to Q8_0 and Q4_0: four blocks at a time share the reduction and the divisions. Blocks with a NaN or infinity
 * are left to the reference, with their neighbours. */
#include <immintrin.h>

#include <kern/kern.h>

#include "libkern/avx2/scales.h"

enum { N = 32 };

static inline __m512i magnitude(const float *x)
{
    return _mm512_and_epi32(_mm512_loadu_si512(x), _mm512_set1_epi32(0x7fffffff));
}

/* The bits of the largest magnitude of a block, in one of the lanes. */
static inline __m128i fold_max(const float *x)
{
    __m512i v = _mm512_max_epi32(magnitude(x), magnitude(x + 16));
    __m256i h = _mm256_max_epi32(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64(v, 1));
    return _mm_max_epi32(_mm256_castsi256_si128(h), _mm256_extracti128_si256(h, 1));
}

static inline __m128i largest_of4(const float *x)
{
    return max_lanes4(fold_max(x), fold_max(x + N), fold_max(x + 2 * N), fold_max(x + 3 * N));
}

static inline __m128i levels(const float *x, __m512 scale)
{
    return _mm512_cvtsepi32_epi8(_mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(x), scale)));
}

static inline void q8_0_block(struct kern_q8_0 *y, const float *x, __m128 scale, int d)
{
    __m512 s = _mm512_broadcastss_ps(scale);
    __m128i low = levels(x, s), high = levels(x + 16, s);

    y->d = (uint16_t)d;
    _mm_storeu_si128((__m128i *)y->qs, low);
    _mm_storeu_si128((__m128i *)(y->qs + 16), high);
}

void kern_quantize_q8_0_avx512(struct kern_q8_0 *y, const float *x, size_t nblocks)
{
    for (; nblocks >= 4; nblocks -= 4, y += 4, x += 4 * N) {
        __m128i bits = largest_of4(x), d;
        __m128 s = scales_of(_mm_castsi128_ps(bits), 127, &d);
        if (any_infinite(bits)) {
            kern_quantize_q8_0_ref(y, x, 4);
            continue;
        }
        q8_0_block(y, x, s, _mm_extract_epi16(d, 0));
        q8_0_block(y + 1, x + N, _mm_movehdup_ps(s), _mm_extract_epi16(d, 1));
        q8_0_block(y + 2, x + 2 * N, _mm_movehl_ps(s, s), _mm_extract_epi16(d, 2));
        q8_0_block(y + 3, x + 3 * N, _mm_permute_ps(s, 3), _mm_extract_epi16(d, 3));
    }
    kern_quantize_q8_0_auto(y, x, nblocks);
}

/* The first value of a block whose magnitude has these bits; +0 for no bits. */
static inline float first_with(const float *x, int bits)
{
    __m512i b = _mm512_set1_epi32(bits);
    unsigned low = _mm512_cmpeq_epi32_mask(magnitude(x), b), high = _mm512_cmpeq_epi32_mask(magnitude(x + 16), b);
    return bits ? x[_tzcnt_u32(low | high << 16)] : 0;
}

static inline __m128i nibbles(const float *x, __m512 scale)
{
    __m512 level = _mm512_add_ps(_mm512_mul_ps(_mm512_loadu_ps(x), scale), _mm512_set1_ps(8.5F));
    return _mm512_cvtepi32_epi8(_mm512_min_epi32(_mm512_cvttps_epi32(level), _mm512_set1_epi32(15)));
}

static inline void q4_0_block(struct kern_q4_0 *y, const float *x, __m128 scale, int d)
{
    __m512 s = _mm512_broadcastss_ps(scale);
    __m128i low = nibbles(x, s), high = nibbles(x + 16, s);

    y->d = (uint16_t)d;
    _mm_storeu_si128((__m128i *)y->qs, _mm_or_si128(low, _mm_slli_epi16(high, 4)));
}

void kern_quantize_q4_0_avx512(struct kern_q4_0 *y, const float *x, size_t nblocks)
{
    for (; nblocks >= 4; nblocks -= 4, y += 4, x += 4 * N) {
        __m128i bits = largest_of4(x), d;
        if (any_infinite(bits)) {
            kern_quantize_q4_0_ref(y, x, 4);
            continue;
        }
        __m128 max = _mm_setr_ps(
            first_with(x, _mm_extract_epi32(bits, 0)), first_with(x + N, _mm_extract_epi32(bits, 1)),
            first_with(x + 2 * N, _mm_extract_epi32(bits, 2)), first_with(x + 3 * N, _mm_extract_epi32(bits, 3)));
        __m128 s = scales_of(max, -8, &d);
        q4_0_block(y, x, s, _mm_extract_epi16(d, 0));
        q4_0_block(y + 1, x + N, _mm_movehdup_ps(s), _mm_extract_epi16(d, 1));
        q4_0_block(y + 2, x + 2 * N, _mm_movehl_ps(s, s), _mm_extract_epi16(d, 2));
        q4_0_block(y + 3, x + 3 * N, _mm_permute_ps(s, 3), _mm_extract_epi16(d, 3));
    }
    kern_quantize_q4_0_auto(y, x, nblocks);
}
