/* SPDX-License-Identifier: Apache-2.0
 * The scratch of a quantised gemv: its vector as Q8_0, either as blocks or with values, scales and sums apart. */
#ifndef LIBKERN_QUANT_WORK_H
#define LIBKERN_QUANT_WORK_H

#include <string.h>

#include <kern/kern.h>

#include "libkern/half.h"

struct quant_work {
    int8_t *qs;   /* k */
    float *d;     /* k / 32: the scales, widened */
    int32_t *sum; /* k / 32: sums of the qs of a block, times a factor of the weights' type */
};

static inline size_t quant_round64(size_t n)
{
    return (n + 63) & ~(size_t)63;
}

/* Enough for both ways: k / 32 blocks of 34 bytes need less. */
static inline size_t quant_work_bytes(size_t k)
{
    return 64 + quant_round64(k) + 2 * quant_round64(k / 8);
}

static inline void *quant_aligned(void *work)
{
    return (char *)work + (-(uintptr_t)work & 63);
}

static inline struct quant_work quant_work_at(void *work, size_t k)
{
    char *p = quant_aligned(work);
    struct quant_work w = { .qs = (int8_t *)p };

    w.d = (float *)(void *)(p + quant_round64(k));
    w.sum = (int32_t *)(void *)(p + quant_round64(k) + quant_round64(k / 8));
    return w;
}

/* x as blocks. */
static inline struct kern_q8_0 *quant_blocks(kern_quantize_q8_0_fn *quantize, const float *x, size_t k, void *work)
{
    struct kern_q8_0 *blocks = quant_aligned(work);

    quantize(blocks, x, k / 32);
    return blocks;
}

/* The same with values, scales and sums apart; the sums are multiplied by factor, what the weights' offset costs. */
static inline struct quant_work quant_spread(kern_quantize_q8_0_fn *quantize, const float *x, size_t k, void *work,
                                             int factor)
{
    struct quant_work w = quant_work_at(work, k);
    struct kern_q8_0 some[8];

    for (size_t b = 0, n = k / 32; b < n; b += 8) {
        size_t count = n - b < 8 ? n - b : 8;
        quantize(some, x + 32 * b, count);
        for (size_t i = 0; i < count; i++) {
            int sum = 0;
            for (int j = 0; j < 32; j++)
                sum += some[i].qs[j];
            memcpy(w.qs + 32 * (b + i), some[i].qs, 32);
            w.sum[b + i] = sum * factor;
            w.d[b + i] = half_to_float(some[i].d);
        }
    }
    return w;
}

#endif
