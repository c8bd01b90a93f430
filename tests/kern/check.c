/* SPDX-License-Identifier: Apache-2.0
 * check-kern: checks every variant of every kernel that this CPU can run against double-precision references.
 *
 *     check-kern [--isa NAME] [--only NAME]... [--seed N] [--list] [PART...]
 *
 * --isa, or KERN_ISA in the environment, restricts the variants to those up to NAME; --only to NAME alone, or to those
 * named, for a machine on which everything is slow (valgrind, an emulator). Prints one line per failed claim
 * and at the end "N passed, N failed". Exit code 1 if a claim failed, 2 for a wrong command line. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kern/check.h"
#include "tests/kern/check_quant.h"

/* The parts in the order they run. dispatch comes first: it looks at the pointers before anything has set them. */
static const struct part {
    const char *name;
    void (*check)(struct checks *c);
    const char *tolerance;
} parts[] = {
    { "dispatch", check_dispatch, "exact: pointers" },
    { "cpu", check_cpu, "exact: bits" },
    { "half", check_half, "exact: IEEE 754 defines every result" },
    { "dot", check_dot, "(n + 1) u sum|x y| + (n + 1) tiny: n roundings whatever the order, one of the result" },
    { "gemv", check_gemv, "as dot, per row; splitting the rows changes no bit" },
    { "layernorm", check_layernorm,
      "(n + 32) u (|w| (M / s + |X|) + |b|) + tiny: n roundings of two sums, carried to y by 1 / s, and a few more" },
    { "dequant", check_dequant, "exact: 11 bits times 4 bits fit a float" },
    { "quantize", check_quantize, "exact: the formats define every bit; error of a value at most a step" },
    { "dot_quant", check_dot_quant,
      "(nblocks + 8) u sum|x y|: blocks are summed in integers, only their sums are rounded" },
    { "gemv_quant", check_gemv_quant, "as dot_quant, per row, with x quantised by the rule; splitting changes no bit" },
    { "q4_k", check_q4_k,
      "dequantise, quantise: exact bits; dot, gemv: (nblocks + 12) u sum |y| (|d s q| + |dmin m|), as blocks are "
      "summed "
      "in integers" },
    { "matmul", check_matmul,
      "(k / 16 + 8) u sum|a x|; q4_k: (k / 10 + 12) u of products and minimums; i8, i4 exact; splitting changes no "
      "bit" },
    { "matmul_bad", check_matmul_bad, "every wrong product fails at least one claim" },
    { "quant_quality", check_quant_quality,
      "KL divergence of a softmax: q8_0 below 5e-3, q4_0 below 0.2 nats, which is several times what the steps "
      "predict" },
    { "i8", check_i8, "INT8, INT4: exact: sums are integers, and the few float operations are prescribed" },
    { "quant_bad", check_quant_bad, "every wrong quantised kernel fails at least one claim" },
    { "kv", check_kv, "exact: a copy" },
    { "arena", check_arena, "exact: addresses" },
    { "slab", check_slab, "exact: addresses" },
    { "bpe", check_bpe, "exact: token numbers" },
    { "norms", check_norms, "rmsnorm: (n + 16) u |y| + (|w| + 1) tiny; layernorm_add: as layernorm; the sum exact" },
    { "activation", check_activation,
      "exp: 4 u y (2 ulp) + tiny; the others: a few u more, and what the argument's rounding becomes" },
    { "rope", check_rope, "cosine and sine 4 u up to angles of 2^20; a turned pair 8 u (|a| + |b|) + 4 tiny" },
    { "sampling", check_sampling, "argmax, topk, topp: exact; axpy: 2 u (|a x| + |y|) + 2 tiny" },
    { "lora", check_lora, "dot's bound carried through the second product; update: 2 u (|rate g| + |w|) + 2 tiny" },
    { "attention", check_attention,
      "((2 dim + 8) S + n + 16) u sum p |v| + n 2^-125 |v|: S, the size of a score, times its error twice, and two "
      "sums" },
    { "flash", check_flash,
      "as attention, with 2 n + 24 for the rescalings and the scales of rows; splitting changes no bit" },
    { "kv_rows", check_kv_rows, "exact: rounding to nearest defines every bit" },
    { "tiers", check_tiers, "exact bits of Q4_0; what is read back is off by at most a step" },
    { "gemm", check_gemm,
      "(k + 2) u (|bias| + sum|a b|) + (k + 1) tiny, and what activations add; parts, packing: no bit" },
    { "gemm_half", check_gemm_half,
      "f16: as gemm; bf16: (k + 3) u (|bias| + sum|a b|) + (k + 1) 2^-126, as AVX-512 BF16 flushes; others: bits of "
      "gemm" },
    { "pool", check_pool, "exact: every part once" },
    { "threads", check_threads,
      "exact: the bits of the kernel itself for any number of threads; attention in chunks: the bound of flash" },
    { "peak", check_peak, "f32: 3 u M / (1 - |a|), as each step shrinks the errors before it; the others exact" },
    { "bad", check_bad, "every wrong kernel fails at least one claim" },
};
enum { NPARTS = sizeof parts / sizeof *parts };

