/* SPDX-License-Identifier: Apache-2.0
 * Copying read of the key-value cache: both copies in one loop, so that two streams are fetched at once. */
#include <kern/kern.h>

#include "libkern/avx512/vec.h"

void kern_kv_read_f32_avx512(float *k, float *v, const struct kern_kv *cache, size_t layer, size_t pos)
{
    size_t i = 0, n = cache->width, start = (layer * cache->capacity + pos) * n;
    const float *from_k = cache->k + start, *from_v = cache->v + start;

    for (; i + 32 <= n; i += 32) {
        __m512 k0 = _mm512_loadu_ps(from_k + i), k1 = _mm512_loadu_ps(from_k + i + 16);
        __m512 v0 = _mm512_loadu_ps(from_v + i), v1 = _mm512_loadu_ps(from_v + i + 16);
        _mm512_storeu_ps(k + i, k0);
        _mm512_storeu_ps(k + i + 16, k1);
        _mm512_storeu_ps(v + i, v0);
        _mm512_storeu_ps(v + i + 16, v1);
    }
    for (; i < n; i += 16) { /* at most twice */
        __mmask16 m = first_lanes(n - i < 16 ? n - i : 16);
        _mm512_mask_storeu_ps(k + i, m, _mm512_maskz_loadu_ps(m, from_k + i));
        _mm512_mask_storeu_ps(v + i, m, _mm512_maskz_loadu_ps(m, from_v + i));
    }
}
