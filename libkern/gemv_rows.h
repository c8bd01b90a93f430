/* SPDX-License-Identifier: Apache-2.0
 * Quantised gemv of row-major weights out of a variant's quantise and dot. */
#ifndef LIBKERN_GEMV_ROWS_H
#define LIBKERN_GEMV_ROWS_H

#include <kern/kern.h>

#include "libkern/quant_work.h"

#define GEMV_ROWS(type, isa, quantize_isa)                                                                             \
    void kern_gemv_##type##_##isa(float *y, const struct kern_##type *a, const float *x, size_t m, size_t k,           \
                                  void *work)                                                                          \
    {                                                                                                                  \
        const struct kern_q8_0 *xq = quant_blocks(kern_quantize_q8_0_##quantize_isa, x, k, work);                      \
        for (size_t i = 0; i < m; i++)                                                                                 \
            y[i] = kern_dot_##type##_##isa(a + i * (k / 32), xq, k / 32);                                              \
    }

#define GEMV_ROWS_Q4_K(isa, quantize_isa)                                                                              \
    void kern_gemv_q4_k_##isa(float *y, const struct kern_q4_k *a, const float *x, size_t m, size_t k, void *work)     \
    {                                                                                                                  \
        struct kern_q8_k *xq = quant_aligned(work);                                                                    \
        kern_quantize_q8_k_##quantize_isa(xq, x, k / KERN_Q4_K_BLOCK);                                                 \
        for (size_t i = 0; i < m; i++)                                                                                 \
            y[i] = kern_dot_q4_k_##isa(a + i * (k / KERN_Q4_K_BLOCK), xq, k / KERN_Q4_K_BLOCK);                        \
    }

#endif
