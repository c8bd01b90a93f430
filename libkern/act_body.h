/* SPDX-License-Identifier: Apache-2.0
 * Activations in plain C, elementwise, for the compiler to vectorise with the flags of the folder that includes this.
 *
 * exp(x) = 2^i * exp(f), i = round(x / ln 2), f = x - i ln 2 in two steps (Cody and Waite, 1980), |f| <= 0.347; exp(f)
 * by its Taylor polynomial of degree 7, whose first missing term is below 2^-27. Valid for |x| <= 88. */
#ifndef LIBKERN_ACT_BODY_H
#define LIBKERN_ACT_BODY_H

#include <stdint.h>
#include <string.h>

#include <kern/gemm.h>

static inline float act_exp(float x)
{
    const float magic = 0x1.8p23f; /* adding it rounds to an integer, whose bits are the lowest ones of the sum */
    float shifted = x * 0x1.715476p0f + magic, i = shifted - magic;
    float f = x - i * 0x1.62e4p-1f - i * 0x1.7f7d1cp-20f, scale;
    uint32_t bits;

    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127) << 23;
    memcpy(&scale, &bits, sizeof scale);
    float e = 1.0f / 5040;
    e = e * f + 1.0f / 720;
    e = e * f + 1.0f / 120;
    e = e * f + 1.0f / 24;
    e = e * f + 1.0f / 6;
    e = e * f + 0.5f;
    return scale * (e * f * f + f + 1);
}

/* x / (1 + exp(-z)); z has the sign of x. */
static inline float act_gate(float x, float z)
{
    float near = z < -88 ? -88 : z > 88 ? 88 : z;
    float y = x / (1 + act_exp(-near));

    return z < -88 ? -0.0f : y;
}

static inline void act_relu(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = x[i] < 0 ? 0 : x[i];
}

static inline void act_silu(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = act_gate(x[i], x[i]);
}

static inline void act_gelu(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float z = 0x1.988454p0f * (x[i] + 0.044715f * (x[i] * x[i] * x[i]));
        x[i] = act_gate(x[i], z);
    }
}

/* In place. */
static inline void act_apply(float *x, size_t n, enum kern_act act)
{
    if (act == KERN_ACT_RELU)
        act_relu(x, n);
    else if (act == KERN_ACT_SILU)
        act_silu(x, n);
    else if (act == KERN_ACT_GELU)
        act_gelu(x, n);
}

#endif
