/* SPDX-License-Identifier: Apache-2.0
 * Matrix of packed Q4_K times vector for the compiler to vectorise: sixteen rows side by side. */
#include <kern/kern.h>

#include "libkern/half.h"
#include "libkern/quant_work.h"

/* The sums of products of two parts. */
static void two_parts(int *restrict low, int *restrict high, const uint8_t (*restrict q)[16][4],
                      const int8_t *restrict x)
{
    for (int i = 0; i < 8; i++)
        for (int r = 0; r < 16; r++)
            for (int j = 0; j < 4; j++) {
                low[r] += (q[i][r][j] & 15) * x[4 * i + j];
                high[r] += (q[i][r][j] >> 4) * x[32 + 4 * i + j];
            }
}

/* Adds parts 4 half to 4 half + 3, whose scales and minimums are the bytes of two words. */
static void half_block(int *restrict sum, int *restrict least, const struct kern_q4_kx16 *a, const struct kern_q8_k *x,
                       int half)
{
    const uint32_t *u = a->scales[0], *v = a->scales[1], *w = a->scales[2];

    for (int pair = 0; pair < 2; pair++) {
        int low[16] = { 0 }, high[16] = { 0 }, part = 4 * half + 2 * pair;
        int of_x = x->sums[2 * part] + x->sums[2 * part + 1], of_next = x->sums[2 * part + 2] + x->sums[2 * part + 3];
        two_parts(low, high, a->qs + 4 * part, x->qs + 32 * part);
        for (int r = 0; r < 16; r++) {
            uint32_t s = u[r] & 0x3f3f3f3f, m = v[r] & 0x3f3f3f3f;
            if (half) {
                s = (w[r] & 0x0f0f0f0f) | (u[r] >> 2 & 0x30303030);
                m = (w[r] >> 4 & 0x0f0f0f0f) | (v[r] >> 2 & 0x30303030);
            }
            s >>= 16 * pair;
            m >>= 16 * pair;
            sum[r] += (int)(s & 63) * low[r] + (int)(s >> 8 & 63) * high[r];
            least[r] += (int)(m & 63) * of_x + (int)(m >> 8 & 63) * of_next;
        }
    }
}

void kern_gemv_packed_q4_k_auto(float *y, const struct kern_q4_kx16 *a, const float *x, size_t m, size_t k, void *work)
{
    size_t n = k / KERN_Q4_K_BLOCK;
    struct kern_q8_k *xq = quant_aligned(work);

    kern_quantize_q8_k_auto(xq, x, n);
    for (size_t i = 0; i < m; i += 16) {
        float all[16] = { 0 };
        for (size_t b = 0; b < n; b++, a++) {
            int sum[16] = { 0 }, least[16] = { 0 };
            for (int half = 0; half < 2; half++)
                half_block(sum, least, a, &xq[b], half);
            for (int r = 0; r < 16; r++) {
                float d = half_to_float(a->d[r]) * xq[b].d, dmin = half_to_float(a->dmin[r]) * xq[b].d;
                all[r] += d * (float)sum[r];
                all[r] -= dmin * (float)least[r];
            }
        }
        memcpy(y + i, all, (m - i < 16 ? m - i : 16) * sizeof *y);
    }
}
