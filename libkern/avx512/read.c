/* SPDX-License-Identifier: Apache-2.0
 * Reading memory, AVX-512. */
#include <immintrin.h>

#define READ_V             __m512i
#define READ_LANES         16
#define READ_ZERO          _mm512_setzero_si512()
#define READ_LOAD(p)       _mm512_loadu_si512((const void *)(p))
#define READ_XOR3(s, a, b) _mm512_ternarylogic_epi64(s, a, b, 0x96)
#define READ_STORE(p, v)   _mm512_storeu_si512((void *)(p), v)
#include "libkern/read_body.h"

uint32_t kern_read_u32_avx512(const uint32_t *x, size_t n, size_t passes)
{
    return read_all(x, n, passes);
}
