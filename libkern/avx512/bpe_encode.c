/* SPDX-License-Identifier: Apache-2.0
 * Byte-level BPE with AVX-512 (F, BW). */
#define KERN_BPE_ENCODE kern_bpe_encode_utf8_avx512

#include <immintrin.h>

#include "libkern/bpe_data.h"

static inline uint64_t in_range(__m512i v, int low, int count)
{
    return _mm512_cmplt_epu8_mask(_mm512_sub_epi8(v, _mm512_set1_epi8((char)low)), _mm512_set1_epi8((char)count));
}

static inline void isa_classify(const unsigned char *p, uint64_t mask[BPE_CLASSES])
{
    __m512i v = _mm512_loadu_si512(p);
    mask[BPE_LETTER] = in_range(_mm512_or_si512(v, _mm512_set1_epi8(0x20)), 'a', 26);
    mask[BPE_NUMBER] = in_range(v, '0', 10);
    mask[BPE_SPACE] = in_range(v, '\t', 5) | _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(' '));
    mask[BPE_OTHER] = ~(_mm512_movepi8_mask(v) | mask[BPE_LETTER] | mask[BPE_NUMBER] | mask[BPE_SPACE]);
}

static inline uint32_t isa_least(const uint32_t *key, unsigned n)
{
    __m512i least = _mm512_load_si512(key);
    for (unsigned i = 16; i < n; i += 16)
        least = _mm512_min_epu32(least, _mm512_load_si512(key + i));
    return _mm512_reduce_min_epu32(least);
}

/* The keys of few symbols stay in a register: in memory each look would wait for the numbers stored just before. */
#define BPE_FEW            16
#define MERGE              merge_few
#define KEYS               __m512i
#define NONE(keys, n)      ((keys) = _mm512_set1_epi32(-1))
#define SET(keys, at, key) ((keys) = _mm512_mask_set1_epi32(keys, (__mmask16)(1u << (at)), (int)(key)))
#define LEAST(keys, n)     _mm512_reduce_min_epu32(keys)
#include "libkern/bpe_merge.h"

#include "libkern/bpe_window.h"

#include "libkern/bpe_body.h"