static int list(void)
{
    for (size_t i = 0; i < NPARTS; i++)
        printf("%-10s %s\n", parts[i].name, parts[i].tolerance);
    return 0;
}

static int usage(const char *text, const char *arg)
{
    fprintf(stderr,
            "check-kern: %s '%s'\nusage: check-kern [--isa NAME] [--only NAME]... [--seed N] [--list] [PART...]\n",
            text, arg);
    return 2;
}

/* Restricts c to the variants up to name; -1 if this machine cannot run it. */
static int restrict_to(struct checks *c, const char *name)
{
    int isa = kern_isa_find(name);

    if (!kern_supported(isa))
        return -1;
    c->isas = kern_cpu() & kern_isa_upto(isa);
    return 0;
}

/* Checks the variant name, and beside it only those that were asked for in the same way. */
static int only(struct checks *c, const char *name)
{
    int isa = kern_isa_find(name);

    if (!kern_supported(isa))
        return -1;
    c->isas = (c->some_only ? c->isas : 0) | 1u << isa;
    c->some_only = true;
    return 0;
}

static const struct part *part_find(const char *name)
{
    for (size_t i = 0; i < NPARTS; i++)
        if (strcmp(parts[i].name, name) == 0)
            return &parts[i];
    return NULL;
}

struct arguments {
    struct checks checks;
    bool list, chosen[NPARTS], some_chosen;
};

/* Returns 0, or the exit code after having said why. */
static int parse(struct arguments *a, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const struct part *part = part_find(argv[i]);
        char *end = NULL;
        if (part) {
            a->chosen[part - parts] = a->some_chosen = true;
        } else if (strcmp(argv[i], "--list") == 0) {
            a->list = true;
        } else if (strcmp(argv[i], "--isa") == 0 && i + 1 < argc) {
            if (restrict_to(&a->checks, argv[++i]) != 0)
                return usage("unknown variant, or this machine lacks it:", argv[i]);
        } else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc) {
            if (only(&a->checks, argv[++i]) != 0)
                return usage("unknown variant, or this machine lacks it:", argv[i]);
        } else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
            a->checks.seed = strtoull(argv[++i], &end, 0);
            if (!*argv[i] || *end)
                return usage("not a number:", argv[i]);
        } else {
            return usage("unknown argument", argv[i]);
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct arguments a = { .checks = { .isas = kern_cpu(), .seed = 20260101 } };
    struct checks *c = &a.checks;
    const char *isa = getenv("KERN_ISA");

    if (isa && *isa && restrict_to(c, isa) != 0)
        return usage("KERN_ISA: unknown variant, or this machine lacks it:", isa);
    int code = parse(&a, argc, argv);
    if (code != 0)
        return code;
    if (a.list)
        return list();

    printf("seed %" PRIu64 ", variants", c->seed);
    for (int i = 0; i < KERN_ISA_COUNT; i++)
        if (c->isas >> i & 1u)
            printf(" %s", kern_isa_name(i));
    printf("\n");
    fflush(stdout); /* a part may fork */
    for (size_t i = 0; i < NPARTS; i++) {
        if (a.some_chosen && !a.chosen[i])
            continue;
        check_at(c, "%s", parts[i].name);
        parts[i].check(c);
    }
    printf("%lu passed, %lu failed\n", c->passed, c->failed);
    return c->failed ? 1 : 0;
}
