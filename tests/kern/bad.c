/* SPDX-License-Identifier: Apache-2.0
 * Kernels that are wrong on purpose, each in one way that real kernels are wrong in. The checker must catch every one,
 * by the same claims that it makes about the real ones; and it must not catch the references under other names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kern/bad.h"

/* How the check of one kernel ended, and what to add for an exit code that a sanitizer does not use itself. */
enum { EXIT_BASE = 40 };
enum outcome { CLEAN, CAUGHT, CRASHED };
static const char *const outcomes[] = { "passed all claims", "failed a claim", "crashed" };

/* In a child of its own, because a wrong kernel may crash or spoil memory; silent, because failing is its task. */
static enum outcome outcome_of(const struct checks *c, const struct bad_kernel *k)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        struct checks own = { .isas = c->isas, .seed = c->seed, .quiet = true };
        struct kern_variant v = { .op = k->op, .dtype = "f32", .isa = "ref", .fn = k->fn };
        if (!freopen("/dev/null", "w", stderr)) /* a sanitizer's report of the crash */
            _exit(EXIT_BASE + CRASHED);
        k->check(&own, &v);
        _exit(EXIT_BASE + (own.failed > 0 ? CAUGHT : CLEAN));
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return CRASHED;
    return WEXITSTATUS(status) == EXIT_BASE + CLEAN    ? CLEAN
           : WEXITSTATUS(status) == EXIT_BASE + CAUGHT ? CAUGHT
                                                       : CRASHED;
}

static void must_be_caught(struct checks *c, const struct bad_kernel *k)
{
    enum outcome want = strstr(k->name, "reads") ? CRASHED : CAUGHT, got = outcome_of(c, k);
    check_that(c, got == want, "this wrong kernel %s", outcomes[got]);
}

static void must_pass(struct checks *c, const struct bad_kernel *k)
{
    enum outcome got = outcome_of(c, k);
    check_that(c, got == CLEAN, "the reference, under another name, %s", outcomes[got]);
}

void check_bad_kernels(struct checks *c, const char *part, const struct bad_kernel *wrong,
                       const struct bad_kernel *right)
{
    for (const struct bad_kernel *k = wrong; k->name; k++) {
        check_at(c, "%s/%s", part, k->name);
        must_be_caught(c, k);
    }
    for (const struct bad_kernel *k = right; k->name; k++) {
        check_at(c, "%s/%s", part, k->name);
        must_pass(c, k);
    }
}

void check_bad(struct checks *c)
{
    check_bad_kernels(c, "bad", bad_dot, right_dot);
    check_bad_kernels(c, "bad", bad_layernorm, right_layernorm);
    check_bad_kernels(c, "bad", bad_dequant, right_dequant);
    check_bad_kernels(c, "bad", bad_memory, right_memory);
    check_bad_kernels(c, "bad", bad_attn, right_attn);
    check_bad_kernels(c, "bad", bad_kv, right_kv);
    check_bad_kernels(c, "bad", bad_gemm, right_gemm);
    check_bad_kernels(c, "bad", bad_vec, right_vec);
    check_bad_kernels(c, "bad", bad_peak, right_peak);
}
