/* SPDX-License-Identifier: Apache-2.0
 * The scales and minimums of a Q4_K block, four bytes at a time. All supported CPUs are little-endian. */
#ifndef LIBKERN_Q4_K_H
#define LIBKERN_Q4_K_H

#include <string.h>

#include <kern/kern.h>

struct q4_k_parts {
    uint8_t scale[8], min[8];
};

/* The same as two words, whose lowest bytes are the first parts. */
struct q4_k_words {
    uint64_t scale, min;
};

static inline struct q4_k_words q4_k_words(const struct kern_q4_k *x)
{
    const uint32_t six = 0x3f3f3f3f, four = 0x0f0f0f0f, two = 0x30303030;
    uint32_t u[3];

    memcpy(u, x->scales, sizeof u);
    return (struct q4_k_words){
        .scale = (u[0] & six) | (uint64_t)((u[2] & four) | (u[0] >> 2 & two)) << 32,
        .min = (u[1] & six) | (uint64_t)((u[2] >> 4 & four) | (u[1] >> 2 & two)) << 32,
    };
}

static inline struct q4_k_parts q4_k_parts(const struct kern_q4_k *x)
{
    struct q4_k_words w = q4_k_words(x);
    struct q4_k_parts p;

    memcpy(p.scale, &w.scale, 8);
    memcpy(p.min, &w.min, 8);
    return p;
}

#endif
