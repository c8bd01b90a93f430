/* SPDX-License-Identifier: Apache-2.0
 * What this machine says it has: CPUID and XGETBV on x86, the auxiliary vector on ARM. A file of its own so that the
 * kernel checker can be linked with the words of another machine.
 * Sources: Intel SDM volume 2, CPUID and XGETBV; Linux Documentation/arch/arm64/elf_hwcaps.rst and
 * Documentation/arch/x86/xstate.rst. */
#include "libkern/cpu.h"

#if defined __x86_64__
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OSXSAVE (1u << 27) /* leaf 1, ECX: XGETBV may be asked */
#define TILES   (1u << 18) /* XCR0: the contents of AMX's tiles */

/* XGETBV by hand: the intrinsic would need -mxsave for this whole file. */
static uint32_t xcr0(void)
{
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

/* Linux saves the 8 KiB of tiles only for a process that has asked for it, once, before the first use; its threads and
 * forks have it then, too. */
static int may_use_tiles(void)
{
    enum { ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18 };
#ifdef SYS_arch_prctl
    return syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
#else
    return 0;
#endif
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
    if (words[CPU_XCR0] & TILES && !may_use_tiles())
        words[CPU_XCR0] &= ~TILES;
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
