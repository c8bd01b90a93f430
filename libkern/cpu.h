/* SPDX-License-Identifier: Apache-2.0
 * What the CPU and the operating system say they have, as raw words, and what follows from them. Apart from kern.h so
 * that the judgement can be tested with the words of other machines. */
#ifndef LIBKERN_CPU_H
#define LIBKERN_CPU_H

#include <stdint.h>

enum cpu_word {
    CPU_1_ECX, /* x86: CPUID leaf 1 */
    CPU_7_EBX, /* x86: CPUID leaf 7, subleaf 0 */
    CPU_7_ECX,
    CPU_7_EDX,
    CPU_7_1_EAX, /* x86: CPUID leaf 7, subleaf 1 */
    CPU_XCR0,    /* x86: the register states that the operating system saves for this process */
    CPU_HWCAP,   /* ARM: AT_HWCAP */
    CPU_HWCAP2,
    CPU_0_EBX, /* x86: CPUID leaf 0, the first four letters of the maker's name */
    CPU_WORDS
};

/* Fills in the words of this machine; those of the other architecture, and what the CPU does not tell, are 0. */
void kern_cpu_words(uint32_t words[CPU_WORDS]);

/* The set of variants, of any architecture, that a machine with these words can run. */
uint32_t kern_cpu_judge(const uint32_t words[CPU_WORDS]);

/* The variants among them whose instructions are known to be slower there than those of the variant before. */
uint32_t kern_cpu_slow(const uint32_t words[CPU_WORDS]);

#endif
