/* SPDX-License-Identifier: Apache-2.0
 * Checks of the CPU detection: on this machine against the compiler's own, and on the words of others. */
#include <string.h>

#include "libkern/cpu.h"
#include "tests/kern/check.h"

#define HAS(mask, isa) ((mask) >> KERN_ISA_##isa & 1u)

static void this_machine(struct checks *c)
{
    uint32_t cpu = kern_cpu();

    CHECK(c, HAS(cpu, ref) && HAS(cpu, auto));
    CHECK(c, cpu >> KERN_ISA_COUNT == 0);
#if defined __x86_64__
    __builtin_cpu_init();
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
                __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
    bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512cd");
    CHECK(c, HAS(cpu, avx2) == avx2);
    CHECK(c, HAS(cpu, avx512) == avx512);
    CHECK(c, HAS(cpu, avx512vnni) == (avx512 && __builtin_cpu_supports("avx512vnni")));
    CHECK(c, HAS(cpu, avx512bf16) == (avx512 && __builtin_cpu_supports("avx512bf16")));
    CHECK(c,
          HAS(cpu, avx512vnni) || !HAS(cpu, avx512amx)); /* the compilers' own does not know whether it is permitted */
    CHECK(c, !HAS(cpu, neon));
#elif defined __aarch64__
    CHECK(c, HAS(cpu, neon)); /* part of the architecture */
    CHECK(c, !HAS(cpu, avx2) && !HAS(cpu, avx512));
#endif
}

/* Of the variants those that the words of a machine are about. */
enum { NONE, WITH_AVX2 = 1 << KERN_ISA_avx2, WITH_AVX512 = WITH_AVX2 | 1 << KERN_ISA_avx512 };
enum { WITH_AMX = WITH_AVX512 | 1 << KERN_ISA_avx512amx, WITH_NEON = 1 << KERN_ISA_neon, SOME = WITH_AMX | WITH_NEON };

#define SAPPHIRE_RAPIDS                                                                                                \
    [CPU_1_ECX] = 0x7ffefbff, [CPU_7_EBX] = 0xf3bfbfff, [CPU_7_ECX] = 0x1b415fde, [CPU_7_EDX] = 0xffd14410

/* Words of machines, written out bit by bit from the manuals. */
static const struct machine {
    const char *name;
    uint32_t words[CPU_WORDS], variants;
} machines[] = {
    { "nothing", { 0 }, NONE },
    { "everything", { ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u }, SOME },
    { "Sapphire Rapids", { SAPPHIRE_RAPIDS, [CPU_XCR0] = 0x602e7 }, WITH_AMX },
    { "Sapphire Rapids, tiles not permitted", { SAPPHIRE_RAPIDS, [CPU_XCR0] = 0x202e7 }, WITH_AVX512 },
    { "Haswell, Linux", { [CPU_1_ECX] = 0x7ffafbff, [CPU_7_EBX] = 0x000027ab, [CPU_XCR0] = 7 }, WITH_AVX2 },
    { "Sandy Bridge", { [CPU_1_ECX] = 0x1fbae3ff, [CPU_7_EBX] = 0, [CPU_XCR0] = 7 }, NONE },
    { "Skylake-SP", { [CPU_1_ECX] = 0x7ffefbff, [CPU_7_EBX] = 0xd39ffffb, [CPU_XCR0] = 0xe7 }, WITH_AVX512 },
    { "Skylake-SP, AVX-512 not saved",
      { [CPU_1_ECX] = 0x7ffefbff, [CPU_7_EBX] = 0xd39ffffb, [CPU_XCR0] = 7 },
      WITH_AVX2 },
    { "Skylake-SP, half of AVX-512 saved",
      { [CPU_1_ECX] = 0x7ffefbff, [CPU_7_EBX] = 0xd39ffffb, [CPU_XCR0] = 0x67 },
      WITH_AVX2 },
    { "Skylake-SP, AVX not saved", { [CPU_1_ECX] = 0x7ffefbff, [CPU_7_EBX] = 0xd39ffffb, [CPU_XCR0] = 3 }, NONE },
    { "Skylake-SP, no OSXSAVE", { [CPU_1_ECX] = 0x77fefbff, [CPU_7_EBX] = 0xd39ffffb }, NONE },
    { "Knights Landing: no BW, DQ, VL",
      { [CPU_1_ECX] = 0x7ff8f3bf, [CPU_7_EBX] = 0x1c0d23ab, [CPU_XCR0] = 0xe7 },
      WITH_AVX2 },
    { "Cortex-A72, Linux", { [CPU_HWCAP] = 0xff }, WITH_NEON },
};

static void other_machines(struct checks *c)
{
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++) {
        const struct machine *m = &machines[i];
        uint32_t mask = kern_cpu_judge(m->words);
        check_that(c, HAS(mask, ref) && HAS(mask, auto) && (mask & SOME) == m->variants, "%s: judged as %#x", m->name,
                   mask);
    }
}

/* Each needed bit alone decides: a machine that lacks one loses the variant. */
static void each_bit(struct checks *c)
{
    uint32_t words[CPU_WORDS];
    size_t deciding = 0;

    memset(words, 0xff, sizeof words);
    for (int w = 0; w < CPU_WORDS; w++) {
        for (int bit = 0; bit < 32; bit++) {
            words[w] ^= 1u << bit;
            uint32_t mask = kern_cpu_judge(words);
            deciding += !HAS(mask, avx512);
            check_that(c, HAS(mask, avx2) || !HAS(mask, avx512), "word %d bit %d: AVX-512 without AVX2", w, bit);
            check_that(c, HAS(mask, avx512vnni) == (HAS(mask, avx512) && !(w == CPU_7_ECX && bit == 11)),
                       "word %d bit %d: VNNI is judged by other bits than AVX-512 and its own", w, bit);
            bool own = (w == CPU_7_EDX && (bit == 22 || bit == 24 || bit == 25)) ||
                       (w == CPU_XCR0 && (bit == 17 || bit == 18));
            check_that(c, HAS(mask, avx512amx) == (HAS(mask, avx512vnni) && !own),
                       "word %d bit %d: AMX is judged by other bits than VNNI and its own", w, bit);
            words[w] ^= 1u << bit;
        }
    }
    check_that(c, deciding == 23, "%zu bits decide AVX-512, not 23", deciding);
}

/* AVX-512 BF16 is passed over on Intel's CPUs and on no other's. */
static void slow(struct checks *c)
{
    static const struct maker {
        char name[5]; /* the first four letters */
        bool slow;
    } makers[] = { { "Genu", true }, { "Auth", false }, { "Hygo", false }, { "", false }, { "Gene", false } };

    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
        uint32_t words[CPU_WORDS] = { 0 };
        memcpy(&words[CPU_0_EBX], makers[i].name, sizeof words[CPU_0_EBX]);
        check_that(c, kern_cpu_slow(words) == (makers[i].slow ? 1u << KERN_ISA_avx512bf16 : 0), "%s is judged as %#x",
                   makers[i].name, kern_cpu_slow(words));
    }
    CHECK(c, (kern_best() & ~kern_cpu()) == 0);
    CHECK(c, (kern_cpu() & ~kern_best() & ~(1u << KERN_ISA_avx512bf16)) == 0);
#if defined __x86_64__
    CHECK(c, HAS(kern_best(), avx512bf16) == (HAS(kern_cpu(), avx512bf16) && !__builtin_cpu_is("intel")));
#endif
}

void check_cpu(struct checks *c)
{
    this_machine(c);
    other_machines(c);
    each_bit(c);
    slow(c);
}
