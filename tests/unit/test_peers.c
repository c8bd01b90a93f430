/* SPDX-License-Identifier: Apache-2.0
 * Other libraries in the place of libkern's kernels: what is missing is told, what is there is verified as ours is. */
#include "suites/binding_util.h"
#include "suites/bindings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static void missing_libraries_are_told(void **state)
{
    static const struct peer_symbol none[] = { { NULL, 0 } }, odd[] = { { "no_such_function", 0 }, { NULL, 0 } };
    struct km_case c = { .variant = "other" };
    void *table = NULL;
    struct peer *p = (struct peer *)&c;
    (void)state;
    assert_int_equal(peer_library(&c, "libno-such-thing.so.7", "no-such-package", none, &table), KM_ABSENT);
    assert_string_equal(c.message, "not available: libno-such-thing.so.7 not found (apt install no-such-package)");
    assert_int_equal(peer_library(&c, "libm.so.6", "libc6", none, &table), KM_RIGHT);
    assert_int_equal(peer_library(&c, "libm.so.6", "libc6", odd, &table), KM_ABSENT);
    assert_string_equal(c.message, "not available: libm.so.6 has no no_such_function");
    assert_int_equal(peer_open(&c, &p, &(struct peer_job){ .op = "gemm", .dtype = "f32" }), KM_CANNOT);
    assert_null(p);
    peer_close(NULL);
}

static void peers_are_no_variants(void **state)
{
    size_t n;
    const struct km_op *const *ops = km_ops(&n);
    (void)state;
    assert_true(km_has_peer("gemm", "f32", "openblas") && km_has_peer("softmax", "f32", "onednn"));
    assert_false(km_has_peer("gemm", "bf16", "openblas"));
    assert_false(km_has_peer("gemm", "f32", "avx512"));
    for (size_t i = 0; i < n; i++)
        for (const char *const *v = ops[i]->variants(); *v; v++)
            assert_false(km_has_peer(ops[i]->op, ops[i]->dtype, *v));
}

#define N(name, number)                                                                                                \
    {                                                                                                                  \
        name, NULL, number                                                                                             \
    }
static const struct km_param plain[] = {
    N("m", 17), N("n", 45), N("k", 9), { "weights", "plain", 0 }, N("workers", 1)
};
static const struct km_param packed[] = {
    N("m", 5), N("n", 70), N("k", 33), { "weights", "packed", 0 }, N("workers", 1)
};
static const struct km_param bf16[] = { N("m", 3), N("n", 33), N("k", 31) };
static const struct km_param mk[] = { N("m", 7), N("k", 37) };
static const struct km_param length[] = { N("n", 129) };

static const struct {
    const char *op, *dtype;
    const struct km_param *params;
    size_t nparams;
} cases[] = {
    { "gemm", "f32", plain, 5 },  { "gemm", "f32", packed, 5 },      { "gemm", "bf16", bf16, 3 },
    { "gemv", "f32", mk, 2 },     { "gemv", "i8", mk, 2 },           { "dot", "f32", length, 1 },
    { "axpy", "f32", length, 1 }, { "layernorm", "f32", length, 1 }, { "softmax", "f32", length, 1 },
};

static const struct km_op *find(const char *op, const char *dtype)
{
    size_t n;
    const struct km_op *const *ops = km_ops(&n);
    for (size_t i = 0; i < n; i++)
        if (!strcmp(ops[i]->op, op) && !strcmp(ops[i]->dtype, dtype))
            return ops[i];
    fail_msg("no binding for %s/%s", op, dtype);
    return NULL;
}

static void do_nothing(struct peer *p, uint64_t iterations)
{
    (void)p, (void)iterations;
}

/* Returns whether the library was there. */
static int one_life(const struct km_op *op, const char *peer, const struct km_param *params, size_t nparams)
{
    struct km_case c = { .params = params, .nparams = nparams, .variant = peer, .data_dir = "suites/data", .seed = 11 };
    enum km_answer answer = op->setup(&c);
    if (answer == KM_ABSENT) {
        assert_non_null(strstr(c.message, "not available: "));
        return 0;
    }
    if (answer != KM_RIGHT)
        fail_msg("%s/%s/%s: %s", op->op, op->dtype, peer, c.message);
    for (int turn = 0; turn < 2; turn++) {
        if (op->verify(&c) != KM_RIGHT)
            fail_msg("%s/%s/%s: %s", op->op, op->dtype, peer, c.message);
        op->run(&c, 0);
        op->run(&c, 4);
    }
    ((struct bu_state *)c.state)->peer->run = do_nothing;
    if (op->verify(&c) != KM_WRONG)
        fail_msg("%s/%s/%s: doing nothing passes for right", op->op, op->dtype, peer);
    op->teardown(&c);
    return 1;
}

static void what_is_there_is_verified(void **state)
{
    size_t lived = 0, tried = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (const char *const *peer = km_peer_names(); *peer; peer++)
            if (km_has_peer(cases[i].op, cases[i].dtype, *peer)) {
                tried++;
                lived += (size_t)one_life(find(cases[i].op, cases[i].dtype), *peer, cases[i].params, cases[i].nparams);
            }
    assert_true(tried >= 10);
    if (!lived)
        skip(); /* neither library is installed */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_libraries_are_told),
        cmocka_unit_test(peers_are_no_variants),
        cmocka_unit_test(what_is_there_is_verified),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
