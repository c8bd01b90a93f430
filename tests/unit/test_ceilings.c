/* SPDX-License-Identifier: Apache-2.0
 * The ceilings: how much is read for each level, and that the bindings catch kernels that do less than they claim. */
#include "suites/binding_util.h"
#include "suites/bindings.h"
#include "suites/ceilings.h"
#include "tests/unit/tree_help.h"

#include <kern/kern.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

enum { KIB = 1 << 10, MIB = 1 << 20 };
#define GIB ((size_t)1 << 30)

static void half_of_what_is_ones_own(void **state)
{
    static const size_t desktop[] = { 32 * KIB, 1 * MIB, 32 * MIB }, server[] = { 48 * KIB, 2 * MIB, 480 * MIB };
    (void)state;
    assert_int_equal(ceiling_bytes(CEILING_L1, desktop, 16 * GIB, 1), 16 * KIB);
    assert_int_equal(ceiling_bytes(CEILING_L1, desktop, 16 * GIB, 8), 16 * KIB);
    assert_int_equal(ceiling_bytes(CEILING_L2, desktop, 16 * GIB, 8), 512 * KIB);
    assert_int_equal(ceiling_bytes(CEILING_L3, desktop, 16 * GIB, 1), 16 * MIB);
    assert_int_equal(ceiling_bytes(CEILING_L3, desktop, 16 * GIB, 8), 2 * MIB);
    assert_int_equal(ceiling_bytes(CEILING_DRAM, desktop, 16 * GIB, 1), 128 * MIB);
    assert_int_equal(ceiling_bytes(CEILING_DRAM, desktop, 16 * GIB, 8), 16 * MIB);
    assert_int_equal(ceiling_bytes(CEILING_L3, server, 24 * GIB, 1), 32 * MIB); /* not half of what others use too */
    assert_int_equal(ceiling_bytes(CEILING_L3, server, 24 * GIB, 2), 32 * MIB);
    assert_int_equal(ceiling_bytes(CEILING_DRAM, server, 24 * GIB, 1), 1920 * (size_t)MIB);
}

static void nothing_for_what_is_not_there(void **state)
{
    static const size_t none[CEILING_DRAM] = { 0 }, two[] = { 32 * KIB, 512 * KIB, 0 };
    static const size_t server[] = { 48 * KIB, 2 * MIB, 480 * MIB };
    (void)state;
    for (int level = CEILING_L1; level < CEILING_LEVELS; level++)
        assert_int_equal(ceiling_bytes((enum ceiling_level)level, none, 8 * GIB, 1), 0);
    assert_int_equal(ceiling_bytes(CEILING_L3, two, 1 * GIB, 1), 0);
    assert_int_equal(ceiling_bytes(CEILING_DRAM, two, 1 * GIB, 1), 2 * MIB);
    assert_int_equal(ceiling_bytes(CEILING_DRAM, server, 4 * GIB, 1), 0);
    assert_int_equal(ceiling_bytes(CEILING_DRAM, server, 0, 1), 0);
}

/* One index folder of a CPU's caches. */
static void put_cache(const struct tree *t, int index, const char *level, const char *type, const char *size)
{
    char name[128];
    const char *const files[][2] = { { "level", level }, { "type", type }, { "size", size } };
    for (size_t i = 0; i < COUNT(files); i++) {
        snprintf(name, sizeof name, "devices/system/cpu/cpu0/cache/index%d/%s", index, files[i][0]);
        if (files[i][1])
            tree_put(t, name, files[i][1]);
    }
}

static void sizes_of_caches(void **state)
{
    struct tree t;
    size_t sizes[CEILING_DRAM];
    (void)state;
    tree_make(&t);
    ceiling_caches(t.root, sizes);
    assert_int_equal(sizes[CEILING_L1] + sizes[CEILING_L2] + sizes[CEILING_L3], 0);
    put_cache(&t, 0, "1\n", "Data\n", "48K\n");
    put_cache(&t, 1, "1\n", "Instruction\n", "64K\n");
    put_cache(&t, 2, "2\n", "Unified\n", "2M\n");
    put_cache(&t, 3, "3\n", "Unified\n", "garbage\n");
    put_cache(&t, 4, "4\n", "Unified\n", "1M\n");
    put_cache(&t, 5, "77\n", "Unified\n", NULL);
    ceiling_caches(t.root, sizes);
    assert_int_equal(sizes[CEILING_L1], 48 * KIB);
    assert_int_equal(sizes[CEILING_L2], 2 * MIB);
    assert_int_equal(sizes[CEILING_L3], 0);
    tree_remove(&t);
}

