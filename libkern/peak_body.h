/* SPDX-License-Identifier: Apache-2.0
 * The arithmetic peak in the vocabulary of libkern/simd_math.h: blocks of as many vectors as fit the registers. */
#include <kern/kern.h>

enum { PEAK_CHAINS = VN == 4 ? 16 : 12 }; /* NEON has 32 registers, and CPUs with 4 units */
_Static_assert(KERN_PEAK % (PEAK_CHAINS * VN) == 0, "whole blocks");

void V_NAME(peak)(float *y, float a, float b, size_t steps)
{
    for (size_t at = 0; at < KERN_PEAK; at += PEAK_CHAINS * VN) {
        vf chain[PEAK_CHAINS], factor = v_set(a), term = v_set(b);
        for (size_t i = 0; i < PEAK_CHAINS; i++)
            chain[i] = v_load(y + at + i * VN);
        for (size_t left = steps; left; left--)
            for (size_t i = 0; i < PEAK_CHAINS; i++)
                chain[i] = v_fma(chain[i], factor, term);
        for (size_t i = 0; i < PEAK_CHAINS; i++)
            v_store(y + at + i * VN, chain[i]);
    }
}
