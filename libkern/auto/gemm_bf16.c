/* SPDX-License-Identifier: Apache-2.0
 * Matrix times matrix of bfloat16 for the compiler to vectorise: vectors of four as GCC and Clang know them on any CPU. */
#include <string.h>

#include <kern/kern.h>

typedef float four __attribute__((vector_size(16)));
typedef uint32_t four_words __attribute__((vector_size(16)));

static inline four load(const float *p)
{
    four v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline void store(float *p, four v)
{
    memcpy(p, &v, sizeof v);
}

static inline four_words words(const float *p)
{
    four_words v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline four_words splat(const char *p)
{
    uint32_t word;
    memcpy(&word, p, sizeof word);
    return (four_words){ word, word, word, word };
}

static inline four pair(four_words a, four_words b, four c)
{
    return c + (four)(a << 16) * (four)(b << 16) + (four)(a & 0xffff0000u) * (four)(b & 0xffff0000u);
}

#define GEMM_V            four
#define GEMM_LANES        4
#define GEMM_LOAD(p)      load(p)
#define GEMM_STORE(p, v)  store(p, v)
#define GEMM_ADD(a, b)    ((a) + (b))
#define GEMM_ZERO         ((four){ 0 })
#define GEMM_W            four_words
#define GEMM_WORDS(p)     words(p)
#define GEMM_SPLAT(p)     splat(p)
#define GEMM_FMA(a, b, c) pair(a, b, c)
#define GEMM_ROWS         4
#define GEMM_WIDE         2
#include "libkern/gemm_body.inc"

void kern_gemm_bf16_auto(const struct kern_gemm_bf16 *g)
{
    gemm_bf16(g);
}
