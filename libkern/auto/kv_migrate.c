/* SPDX-License-Identifier: Apache-2.0
 * Rows of f16 to blocks of Q4_0, for the compiler to vectorise. */
#include "libkern/migrate.h"

void kern_kv_migrate_q4_0_auto(struct kern_q4_0 *to, const uint16_t *from, size_t nblocks)
{
    for (; nblocks; nblocks--, to++, from += KERN_Q4_0_BLOCK) {
        float x[KERN_Q4_0_BLOCK], high = -INFINITY, low = -INFINITY;
        int8_t q[KERN_Q4_0_BLOCK];
        for (int i = 0; i < KERN_Q4_0_BLOCK; i++) {
            x[i] = half_to_float(from[i]);
            high = x[i] > high ? x[i] : high;
            low = -x[i] > low ? -x[i] : low;
        }
        float d = kv_q4_step(high, low), by = kv_q4_inverse(d);
        for (int i = 0; i < KERN_Q4_0_BLOCK; i++)
            q[i] = (int8_t)rintf(x[i] * by);
        kv_q4_pack(to, d, q);
    }
}
