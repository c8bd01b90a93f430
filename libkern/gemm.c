/* SPDX-License-Identifier: Apache-2.0
 * Matrix products beside the kernel: packing, and sizes of scratch. */
#include <stdint.h>
#include <string.h>

#include "libkern/gemm.h"

size_t kern_gemm_work_size(size_t n, size_t k, size_t parts)
{
    size_t one = (gemm_a_floats(k) + gemm_b_floats(n, k)) * sizeof(float);

    return parts > SIZE_MAX / one ? 0 : parts * one;
}

size_t kern_gemm_packed_floats(size_t k, size_t n)
{
    size_t panels = gemm_panels(n);

    if (k == 0 || panels > SIZE_MAX / sizeof(float) / GEMM_PANEL / k)
        return 0;
    return panels * GEMM_PANEL * k;
}

static void pack_panel(float *to, const float *b, size_t ldb, size_t rows, size_t n)
{
    if (n == GEMM_PANEL) {
        for (size_t p = 0; p < rows; p++)
            memcpy(to + p * GEMM_PANEL, b + p * ldb, GEMM_PANEL * sizeof *to);
        return;
    }
    for (size_t p = 0; p < rows; p++) {
        memcpy(to + p * GEMM_PANEL, b + p * ldb, n * sizeof *to);
        memset(to + p * GEMM_PANEL + n, 0, (GEMM_PANEL - n) * sizeof *to);
    }
}

void kern_gemm_pack_f32(float *packed, const float *b, size_t ldb, size_t k, size_t n)
{
    for (size_t j = 0; j < n; j += GEMM_PANEL)
        pack_panel(packed + j * k, b + j, ldb, k, gemm_min(GEMM_PANEL, n - j));
}

void kern_gemm_pack_transposed_f32(float *packed, const float *b, size_t ldb, size_t k, size_t n)
{
    for (size_t j = 0; j < gemm_panels(n) * GEMM_PANEL; j++) {
        float *to = packed + j / GEMM_PANEL * GEMM_PANEL * k + j % GEMM_PANEL;
        for (size_t p = 0; p < k; p++)
            to[p * GEMM_PANEL] = j < n ? b[j * ldb + p] : 0;
    }
}
