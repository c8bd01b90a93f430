/* SPDX-License-Identifier: Apache-2.0
 * The words of a machine that has everything, linked in place of libkern/cpu_words.c. The AVX-512 of this machine is
 * that of tests/emulate/immintrin.h; its AVX2 is real, and whoever starts the program sees to it. */
#include "libkern/cpu.h"

void kern_cpu_words(uint32_t words[CPU_WORDS])
{
    for (int i = 0; i < CPU_WORDS; i++)
        words[i] = UINT32_MAX;
    words[CPU_HWCAP] = words[CPU_HWCAP2] = 0;
}
