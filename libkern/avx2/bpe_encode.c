/* SPDX-License-Identifier: Apache-2.0
 * Byte-level BPE with AVX2. */
#define KERN_BPE_ENCODE kern_bpe_encode_utf8_avx2

#include <immintrin.h>

#include "libkern/bpe_data.h"

/* Bytes in low..low + count - 1: the signed comparison of what an offset moves to the bottom of the range. */
static inline __m256i in_range(__m256i v, int low, int count)
{
    __m256i moved = _mm256_sub_epi8(v, _mm256_set1_epi8((char)(low + 128)));
    return _mm256_cmpgt_epi8(_mm256_set1_epi8((char)(count - 128)), moved);
}

static inline void classify32(const unsigned char *p, uint32_t mask[BPE_CLASSES])
{
    __m256i v = _mm256_loadu_si256((const void *)p);
    __m256i letter = in_range(_mm256_or_si256(v, _mm256_set1_epi8(0x20)), 'a', 26);
    __m256i number = in_range(v, '0', 10);
    __m256i space = _mm256_or_si256(in_range(v, '\t', 5), _mm256_cmpeq_epi8(v, _mm256_set1_epi8(' ')));
    mask[BPE_LETTER] = (uint32_t)_mm256_movemask_epi8(letter);
    mask[BPE_NUMBER] = (uint32_t)_mm256_movemask_epi8(number);
    mask[BPE_SPACE] = (uint32_t)_mm256_movemask_epi8(space);
    mask[BPE_OTHER] = ~((uint32_t)_mm256_movemask_epi8(v) | mask[BPE_LETTER] | mask[BPE_NUMBER] | mask[BPE_SPACE]);
}

static inline void isa_classify(const unsigned char *p, uint64_t mask[BPE_CLASSES])
{
    uint32_t low[BPE_CLASSES], high[BPE_CLASSES];
    classify32(p, low);
    classify32(p + 32, high);
    for (unsigned c = 0; c < BPE_CLASSES; c++)
        mask[c] = (uint64_t)high[c] << 32 | low[c];
}

static inline uint32_t isa_least(const uint32_t *key, unsigned n)
{
    __m256i least = _mm256_load_si256((const void *)key);
    for (unsigned i = 8; i < n; i += 8)
        least = _mm256_min_epu32(least, _mm256_load_si256((const void *)(key + i)));
    __m128i half = _mm_min_epu32(_mm256_castsi256_si128(least), _mm256_extracti128_si256(least, 1));
    half = _mm_min_epu32(half, _mm_shuffle_epi32(half, _MM_SHUFFLE(1, 0, 3, 2)));
    half = _mm_min_epu32(half, _mm_shuffle_epi32(half, _MM_SHUFFLE(2, 3, 0, 1)));
    return (uint32_t)_mm_cvtsi128_si32(half);
}

#include "libkern/bpe_window.h"

#include "libkern/bpe_body.h"
