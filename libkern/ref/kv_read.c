/* SPDX-License-Identifier: Apache-2.0
 * Copying read of the key-value cache, reference. */
#include <kern/kern.h>

void kern_kv_read_f32_ref(float *k, float *v, const struct kern_kv *cache, size_t layer, size_t pos)
{
    size_t start = (layer * cache->capacity + pos) * cache->width;

    for (size_t i = 0; i < cache->width; i++) {
        k[i] = cache->k[start + i];
        v[i] = cache->v[start + i];
    }
}
