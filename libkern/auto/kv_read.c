/* SPDX-License-Identifier: Apache-2.0
 * Copying read of the key-value cache by the C library's memcpy(). */
#include <string.h>

#include <kern/kern.h>

void kern_kv_read_f32_auto(float *k, float *v, const struct kern_kv *cache, size_t layer, size_t pos)
{
    size_t start = (layer * cache->capacity + pos) * cache->width;

    memcpy(k, cache->k + start, cache->width * sizeof *k);
    memcpy(v, cache->v + start, cache->width * sizeof *v);
}
