/* SPDX-License-Identifier: Apache-2.0
 * Matrix of packed Q4_K times vector, reference: a product with one column. */
#include <kern/kern.h>

#include "libkern/half.h"
#include "libkern/q4_k.h"
#include "libkern/quant_work.h"

static double row(const struct kern_q4_kx16 *a, size_t r, const struct kern_q8_k *x, size_t n)
{
    double total = 0;

    for (size_t b = 0; b < n; b++, a++, x++) {
        struct kern_q4_k scales;
        for (int i = 0; i < 3; i++)
            memcpy(scales.scales + 4 * i, &a->scales[i][r], 4);
        struct q4_k_parts p = q4_k_parts(&scales);
        int products = 0, minimums = 0;
        for (int part = 0; part < 8; part++) {
            int sum = 0;
            for (int i = 0; i < 32; i++)
                sum += (a->qs[part / 2 * 8 + i / 4][r][i % 4] >> part % 2 * 4 & 15) * x->qs[32 * part + i];
            products += p.scale[part] * sum;
            minimums += p.min[part] * (x->sums[2 * part] + x->sums[2 * part + 1]);
        }
        total +=
            (double)x->d * ((double)half_to_float(a->d[r]) * products - (double)half_to_float(a->dmin[r]) * minimums);
    }
    return total;
}

void kern_gemv_packed_q4_k_ref(float *y, const struct kern_q4_kx16 *a, const float *x, size_t m, size_t k, void *work)
{
    size_t n = k / KERN_Q4_K_BLOCK;
    struct kern_q8_k *xq = quant_aligned(work);

    kern_quantize_q8_k_ref(xq, x, n);
    for (size_t i = 0; i < m; i++)
        y[i] = (float)row(a + i / 16 * n, i % 16, xq, n);
}
