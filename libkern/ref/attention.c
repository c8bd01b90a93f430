/* SPDX-License-Identifier: Apache-2.0
 * Softmax attention, reference: all in double; the second pass computes the scores anew. */
#include <math.h>

#include <kern/kern.h>

static double score(const float *q, const float *k, size_t dim, float scale)
{
    double sum = 0;

    for (size_t i = 0; i < dim; i++)
        sum += (double)q[i] * (double)k[i];
    return sum * (double)scale;
}

void kern_attention_f32_ref(float *out, const float *q, const float *k, const float *v, size_t n, size_t dim,
                            float scale, float *work)
{
    double top = -INFINITY, total = 0, sum[KERN_HEAD_MOST] = { 0 };

    (void)work;
    for (size_t j = 0; j < n; j++) {
        double s = score(q, k + j * dim, dim, scale);
        top = s > top ? s : top;
    }
    for (size_t j = 0; j < n; j++) {
        double p = exp(score(q, k + j * dim, dim, scale) - top);
        total += p;
        for (size_t i = 0; i < dim; i++)
            sum[i] += p * (double)v[j * dim + i];
    }
    for (size_t i = 0; i < dim; i++)
        out[i] = n ? (float)(sum[i] / total) : 0;
}
