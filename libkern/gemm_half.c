/* SPDX-License-Identifier: Apache-2.0
 * bfloat16: conversion. Packing of 16-bit numbers for matrix products. */
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

size_t kern_gemm_packed_f16(size_t k, size_t n)
{
    return kern_gemm_packed_floats(k, n);
}

/* Element p, j of b is b[p * down + j * right]; `group` rows are merged. */
static void pack(uint16_t *packed, const uint16_t *b, size_t down, size_t right, size_t k, size_t n, size_t group)
{
    size_t rows = (k + group - 1) / group * group;

    for (size_t j = 0; j < gemm_panels(n) * GEMM_PANEL; j++) {
        uint16_t *to = packed + j / GEMM_PANEL * GEMM_PANEL * rows + j % GEMM_PANEL * group;
        for (size_t p = 0; p < rows; p++)
            to[p / group * GEMM_PANEL * group + p % group] = p < k && j < n ? b[p * down + j * right] : 0;
    }
}

void kern_gemm_pack_f16(uint16_t *packed, const uint16_t *b, size_t ldb, size_t k, size_t n)
{
    pack(packed, b, ldb, 1, k, n, 1);
}

void kern_gemm_pack_transposed_f16(uint16_t *packed, const uint16_t *b, size_t ldb, size_t k, size_t n)
{
    pack(packed, b, 1, ldb, k, n, 1);
}

void kern_gemm_pack_bf16(uint16_t *packed, const uint16_t *b, size_t ldb, size_t k, size_t n)
{
    pack(packed, b, ldb, 1, k, n, 2);
}

void kern_gemm_pack_transposed_bf16(uint16_t *packed, const uint16_t *b, size_t ldb, size_t k, size_t n)
{
    pack(packed, b, 1, ldb, k, n, 2);
}
