/* SPDX-License-Identifier: Apache-2.0
 * Ranges of arguments: Google Benchmark's examples, the ends of int64_t, mistakes. */
#include "harness/bench/range.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { POWERS, DENSE, CLOSED };

static void expect(int kind, int64_t low, int64_t high, int64_t by, const char *want)
{
    struct mem m = { 0 };
    struct numbers list = { 0 };
    const char *wrong = kind == POWERS  ? range_powers(&m, &list, low, high, (int)by)
                        : kind == DENSE ? range_dense(&m, &list, low, high, by)
                                        : range_dense_closed(&m, &list, low, high, by);
    char got[2048] = "";
    for (size_t i = 0; i < list.n; i++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%lld", i ? " " : "", (long long)list.v[i]);
    assert_string_equal(wrong ? wrong : got, want);
    if (wrong)
        assert_int_equal(list.n, 0);
    mem_free(&m);
}

static void powers(void **state)
{
    (void)state;
    expect(POWERS, 8, 8192, 8, "8 64 512 4096 8192");
    expect(POWERS, -8, 8, 2, "-8 -4 -2 -1 0 1 2 4 8");
    expect(POWERS, -9, 10, 2, "-9 -8 -4 -2 -1 0 1 2 4 8 10");
    expect(POWERS, 5, 15, 2, "5 8 15");
    expect(POWERS, 1, 1, 2, "1");
    expect(POWERS, 0, 0, 2, "0");
    expect(POWERS, 0, 1, 2, "0 1");
    expect(POWERS, 0, 8, 2, "0 1 2 4 8");
    expect(POWERS, -1, 0, 2, "-1 0");
    expect(POWERS, -1, 1, 2, "-1 0 1");
    expect(POWERS, -8, 0, 2, "-8 -4 -2 -1 0");
    expect(POWERS, -8, -2, 2, "-8 -4 -2");
    expect(POWERS, -15, -5, 2, "-15 -8 -5");
    expect(POWERS, 1, 6, 2, "1 2 4 6");
    expect(POWERS, 3, 4, 2, "3 4");
}

static void powers_at_the_ends_of_the_type(void **state)
{
    (void)state;
    expect(POWERS, INT64_MAX, INT64_MAX, 2, "9223372036854775807");
    expect(POWERS, INT64_C(1) << 61, INT64_MAX, 2, "2305843009213693952 4611686018427387904 9223372036854775807");
    expect(POWERS, INT64_MIN, -(INT64_C(1) << 61), 2, "-9223372036854775808 -4611686018427387904 -2305843009213693952");
    expect(POWERS, INT64_MIN, INT64_MIN, 2, "-9223372036854775808");
    expect(POWERS, INT64_MIN, INT64_MAX, 2000000000,
           "-9223372036854775808 -4000000000000000000 -2000000000 -1 0 1 2000000000 4000000000000000000 "
           "9223372036854775807");
}

static void dense(void **state)
{
    (void)state;
    expect(DENSE, 0, 4, 1, "0 1 2 3 4");
    expect(DENSE, 0, 9, 4, "0 4 8");
    expect(DENSE, -4, 4, 4, "-4 0 4");
    expect(DENSE, 7, 7, 3, "7");
    expect(DENSE, INT64_MAX - 1, INT64_MAX, 1, "9223372036854775806 9223372036854775807");
    expect(DENSE, INT64_MIN, INT64_MIN + 1, 3, "-9223372036854775808");
    expect(DENSE, INT64_MIN, INT64_MAX, INT64_MAX, "-9223372036854775808 -1 9223372036854775806");
    expect(CLOSED, 1, 6, 3, "1 4 6");
    expect(CLOSED, 1, 7, 3, "1 4 7");
    expect(CLOSED, 2, 2, 5, "2");
}

static void mistakes(void **state)
{
    (void)state;
    expect(POWERS, 8, 1, 2, "its end is before its beginning");
    expect(POWERS, 1, 8, 1, "its multiplier is below 2");
    expect(POWERS, 1, 8, -2, "its multiplier is below 2");
    expect(DENSE, 1, 0, 1, "its end is before its beginning");
    expect(DENSE, 0, 1, 0, "its step is below 1");
    expect(DENSE, INT64_MIN, INT64_MAX, 1, "it has too many values");
    expect(CLOSED, 0, 1, -1, "its step is below 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(powers),
        cmocka_unit_test(powers_at_the_ends_of_the_type),
        cmocka_unit_test(dense),
        cmocka_unit_test(mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
