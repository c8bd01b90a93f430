/* SPDX-License-Identifier: Apache-2.0
 * Reading memory, AVX2. */
#include <immintrin.h>

#define READ_V             __m256i
#define READ_LANES         8
#define READ_ZERO          _mm256_setzero_si256()
#define READ_LOAD(p)       _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define READ_XOR3(s, a, b) _mm256_xor_si256(s, _mm256_xor_si256(a, b))
#define READ_STORE(p, v)   _mm256_storeu_si256((__m256i *)(void *)(p), v)
#include "libkern/read_body.h"

uint32_t kern_read_u32_avx2(const uint32_t *x, size_t n, size_t passes)
{
    return read_all(x, n, passes);
}
