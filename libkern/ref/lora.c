/* SPDX-License-Identifier: Apache-2.0
 * Low-rank adapters, reference. */
#include <kern/kern.h>

/* Row r of a, n floats, times x. */
static double dot(const float *a, const float *x, size_t n, size_t r)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)a[r * n + i] * (double)x[i];
    return sum;
}

void kern_lora_f32_ref(float *y, const float *x, const struct kern_lora *l)
{
    double d[KERN_LORA_RANK];

    for (size_t r = 0; r < l->rank; r++)
        d[r] = (double)l->scale * dot(l->a, x, l->k, r);
    for (size_t i = 0; i < l->m; i++) {
        double sum = (double)y[i];
        for (size_t r = 0; r < l->rank; r++)
            sum += d[r] * (double)l->b[r * l->m + i];
        y[i] = (float)sum;
    }
}

void kern_lora_grad_f32_ref(float *da, float *db, const float *x, const float *dy, const struct kern_lora *l)
{
    for (size_t r = 0; r < l->rank; r++) {
        double d = (double)l->scale * dot(l->a, x, l->k, r), e = (double)l->scale * dot(l->b, dy, l->m, r);
        for (size_t i = 0; i < l->m; i++)
            db[r * l->m + i] = (float)((double)db[r * l->m + i] + d * (double)dy[i]);
        for (size_t j = 0; j < l->k; j++)
            da[r * l->k + j] = (float)((double)da[r * l->k + j] + e * (double)x[j]);
    }
}

void kern_lora_update_f32_ref(float *w, float *g, float rate, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        w[i] = (float)((double)w[i] - (double)rate * (double)g[i]);
        g[i] = 0;
    }
}
