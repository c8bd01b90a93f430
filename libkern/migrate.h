/* SPDX-License-Identifier: Apache-2.0
 * What the variants of kv_migrate share: the step of a block and its packing. */
#ifndef LIBKERN_MIGRATE_H
#define LIBKERN_MIGRATE_H

#include "libkern/kv_rows.h"

/* The step of a block whose largest value is high and whose smallest is -low: the extreme of larger magnitude becomes
 * -8 steps, the positive one where they are equal. */
static inline float kv_q4_step(float high, float low)
{
    float most = high >= low ? high : -low;
    return most != 0 ? most / -8 : 0; /* one zero for both */
}

static inline float kv_q4_inverse(float d)
{
    return d != 0 ? 1 / d : 0; /* finite: halves are at least 2^-24 */
}

/* q[i] in -8..8, of which 8 becomes 7. */
static inline void kv_q4_pack(struct kern_q4_0 *to, float d, const int8_t q[KERN_Q4_0_BLOCK])
{
    to->d = kern_f32_to_f16(d);
    for (int i = 0; i < KERN_Q4_0_BLOCK / 2; i++) {
        int8_t low = q[i] < 7 ? q[i] : 7, high = q[i + 16] < 7 ? q[i + 16] : 7;
        to->qs[i] = (uint8_t)((uint8_t)(low + 8) | (uint8_t)(high + 8) << 4);
    }
}

#endif
