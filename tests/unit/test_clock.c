/* SPDX-License-Identifier: Apache-2.0
 * Clocks: the real one works, broken ones are caught, the fake one repeats itself. */
#include "harness/measure/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void the_real_clock_works(void **state)
{
    (void)state;
    struct clock c;
    struct err e;
    assert_int_equal(clock_real(&c, &e), 0);
    assert_non_null(c.name);
    assert_null(c.expect);
    assert_in_range(c.resolution, 1, 1000000);
    assert_in_range(c.cost, 1, 1000000);
    uint64_t before = c.now(c.ctx), cpu = c.cpu(c.ctx);
    for (volatile int i = 0; i < 1000000;)
        i = i + 1;
    assert_true(c.now(c.ctx) > before);
    assert_true(c.cpu(c.ctx) > cpu);
}

/* Steps of ctx[1] every ctx[2] readings. */
static uint64_t stepping(void *ctx)
{
    uint64_t *t = ctx;
    if (++t[3] % t[2] == 0)
        t[0] += t[1];
    return t[0];
}

static void resolution_and_cost_are_measured(void **state)
{
    (void)state;
    uint64_t t[4] = { 1000, 40, 10, 0 };
    struct clock c = { .now = stepping, .ctx = t, .name = "stepping" };
    struct err e;
    assert_int_equal(clock_measure(&c, &e), 0);
    assert_int_equal(c.resolution, 40);
    assert_int_equal(c.cost, 4);
}

static void broken_clocks_are_caught(void **state)
{
    (void)state;
    uint64_t still[4] = { 1000, 0, 1, 0 }, back[4] = { 1000000, (uint64_t)-1, 50, 0 };
    struct clock c = { .now = stepping, .ctx = still, .name = "still" };
    struct err e;
    assert_int_equal(clock_measure(&c, &e), -1);
    assert_non_null(strstr(e.text, "clock still stands still"));
    c.ctx = back;
    assert_int_equal(clock_measure(&c, &e), -1);
    assert_non_null(strstr(e.text, "runs backwards"));
}

static uint64_t fake_batch(const char *spec, const char *name, uint64_t seed, uint64_t round)
{
    struct clock c;
    struct fake_clock f;
    clock_fake(&c, &f, spec, name, seed, round);
    c.expect(c.ctx, 1000);
    uint64_t from = c.now(c.ctx), lasted = c.now(c.ctx) - from;
    assert_int_equal(c.now(c.ctx) - from, lasted); /* and then it stands still */
    assert_true(c.cpu(c.ctx) > 0 && c.cpu(c.ctx) <= lasted);
    return lasted;
}

static void the_fake_clock_is_a_function_of_its_arguments(void **state)
{
    (void)state;
    uint64_t a = fake_batch("x", "dot", 1, 2);
    assert_int_equal(fake_batch("x", "dot", 1, 2), a);
    assert_int_not_equal(fake_batch("y", "dot", 1, 2), a);
    assert_int_not_equal(fake_batch("x", "gemv", 1, 2), a);
    assert_int_not_equal(fake_batch("x", "dot", 2, 2), a);
    assert_int_not_equal(fake_batch("x", "dot", 1, 3), a);
    /* Seed and round change it by little. */
    assert_in_range(fake_batch("x", "dot", 2, 3), a - a / 15, a + a / 15);
    /* Pinned: on every machine. */
    assert_int_equal(a, 6744224);
}

static void a_fake_regression_can_be_planted(void **state)
{
    (void)state;
    uint64_t a = fake_batch("x", "dot", 1, 2);
    assert_in_range(fake_batch("x*2", "dot", 1, 2), 2 * a - 2, 2 * a + 2);
    assert_in_range(fake_batch("x*2@do", "dot", 1, 2), 2 * a - 2, 2 * a + 2);
    assert_int_equal(fake_batch("x*2@gemv", "dot", 1, 2), a);
    static const char *const nonsense[] = { "x*", "x*-1", "x*nan", "x*0", "x*two", "x*1e300" };
    for (int i = 0; i < 6; i++)
        assert_int_equal(fake_batch(nonsense[i], "dot", 1, 2), a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_real_clock_works),
        cmocka_unit_test(resolution_and_cost_are_measured),
        cmocka_unit_test(broken_clocks_are_caught),
        cmocka_unit_test(the_fake_clock_is_a_function_of_its_arguments),
        cmocka_unit_test(a_fake_regression_can_be_planted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
