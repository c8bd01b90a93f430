/* SPDX-License-Identifier: Apache-2.0
 * Quantised matrix products, reference: weight by weight from the packed layouts, blocks summed in double precision.
 * Nothing is prepared; each group of 16 rows quantises x again. */
#include <string.h>

#include "libkern/half.h"
#include "libkern/matmul.h"
#include "libkern/q4_k.h"

/* The 16 rows of a group that are there, from `row` on, with column j. */
struct group {
    const struct kern_matmul *g;
    const char *a;
    size_t row, rows, j;
};

static int nibble(uint8_t byte, int high)
{
    return high ? byte >> 4 : byte & 15;
}

static double weight_q8_0(const struct kern_q8_0x16 *a, size_t row, int i)
{
    return a->qs[i / 4][row][i % 4] - 128;
}

static double weight_q4_0(const struct kern_q4_0x16 *a, size_t row, int i)
{
    return nibble(a->qs[i % 16 / 4][row][i % 4], i >= 16) - 8;
}

#define GROUP(type)                                                                                                    \
    static void group_##type(const struct group *s)                                                                    \
    {                                                                                                                  \
        const struct kern_##type##x16 *a = (const void *)s->a;                                                         \
        double total[16] = { 0 };                                                                                      \
        for (size_t b = 0; b < s->g->k / 32; b++) {                                                                    \
            struct kern_q8_0 x;                                                                                        \
            kern_quantize_q8_0_ref(&x, s->g->x + s->j * s->g->ldx + 32 * b, 1);                                        \
            for (size_t r = 0; r < s->rows; r++) {                                                                     \
                double sum = 0;                                                                                        \
                for (int i = 0; i < 32; i++)                                                                           \
                    sum += weight_##type(&a[b], r, i) * x.qs[i];                                                       \
                total[r] += (double)half_to_float(a[b].d[r]) * (double)half_to_float(x.d) * sum;                       \
            }                                                                                                          \
        }                                                                                                              \
        for (size_t r = 0; r < s->rows; r++)                                                                           \
            s->g->y[s->j * s->g->ldy + s->row + r] = (float)total[r];                                                  \
    }
GROUP(q8_0)
GROUP(q4_0)

/* The products of a block's row, without the scale of x. */
static double row_q4_k(const struct kern_q4_kx16 *a, size_t row, const struct kern_q8_k *x)
{
    struct kern_q4_k scales = { 0 };
    double d = (double)half_to_float(a->d[row]), dmin = (double)half_to_float(a->dmin[row]), total = 0;

    for (int i = 0; i < 3; i++)
        memcpy(scales.scales + 4 * i, &a->scales[i][row], 4);
    struct q4_k_parts p = q4_k_parts(&scales);
    for (int part = 0; part < 8; part++) {
        int sum = 0, of_x = 0;
        for (int i = 0; i < 32; i++) {
            int at = part / 2 * 32 + i, q = x->qs[32 * part + i];
            sum += nibble(a->qs[at / 4][row][at % 4], part % 2) * q;
            of_x += q;
        }
        total += d * p.scale[part] * sum - dmin * p.min[part] * of_x;
    }
    return total;
}

static void group_q4_k(const struct group *s)
{
    const struct kern_q4_kx16 *a = (const void *)s->a;
    double total[16] = { 0 };

    for (size_t b = 0; b < s->g->k / KERN_Q4_K_BLOCK; b++) {
        struct kern_q8_k x;
        kern_quantize_q8_k_ref(&x, s->g->x + s->j * s->g->ldx + KERN_Q4_K_BLOCK * b, 1);
        for (size_t r = 0; r < s->rows; r++)
            total[r] += (double)x.d * row_q4_k(&a[b], r, &x);
    }
    for (size_t r = 0; r < s->rows; r++)
        s->g->y[s->j * s->g->ldy + s->row + r] = (float)total[r];
}

static int weight_i8(const uint8_t *a, size_t row, size_t i)
{
    return a[(i / 4 * 16 + row) * 4 + i % 4] - 128;
}

static int weight_i4(const uint8_t *a, size_t row, size_t i)
{
    size_t at = i / 32 * 16 + i % 16;
    return nibble(a[(at / 4 * 16 + row) * 4 + at % 4], i % 32 >= 16) - 8;
}

#define GROUP_WHOLE(type)                                                                                              \
    static void group_##type(const struct group *s)                                                                    \
    {                                                                                                                  \
        int8_t *x = mm_part_of(s->g)->row;                                                                             \
        float dx;                                                                                                      \
        kern_quantize_i8_ref(x, &dx, s->g->x + s->j * s->g->ldx, 1, s->g->k);                                          \
        for (size_t r = 0; r < s->rows; r++) {                                                                         \
            int32_t sum = 0;                                                                                           \
            for (size_t i = 0; i < s->g->k; i++)                                                                       \
                sum += weight_##type((const uint8_t *)s->a, r, i) * x[i];                                              \
            s->g->y[s->j * s->g->ldy + s->row + r] = (float)sum * (s->g->d[s->row + r] * dx);                          \
        }                                                                                                              \
    }
GROUP_WHOLE(i8)
GROUP_WHOLE(i4)

static void matmul(const struct kern_matmul *given, void (*group)(const struct group *s), size_t bytes)
{
    struct kern_matmul g = *given;
    size_t groups = (g.m + 15) / 16;

    if (g.step == KERN_MATMUL_PREPARE)
        return;
    if (g.parts == 0)
        g.parts = 1;
    for (size_t i = mm_share(groups, g.part, g.parts); i < mm_share(groups, g.part + 1, g.parts); i++) {
        struct group s = { &g, (const char *)g.a + i * bytes, 16 * i, mm_min(16, g.m - 16 * i), 0 };
        for (; s.j < g.n; s.j++)
            group(&s);
    }
}

#define MATMUL(type, bytes)                                                                                            \
    void kern_matmul_##type##_ref(const struct kern_matmul *g)                                                         \
    {                                                                                                                  \
        matmul(g, group_##type, bytes);                                                                                \
    }
MATMUL(q8_0, g->k / 32 * sizeof(struct kern_q8_0x16))
MATMUL(q4_0, g->k / 32 * sizeof(struct kern_q4_0x16))
MATMUL(q4_k, g->k / KERN_Q4_K_BLOCK * sizeof(struct kern_q4_kx16))
MATMUL(i8, mm_round(g->k, 32) * 16)
MATMUL(i4, mm_round(g->k, 32) * 8)
