/* SPDX-License-Identifier: Apache-2.0
 * Matrix times matrix for the compiler to vectorise: vectors of four floats as GCC and Clang know them on any CPU, in
 * tiles of 4 × 2, which leave some of 16 registers for a and b. */
#include <string.h>

#include <kern/kern.h>

#include "libkern/half.h"

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

static inline four splat(const char *p)
{
    float f;
    memcpy(&f, p, sizeof f);
    return (four){ f, f, f, f };
}

static inline four halves(const uint16_t *p)
{
    return (four){ half_to_float(p[0]), half_to_float(p[1]), half_to_float(p[2]), half_to_float(p[3]) };
}

/* The first of each pair, and the second, as floats. */
static inline four low(const float *p)
{
    return (four)((four_words)load(p) << 16);
}

static inline four high(const float *p)
{
    return (four)((four_words)load(p) & 0xffff0000u);
}

#define GEMM_V            four
#define GEMM_LANES        4
#define GEMM_LOAD(p)      load(p)
#define GEMM_STORE(p, v)  store(p, v)
#define GEMM_W            four
#define GEMM_WORDS(p)     load(p)
#define GEMM_SPLAT(p)     splat(p)
#define GEMM_FMA(a, b, c) ((a) * (b) + (c))
#define GEMM_ADD(a, b)    ((a) + (b))
#define GEMM_ZERO         ((four){ 0 })
#define GEMM_ROWS         4
#define GEMM_WIDE         2
#define GEMM_F16(p)       halves(p)
#define GEMM_LOW(p)       low(p)
#define GEMM_HIGH(p)      high(p)
#define GEMM_KERNEL(op)   kern_##op##_f32_auto
#include "libkern/gemm_body.inc"

void kern_gemm_f32_auto(const struct kern_gemm *g)
{
    gemm_f32(g);
}

void kern_gemm_f16_auto(const struct kern_gemm_half *g)
{
    gemm_f16(g);
}

void kern_gemm_bf16_auto(const struct kern_gemm_half *g)
{
    gemm_bf16(g);
}
