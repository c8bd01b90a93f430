/* SPDX-License-Identifier: Apache-2.0
 * Floats to Q8_0 and Q4_0: four blocks at a time share the reduction and the divisions. Blocks with a NaN or infinity
 * are left to the reference, with their neighbours. */
#include <immintrin.h>

#include <kern/kern.h>

#include "libkern/avx2/scales.h"

enum { N = 32 };

static inline __m256i magnitude(const float *x)
{
    return _mm256_and_si256(_mm256_loadu_si256((const __m256i *)x), _mm256_set1_epi32(0x7fffffff));
}

/* The bits of the largest magnitude of a block, in one of the lanes. */
static inline __m128i fold_max(const float *x)
{
    __m256i v = _mm256_max_epi32(_mm256_max_epi32(magnitude(x), magnitude(x + 8)),
                                 _mm256_max_epi32(magnitude(x + 16), magnitude(x + 24)));
    return _mm_max_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
}

static inline __m128i largest_of4(const float *x)
{
    return max_lanes4(fold_max(x), fold_max(x + N), fold_max(x + 2 * N), fold_max(x + 3 * N));
}

/* 32 integers as bytes: packing works per half of the register, so the parts must be put in order at the end. */
static inline __m256i bytes(__m256i a, __m256i b, __m256i c, __m256i d)
{
    __m256i mixed = _mm256_packs_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
    return _mm256_permutevar8x32_epi32(mixed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

static inline __m256i level(const float *x, __m256 scale)
{
    return _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(x), scale));
}

static inline void q8_0_block(struct kern_q8_0 *y, const float *x, __m128 scale, int d)
{
    __m256 s = _mm256_broadcastss_ps(scale);

    y->d = (uint16_t)d;
    _mm256_storeu_si256((__m256i *)y->qs, bytes(level(x, s), level(x + 8, s), level(x + 16, s), level(x + 24, s)));
}

void kern_quantize_q8_0_avx2(struct kern_q8_0 *y, const float *x, size_t nblocks)
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
    unsigned found = 0;

    for (int i = 0; i < 4; i++) {
        __m256i equal = _mm256_cmpeq_epi32(magnitude(x + 8 * i), _mm256_set1_epi32(bits));
        found |= (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(equal)) << (8 * i);
    }
    return bits ? x[_tzcnt_u32(found)] : 0;
}

static inline __m256i nibble(const float *x, __m256 scale)
{
    __m256 level = _mm256_add_ps(_mm256_mul_ps(_mm256_loadu_ps(x), scale), _mm256_set1_ps(8.5F));
    return _mm256_min_epi32(_mm256_cvttps_epi32(level), _mm256_set1_epi32(15));
}

static inline void q4_0_block(struct kern_q4_0 *y, const float *x, __m128 scale, int d)
{
    __m256 s = _mm256_broadcastss_ps(scale);
    __m256i q = bytes(nibble(x, s), nibble(x + 8, s), nibble(x + 16, s), nibble(x + 24, s));

    y->d = (uint16_t)d;
    _mm_storeu_si128((__m128i *)y->qs,
                     _mm_or_si128(_mm256_castsi256_si128(q), _mm_slli_epi16(_mm256_extracti128_si256(q, 1), 4)));
}

void kern_quantize_q4_0_avx2(struct kern_q4_0 *y, const float *x, size_t nblocks)
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
