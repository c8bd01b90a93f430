/* SPDX-License-Identifier: Apache-2.0
 * The list of the k largest so far, kept in order by insertion, which is cheapest for the few that get that far. */
#ifndef LIBKERN_TOPK_INSERT_H
#define LIBKERN_TOPK_INSERT_H

#include <stddef.h>
#include <stdint.h>

/* Puts v, found at place `at`, behind all that are not smaller; the last of a full list falls out. Returns how many the
 * list holds then. A full list must hold a smaller one. */
static inline size_t topk_insert(float *values, uint32_t *index, size_t found, size_t k, float v, size_t at)
{
    size_t j = found < k ? found++ : k - 1;

    for (; j > 0 && values[j - 1] < v; j--) {
        values[j] = values[j - 1];
        index[j] = index[j - 1];
    }
    values[j] = v;
    index[j] = (uint32_t)at;
    return found;
}

#endif
