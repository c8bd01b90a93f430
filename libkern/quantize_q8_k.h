/* SPDX-License-Identifier: Apache-2.0
 * Floats to Q8_K for the compiler to vectorise, in each variant with that variant's flags. */
#ifndef LIBKERN_QUANTIZE_Q8_K_H
#define LIBKERN_QUANTIZE_Q8_K_H

#include <string.h>

#include <kern/kern.h>

/* The bits of the largest magnitude, as integers, so that NaN and infinity come out on top. */
static inline int32_t q8_k_largest_bits(const float *x)
{
    int32_t bits[KERN_Q4_K_BLOCK], max = 0;

    memcpy(bits, x, sizeof bits);
    for (int i = 0; i < KERN_Q4_K_BLOCK; i++) {
        int32_t size = bits[i] & 0x7fffffff;
        max = size > max ? size : max;
    }
    return max;
}

/* The first of the values whose magnitude has these bits. */
static inline float q8_k_first_with(const float *x, int32_t bits)
{
    float size;
    int i = 0;

    memcpy(&size, &bits, sizeof size);
    while (i < KERN_Q4_K_BLOCK - 1 && x[i] != size && x[i] != -size)
        i++;
    return x[i];
}

static inline void q8_k_block(struct kern_q8_k *restrict y, const float *restrict x, float max)
{
    const float round = 0x1.8p23F; /* beyond it floats are integers, so adding it rounds; subtracting it restores */
    float f = -127 / max;

    y->d = 1 / f;
    for (int i = 0; i < KERN_Q4_K_BLOCK; i++) {
        float level = x[i] * f;
        float rounded = level + round;
        int q = (int)(rounded - round);
        y->qs[i] = (int8_t)(q < 127 ? q : 127);
    }
    for (int part = 0; part < 16; part++) {
        int sum = 0;
        for (int i = 0; i < 16; i++)
            sum += y->qs[16 * part + i];
        y->sums[part] = (int16_t)sum;
    }
}

#define QUANTIZE_Q8_K(isa)                                                                                             \
    void kern_quantize_q8_k_##isa(struct kern_q8_k *y, const float *x, size_t nblocks)                                 \
    {                                                                                                                  \
        for (; nblocks; nblocks--, y++, x += KERN_Q4_K_BLOCK) {                                                        \
            int32_t bits = q8_k_largest_bits(x);                                                                       \
            if (bits >= 0x7f800000 || bits < 0x0d800000) /* infinity, 2^-100 */                                        \
                kern_quantize_q8_k_ref(y, x, 1);                                                                       \
            else                                                                                                       \
                q8_k_block(y, x, q8_k_first_with(x, bits));                                                            \
        }                                                                                                              \
    }

#endif
