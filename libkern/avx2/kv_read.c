/* SPDX-License-Identifier: Apache-2.0
 * Copying read of the key-value cache: both copies in one loop, so that two streams are fetched at once. */
#include <kern/kern.h>

#include "libkern/avx2/vec.h"

void kern_kv_read_f32_avx2(float *k, float *v, const struct kern_kv *cache, size_t layer, size_t pos)
{
    size_t i = 0, n = cache->width, start = (layer * cache->capacity + pos) * n;
    const float *from_k = cache->k + start, *from_v = cache->v + start;

    for (; i + 16 <= n; i += 16) {
        __m256 k0 = _mm256_loadu_ps(from_k + i), k1 = _mm256_loadu_ps(from_k + i + 8);
        __m256 v0 = _mm256_loadu_ps(from_v + i), v1 = _mm256_loadu_ps(from_v + i + 8);
        _mm256_storeu_ps(k + i, k0);
        _mm256_storeu_ps(k + i + 8, k1);
        _mm256_storeu_ps(v + i, v0);
        _mm256_storeu_ps(v + i + 8, v1);
    }
    for (; i < n; i += 8) { /* at most twice */
        __m256i m = first_lanes(n - i < 8 ? n - i : 8);
        _mm256_maskstore_ps(k + i, m, _mm256_maskload_ps(from_k + i, m));
        _mm256_maskstore_ps(v + i, m, _mm256_maskload_ps(from_v + i, m));
    }
}
