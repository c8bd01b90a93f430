/* SPDX-License-Identifier: Apache-2.0
 * Operations for tests of the command: a good one in two variants, the same everywhere, and one for every way a
 * benchmark can misbehave. They take the place of suites/bindings.c in build/tests/kernmark-faulty. */
#include "suites/bindings.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *const one[] = { "ref", NULL };
static const char *const two[] = { "ref", "fast", NULL };

static const char *const *only_ref(void)
{
    return one;
}

static const char *const *ref_and_fast(void)
{
    return two;
}

static const struct km_param_spec sizes[] = {
    { "n", 1, 1 << 20, 0, NULL, "elements" },
    { NULL, 0, 0, 0, NULL, NULL },
};

static enum km_answer fine(struct km_case *c)
{
    (void)c;
    return KM_RIGHT;
}

static enum km_answer wrong(struct km_case *c)
{
    snprintf(c->message, sizeof c->message, "element 3 is 2, expected 1");
    return KM_WRONG;
}

static enum km_answer cannot(struct km_case *c)
{
    snprintf(c->message, sizeof c->message, "a file is missing | `it` <script>alert(1)</script> $(touch pwned)");
    return KM_CANNOT;
}

/* KM_TEST_SLOWDOWN percent more work: a planted regression. */
static void sum(struct km_case *c, uint64_t iterations)
{
    const char *slower = getenv("KM_TEST_SLOWDOWN");
    int64_t n = c->params[0].number * (100 + (slower ? atoi(slower) : 0)) / 100;
    for (uint64_t i = 0; i < iterations; i++)
        for (int64_t k = 0; k < n; k++)
            km_do_not_optimize(&k);
}

/* A walk whose every step waits for the one before: in the nearest cache, or with KM_TEST_FAR beyond it. The instructions
 * are the same, as with another layout of the same code. */
enum { FAR_STEPS = 1 << 21, NEAR_STEPS = 1 << 9, STRIDE = 1296129 };
static uint32_t next_step[FAR_STEPS];

static enum km_answer walk_set_up(struct km_case *c)
{
    uint32_t steps = getenv("KM_TEST_FAR") ? FAR_STEPS : NEAR_STEPS;
    (void)c;
    for (uint32_t i = 0; i < steps; i++)
        next_step[i] = (i + STRIDE) % steps;
    return KM_RIGHT;
}

static void walk(struct km_case *c, uint64_t iterations)
{
    uint32_t at = 0;
    for (uint64_t i = 0; i < iterations; i++)
        for (int64_t k = 0; k < c->params[0].number; k++)
            at = next_step[at];
    km_do_not_optimize(&at);
}

/* A benchmark with more to say than its time: it states an error, of KM_TEST_RMSE thousandths, and takes KM_TEST_PAGES
 * fresh pages from the kernel in every iteration. */
static long number_of(const char *variable, long otherwise)
{
    const char *text = getenv(variable);
    return text ? atol(text) : otherwise;
}

static enum km_answer state(struct km_case *c)
{
    c->values[0] = (struct km_value){ "rmse", "1", (double)number_of("KM_TEST_RMSE", 100) * 1e-3 };
    c->nvalues = 1;
    return KM_RIGHT;
}

static void touch(struct km_case *c, uint64_t iterations)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = (size_t)number_of("KM_TEST_PAGES", 4);
    (void)c;
    for (uint64_t i = 0; i < iterations; i++) {
        char *fresh = mmap(NULL, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (size_t k = 0; fresh != MAP_FAILED && k < pages; k++)
            fresh[k * page] = 1;
        if (fresh != MAP_FAILED)
            munmap(fresh, pages * page);
    }
}

static void crash(struct km_case *c, uint64_t iterations)
{
    (void)c, (void)iterations;
    fputs("about to crash with \"last words\"\n", stderr);
    raise(SIGSEGV);
}

static void hang(struct km_case *c, uint64_t iterations)
{
    (void)c, (void)iterations;
    for (;;)
        pause();
}

static void eat(struct km_case *c, uint64_t iterations)
{
    (void)c, (void)iterations;
    for (;;) {
        char *p = malloc(1 << 20);
        if (!p)
            abort();
        memset(p, 1, 1 << 20);
    }
}

static void leave(struct km_case *c, uint64_t iterations)
{
    (void)c, (void)iterations;
    exit(3);
}

static struct km_cost cost(const struct km_case *c)
{
    double n = (double)c->params[0].number;
    return (struct km_cost){ 2 * n, 8 * n, n, "element" };
}

static void nothing(struct km_case *c)
{
    (void)c;
}

#define OP(name, list, check, body)                                                                                    \
    {                                                                                                                  \
        name, "f32", 1, sizes, list, fine, check, body, cost, nothing                                                  \
    }
static const struct km_op table[] = {
    OP("sum", ref_and_fast, fine, sum),
    OP("wrong", only_ref, wrong, sum),
    OP("cannot", only_ref, cannot, sum),
    OP("crash", only_ref, fine, crash),
    OP("hang", only_ref, fine, hang),
    OP("eat", only_ref, fine, eat),
    OP("leave", only_ref, fine, leave),
    OP("other", only_ref, fine, sum),
    { "walk", "f32", 1, sizes, only_ref, walk_set_up, fine, walk, cost, nothing },
    OP("touch", only_ref, state, touch),
};

const struct km_op *const *km_ops(size_t *n)
{
    static const struct km_op *const all[] = { &table[0], &table[1], &table[2], &table[3], &table[4],
                                               &table[5], &table[6], &table[7], &table[8], &table[9] };
    *n = sizeof all / sizeof *all;
    return all;
}

const char *const *km_variant_names(void)
{
    static const char *const names[] = { "ref", "fast", "alien", NULL };
    return names;
}

const char *const *km_peer_names(void)
{
    static const char *const none[] = { NULL };
    return none;
}

int km_has_peer(const char *op, const char *dtype, const char *variant)
{
    (void)op, (void)dtype, (void)variant;
    return 0;
}

const char *km_variant_title(const char *variant)
{
    return variant;
}

int km_variant_ruled_out(const char *variant)
{
    (void)variant;
    return 0;
}

const char *km_bindings_wrong(void)
{
    return NULL;
}

const char *const *km_op_variants(const struct km_op *op)
{
    return op->variants();
}
