/* SPDX-License-Identifier: Apache-2.0
 * Quantised matrix products: packing, scratch, and splitting among threads. The kernels are in the folders. */
#include <string.h>

#include "libkern/matmul.h"

void kern_pack_q4_k(struct kern_q4_kx16 *to, const struct kern_q4_k *a, size_t m, size_t k)
{
    size_t n = k / KERN_Q4_K_BLOCK;

    for (size_t group = 0; group < m; group += MM_GROUP) {
        for (size_t b = 0; b < n; b++, to++) {
            memset(to, 0, sizeof *to);
            for (size_t r = 0; r < MM_GROUP && group + r < m; r++) {
                const struct kern_q4_k *from = &a[(group + r) * n + b];
                to->d[r] = from->d;
                to->dmin[r] = from->dmin;
                for (size_t i = 0; i < 3; i++)
                    memcpy(&to->scales[i][r], from->scales + 4 * i, 4);
                for (size_t i = 0; i < 32; i++)
                    memcpy(to->qs[i][r], from->qs + 4 * i, 4);
            }
        }
    }
}

static size_t whole_size(size_t m, size_t k, size_t block)
{
    size_t groups = m / MM_GROUP + (m % MM_GROUP != 0), blocks = k / 32 + (k % 32 != 0);

    return blocks == 0 || groups > SIZE_MAX / 512 / blocks ? 0 : groups * blocks * block;
}

size_t kern_pack_i8_size(size_t m, size_t k)
{
    return whole_size(m, k, 512);
}

size_t kern_pack_i4_size(size_t m, size_t k)
{
    return whole_size(m, k, 256);
}

void kern_pack_i8(uint8_t *to, const int8_t *q, size_t m, size_t k)
{
    memset(to, 128, kern_pack_i8_size(m, k));
    for (size_t group = 0; group < m; group += MM_GROUP, to += MM_GROUP * mm_round(k, 32))
        for (size_t r = 0; r < MM_GROUP && group + r < m; r++)
            for (size_t i = 0; i < k; i++)
                to[(i / 4 * MM_GROUP + r) * 4 + i % 4] = (uint8_t)(q[(group + r) * k + i] + 128);
}

void kern_pack_i4(uint8_t *to, const uint8_t *q, size_t m, size_t k)
{
    size_t row = kern_i4_row(k);

    memset(to, 0x88, kern_pack_i4_size(m, k));
    for (size_t group = 0; group < m; group += MM_GROUP, to += MM_GROUP * row)
        for (size_t r = 0; r < MM_GROUP && group + r < m; r++)
            for (size_t i = 0; i < row; i++)
                to[(i / 4 * MM_GROUP + r) * 4 + i % 4] = q[(group + r) * row + i];
}

size_t kern_matmul_work_size(size_t n, size_t k, size_t parts)
{
    enum { LARGE = 1 << 30 }; /* beyond it no product of two sizes may be assumed to fit */
    size_t column = mm_steps_of(k) + (k / 32 + 1) * sizeof(struct mm_meta);

    if (k > LARGE || parts > LARGE || n > SIZE_MAX / 4 / column - 32)
        return 0;
    return mm_round((parts ? parts : 1) * mm_part_bytes(k) + mm_columns(n) * column + 64, 64);
}

struct job {
    kern_matmul_fn *matmul;
    struct kern_matmul g;
};

static void part(void *ctx, size_t i, size_t thread)
{
    (void)thread;
    const struct job *job = ctx;
    struct kern_matmul g = job->g;

    g.part = i;
    job->matmul(&g);
}

void kern_pool_matmul(struct kern_pool *pool, kern_matmul_fn *matmul, const struct kern_matmul *g)
{
    struct job job = { matmul, *g };

    job.g.parts = kern_pool_threads(pool);
    job.g.step = KERN_MATMUL_PREPARE;
    kern_pool_run(pool, part, &job, job.g.parts);
    job.g.step = KERN_MATMUL_MULTIPLY;
    kern_pool_run(pool, part, &job, job.g.parts);
}
