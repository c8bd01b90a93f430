/* SPDX-License-Identifier: Apache-2.0
 * Rotary position embedding, reference. The product of a position and a frequency is exact in double. */
#include <math.h>

#include <kern/kern.h>

/* Turns pair i of every head at x. */
static void turn(float *x, const struct kern_rope *r, size_t i, double c, double s)
{
    size_t apart = r->layout == KERN_ROPE_PAIRS ? 1 : r->dim / 2;

    x += r->layout == KERN_ROPE_PAIRS ? 2 * i : i;
    for (size_t h = 0; h < r->heads; h++, x += r->dim) {
        double a = (double)x[0], b = (double)x[apart];
        x[0] = (float)(a * c - b * s);
        x[apart] = (float)(b * c + a * s);
    }
}

void kern_rope_f32_ref(float *x, const float *freq, size_t pos, const struct kern_rope *r)
{
    for (size_t t = 0; t < r->tokens; t++, x += r->heads * r->dim)
        for (size_t i = 0; i < r->dim / 2; i++) {
            double angle = (double)(pos + t) * (double)freq[i];
            turn(x, r, i, cos(angle), sin(angle));
        }
}

void kern_rope_apply_f32_ref(float *x, const float *table, const struct kern_rope *r)
{
    for (size_t t = 0; t < r->tokens; t++, x += r->heads * r->dim, table += r->dim)
        for (size_t i = 0; i < r->dim / 2; i++)
            turn(x, r, i, (double)table[i], (double)table[r->dim / 2 + i]);
}

void kern_rope_table_f32_ref(float *table, const float *freq, size_t pos, size_t count, size_t dim)
{
    for (size_t t = 0; t < count; t++, table += dim)
        for (size_t i = 0; i < dim / 2; i++) {
            double angle = (double)(pos + t) * (double)freq[i];
            table[i] = (float)cos(angle);
            table[dim / 2 + i] = (float)sin(angle);
        }
}
