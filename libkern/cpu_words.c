/* SPDX-License-Identifier: Apache-2.0
 * What this machine says it has: CPUID and XGETBV on x86, the auxiliary vector on ARM. A file of its own so that the
 * kernel checker can be linked with the words of another machine.
 * Sources: Intel SDM volume 2, CPUID and XGETBV; Linux Documentation/arch/arm64/elf_hwcaps.rst. */
#include "libkern/cpu.h"

#if defined __x86_64__
#include <cpuid.h>

#define OSXSAVE (1u << 27) /* leaf 1, ECX: XGETBV may be asked */

/* XGETBV by hand: the intrinsic would need -mxsave for this whole file. */
static uint32_t xcr0(void)
{
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

void kern_cpu_words(uint32_t words[CPU_WORDS])
{
    unsigned a, b, c, d;

    for (int i = 0; i < CPU_WORDS; i++)
        words[i] = 0;
    if (__get_cpuid_count(0, 0, &a, &b, &c, &d))
        words[CPU_0_EBX] = b;
    if (__get_cpuid_count(1, 0, &a, &b, &c, &d))
        words[CPU_1_ECX] = c;
    if (words[CPU_1_ECX] & OSXSAVE)
        words[CPU_XCR0] = xcr0();
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d))
        return;
    words[CPU_7_EBX] = b;
    words[CPU_7_ECX] = c;
    words[CPU_7_EDX] = d;
    if (a >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d))
        words[CPU_7_1_EAX] = a;
}

#elif defined __aarch64__
#include <sys/auxv.h>

void kern_cpu_words(uint32_t words[CPU_WORDS])
{
    for (int i = 0; i < CPU_WORDS; i++)
        words[i] = 0;
    words[CPU_HWCAP] = (uint32_t)getauxval(AT_HWCAP);
    words[CPU_HWCAP2] = (uint32_t)getauxval(AT_HWCAP2);
}

#else

void kern_cpu_words(uint32_t words[CPU_WORDS])
{
    for (int i = 0; i < CPU_WORDS; i++)
        words[i] = 0;
}

#endif
