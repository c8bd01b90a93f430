/* SPDX-License-Identifier: Apache-2.0
 * Which variants a machine with given words (cpu_words.c) can run.
 *
 * A CPU with AVX is not enough: the operating system must save the wide registers on a task switch, which XCR0 tells.
 * Sources: Intel SDM volume 1, sections 14.3, 15.2 to 15.4 and 18. */
#include <kern/kern.h>

#include "libkern/cpu.h"

#define BIT(n) (1u << (n))

/* CPUID bits, and what one -m flag of the compiler allows besides itself. */
enum {
    SSE3 = BIT(0),
    SSSE3 = BIT(9),
    FMA = BIT(12),
    SSE41 = BIT(19),
    SSE42 = BIT(20),
    POPCNT = BIT(23),
    XSAVE = BIT(26),
    OSXSAVE = BIT(27),
    AVX = BIT(28),
    F16C = BIT(29),
    BMI1 = BIT(3),
    AVX2 = BIT(5),
    BMI2 = BIT(8),
    AVX512F = BIT(16),
    AVX512DQ = BIT(17),
    AVX512CD = BIT(28),
    AVX512BW = BIT(30),
    AVX512VNNI = BIT(11),                 /* leaf 7, ECX */
    AVX512BF16 = BIT(5),                  /* of leaf 7, subleaf 1 */
    AMX = BIT(22) | BIT(24) | BIT(25),    /* leaf 7, EDX: BF16, TILE, INT8 */
    STATE_YMM = BIT(1) | BIT(2),          /* xmm and upper ymm */
    STATE_ZMM = BIT(5) | BIT(6) | BIT(7), /* masks, upper zmm0-15, zmm16-31 */
    STATE_TILES = BIT(17) | BIT(18),      /* their configuration and their contents */
    ASIMD = BIT(1),
};
#define AVX512VL BIT(31)

#define AVX2_1_ECX   (SSE3 | SSSE3 | SSE41 | SSE42 | POPCNT | XSAVE | OSXSAVE | AVX | FMA | F16C)
#define AVX2_7_EBX   (AVX2 | BMI1 | BMI2)
#define AVX512_7_EBX (AVX2_7_EBX | AVX512F | AVX512DQ | AVX512CD | AVX512BW | AVX512VL)

/* One row per variant: the bits that must be set, exactly what FLAGS_<variant> in the Makefile lets the compiler use.
 * A variant without a row runs anywhere. */
static const uint32_t needs[KERN_ISA_COUNT][CPU_WORDS] = {
    [KERN_ISA_neon] = { [CPU_HWCAP] = ASIMD },
    [KERN_ISA_avx2] = { [CPU_1_ECX] = AVX2_1_ECX, [CPU_7_EBX] = AVX2_7_EBX, [CPU_XCR0] = STATE_YMM },
    [KERN_ISA_avx512] = { [CPU_1_ECX] = AVX2_1_ECX, [CPU_7_EBX] = AVX512_7_EBX, [CPU_XCR0] = STATE_YMM | STATE_ZMM },
    [KERN_ISA_avx512vnni] = { [CPU_1_ECX] = AVX2_1_ECX,
                              [CPU_7_EBX] = AVX512_7_EBX,
                              [CPU_7_ECX] = AVX512VNNI,
                              [CPU_XCR0] = STATE_YMM | STATE_ZMM },
    [KERN_ISA_avx512bf16] = { [CPU_1_ECX] = AVX2_1_ECX,
                              [CPU_7_EBX] = AVX512_7_EBX,
                              [CPU_7_1_EAX] = AVX512BF16,
                              [CPU_XCR0] = STATE_YMM | STATE_ZMM },
    [KERN_ISA_avx512amx] = { [CPU_1_ECX] = AVX2_1_ECX,
                             [CPU_7_EBX] = AVX512_7_EBX,
                             [CPU_7_ECX] = AVX512VNNI,
                             [CPU_7_EDX] = AMX,
                             [CPU_XCR0] = STATE_YMM | STATE_ZMM | STATE_TILES },
};

uint32_t kern_cpu_judge(const uint32_t words[CPU_WORDS])
{
    uint32_t mask = 0;

    for (int isa = 0; isa < KERN_ISA_COUNT; isa++) {
        int has = 1;
        for (int i = 0; i < CPU_WORDS; i++)
            has &= (words[i] & needs[isa][i]) == needs[isa][i];
        if (has)
            mask |= BIT(isa);
    }
    return mask;
}

/* VDPBF16PS does the work of two FMAs. AMD's cores (Zen 5 measured: 432 GFLOP/s, FMA 241) start as many of either; those
 * of Intel (a Xeon with AMX measured: 118 GFLOP/s, FMA 230) start one where they start four FMAs. */
uint32_t kern_cpu_slow(const uint32_t words[CPU_WORDS])
{
    const uint32_t intel = 'G' | 'e' << 8 | 'n' << 16 | 'u' << 24; /* of "GenuineIntel" */

    return words[CPU_0_EBX] == intel ? BIT(KERN_ISA_avx512bf16) : 0;
}

uint32_t kern_best(void)
{
    uint32_t words[CPU_WORDS];

    kern_cpu_words(words);
    return kern_cpu() & ~kern_cpu_slow(words);
}

/* The variants that are compiled for this architecture. */
#define KERN_ISA(name, arch, title) KERN_ON_##arch(| BIT(KERN_ISA_##name))
static const uint32_t built = 0u
#include <kern/isa.def>
    ;
#undef KERN_ISA

uint32_t kern_cpu(void)
{
    uint32_t words[CPU_WORDS];

    kern_cpu_words(words);
    return kern_cpu_judge(words) & built;
}
