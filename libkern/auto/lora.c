/* SPDX-License-Identifier: Apache-2.0
 * Low-rank adapters for the compiler to vectorise. */
#include <kern/kern.h>

static inline float dot(const float *a, const float *x, size_t n)
{
    float sum = 0;

#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++)
        sum += a[i] * x[i];
    return sum;
}

static inline void add(float *y, float d, const float *x, size_t n)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        y[i] += d * x[i];
}

void kern_lora_f32_auto(float *y, const float *x, const struct kern_lora *l)
{
    for (size_t r = 0; r < l->rank; r++)
        add(y, l->scale * dot(l->a + r * l->k, x, l->k), l->b + r * l->m, l->m);
}

void kern_lora_grad_f32_auto(float *da, float *db, const float *x, const float *dy, const struct kern_lora *l)
{
    for (size_t r = 0; r < l->rank; r++) {
        add(db + r * l->m, l->scale * dot(l->a + r * l->k, x, l->k), dy, l->m);
        add(da + r * l->k, l->scale * dot(l->b + r * l->m, dy, l->m), x, l->k);
    }
}

void kern_lora_update_f32_auto(float *w, float *g, float rate, size_t n)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        w[i] -= rate * g[i];
        g[i] = 0;
    }
}
