/* SPDX-License-Identifier: Apache-2.0
 * Packing of quantised weights, and the scratch of their products. */
#include <string.h>

#include <kern/kern.h>

#include "libkern/quant_work.h"

size_t kern_pack_blocks(size_t m, size_t k)
{
    size_t groups = m / 16 + (m % 16 != 0), blocks = k / 32;
    size_t most = SIZE_MAX / sizeof(struct kern_q8_0x16);

    return blocks == 0 || groups > most / blocks ? 0 : groups * blocks;
}

void kern_pack_q8_0(struct kern_q8_0x16 *to, const struct kern_q8_0 *a, size_t m, size_t k)
{
    size_t n = k / 32;

    for (size_t group = 0; group < m; group += 16) {
        for (size_t b = 0; b < n; b++, to++) {
            memset(to->d, 0, sizeof to->d);
            memset(to->qs, 128, sizeof to->qs);
            for (size_t r = 0; r < 16 && group + r < m; r++) {
                const struct kern_q8_0 *from = &a[(group + r) * n + b];
                to->d[r] = from->d;
                for (size_t i = 0; i < 32; i++)
                    to->qs[i / 4][r][i % 4] = (uint8_t)(from->qs[i] + 128);
            }
        }
    }
}

void kern_pack_q4_0(struct kern_q4_0x16 *to, const struct kern_q4_0 *a, size_t m, size_t k)
{
    size_t n = k / 32;

    for (size_t group = 0; group < m; group += 16) {
        for (size_t b = 0; b < n; b++, to++) {
            memset(to->d, 0, sizeof to->d);
            memset(to->qs, 0x88, sizeof to->qs);
            for (size_t r = 0; r < 16 && group + r < m; r++) {
                const struct kern_q4_0 *from = &a[(group + r) * n + b];
                to->d[r] = from->d;
                for (size_t i = 0; i < 16; i++)
                    to->qs[i / 4][r][i % 4] = from->qs[i];
            }
        }
    }
}

size_t kern_i4_row(size_t k)
{
    return (k / 32 + (k % 32 != 0)) * 16;
}

size_t kern_quant_work_size(size_t k)
{
    return quant_work_bytes(k);
}
