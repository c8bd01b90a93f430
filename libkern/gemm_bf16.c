/* SPDX-License-Identifier: Apache-2.0
 * bfloat16: conversion, and packing for matrix products. */
#include <string.h>

#include "libkern/gemm.h"

float kern_bf16_to_f32(uint16_t h)
{
    uint32_t bits = (uint32_t)h << 16;
    float f;

    memcpy(&f, &bits, sizeof f);
    return f;
}

uint16_t kern_f32_to_bf16(float f)
{
    uint32_t bits;

    memcpy(&bits, &f, sizeof bits);
    if ((bits & 0x7fffffffu) > 0x7f800000u)
        return (uint16_t)(bits >> 16 | 0x40u);
    return (uint16_t)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

size_t kern_gemm_packed_bf16(size_t k, size_t n)
{
    return kern_gemm_packed_floats(k / 2 + k % 2, n) * 2;
}

/* Element p, j of b is b[p * down + j * right]. */
static void pack(uint16_t *packed, const uint16_t *b, size_t down, size_t right, size_t k, size_t n)
{
    size_t pairs = k / 2 + k % 2;

    for (size_t j = 0; j < gemm_panels(n) * GEMM_PANEL; j++) {
        uint16_t *to = packed + (j / GEMM_PANEL * GEMM_PANEL * pairs + j % GEMM_PANEL) * 2;
        for (size_t p = 0; p < pairs * 2; p++)
            to[p / 2 * GEMM_PANEL * 2 + p % 2] = p < k && j < n ? b[p * down + j * right] : 0;
    }
}

void kern_gemm_pack_bf16(uint16_t *packed, const uint16_t *b, size_t ldb, size_t k, size_t n)
{
    pack(packed, b, ldb, 1, k, n);
}

void kern_gemm_pack_transposed_bf16(uint16_t *packed, const uint16_t *b, size_t ldb, size_t k, size_t n)
{
    pack(packed, b, 1, ldb, k, n);
}