/* --- bindings ---------------------------------------------------------------------------------------------------- */

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

static const struct km_param l1[] = { { "level", "l1", 0 } }, l2[] = { { "level", "l2", 0 } };

static const struct life {
    const char *op, *dtype;
    const struct km_param *params;
    size_t nparams;
    int threads;
} lives[] = {
    { "peak", "f32", NULL, 0, 1 }, { "peak", "f32", NULL, 0, 2 },  { "peak", "i8", NULL, 0, 1 },
    { "peak", "i8", NULL, 0, 3 },  { "peak", "bf16", NULL, 0, 2 }, { "read", "u32", l1, 1, 1 },
    { "read", "u32", l2, 1, 2 },
};

static struct km_case case_of(const struct life *life, const char *variant)
{
    return (struct km_case){
        .params = life->params, .nparams = life->nparams, .threads = life->threads, .variant = variant, .seed = 3
    };
}

static void every_variant_lives(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(lives); i++) {
        const struct km_op *op = find(lives[i].op, lives[i].dtype);
        for (const char *const *v = op->variants(); *v; v++) {
            struct km_case c = case_of(&lives[i], *v);
            enum km_answer answer = op->setup(&c);
            if (answer == KM_ABSENT)
                continue; /* a machine that does not tell its caches */
            assert_int_equal(answer, KM_RIGHT);
            assert_true(op->cost(&c).items >= 1 && op->cost(&c).flops + op->cost(&c).bytes > 0);
            for (int turn = 0; turn < 2; turn++) {
                if (op->verify(&c) != KM_RIGHT)
                    fail_msg("%s/%s/%s: %s", op->op, op->dtype, *v, c.message);
                op->run(&c, 1);
            }
            op->teardown(&c);
        }
    }
}

static void f32_fewer_chains(float *y, float a, float b, size_t steps)
{
    float keep = y[KERN_PEAK - 1];
    kern_peak_f32_ref(y, a, b, steps);
    y[KERN_PEAK - 1] = keep;
}

static void i8_fewer_steps(int32_t *y, const uint8_t *x, const int8_t *w, size_t steps)
{
    kern_peak_i8_ref(y, x, w, steps / 2);
}

static void bf16_fewer_steps(float *y, const uint16_t *x, const uint16_t *w, size_t steps)
{
    kern_peak_bf16_ref(y, x, w, steps - 1);
}

static uint32_t read_half(const uint32_t *x, size_t n, size_t passes)
{
    return kern_read_u32_ref(x, n / 2, passes);
}

static void less_than_claimed_is_wrong(void **state)
{
    static const struct {
        struct life life;
        bu_function *fn;
    } wrong[] = {
        { { "peak", "f32", NULL, 0, 1 }, (bu_function *)f32_fewer_chains },
        { { "peak", "i8", NULL, 0, 2 }, (bu_function *)i8_fewer_steps },
        { { "peak", "bf16", NULL, 0, 1 }, (bu_function *)bf16_fewer_steps },
        { { "read", "u32", l2, 1, 2 }, (bu_function *)read_half },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        const struct km_op *op = find(wrong[i].life.op, wrong[i].life.dtype);
        struct km_case c = case_of(&wrong[i].life, "ref");
        enum km_answer answer = op->setup(&c);
        if (answer == KM_ABSENT)
            continue;
        assert_int_equal(answer, KM_RIGHT);
        ((struct bu_state *)c.state)->fn = wrong[i].fn;
        assert_int_equal(op->verify(&c), KM_WRONG);
        assert_non_null(strstr(c.message, "thread"));
        op->teardown(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_of_what_is_ones_own),
        cmocka_unit_test(nothing_for_what_is_not_there),
        cmocka_unit_test(sizes_of_caches),
        cmocka_unit_test(every_variant_lives),
        cmocka_unit_test(less_than_claimed_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
