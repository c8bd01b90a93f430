/* SPDX-License-Identifier: Apache-2.0
 * Copying read of the key-value cache: both copies in one loop, so that two streams are fetched at once. */
#include <arm_neon.h>

#include <kern/kern.h>

void kern_kv_read_f32_neon(float *k, float *v, const struct kern_kv *cache, size_t layer, size_t pos)
{
    size_t i = 0, n = cache->width, start = (layer * cache->capacity + pos) * n;
    const float *from_k = cache->k + start, *from_v = cache->v + start;

    for (; i + 16 <= n; i += 16) {
        vst1q_f32_x4(k + i, vld1q_f32_x4(from_k + i));
        vst1q_f32_x4(v + i, vld1q_f32_x4(from_v + i));
    }
    for (; i < n; i++) {
        k[i] = from_k[i];
        v[i] = from_v[i];
    }
}
