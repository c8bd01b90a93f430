/* SPDX-License-Identifier: Apache-2.0
 * Lists of percentages from the command line. */
#include "harness/cli/percents.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void good_lists(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t n;
        double value[4];
    } cases[] = {
        { "0", 1, { 0 } },
        { "0,5%,0.12", 3, { 0, 0.05, 0.12 } },
        { "12.5%", 1, { 0.125 } },
        { ".5", 1, { 0.5 } },
        { "1e-2,1e1%", 2, { 0.01, 0.1 } },
        { "9999%,99.9", 2, { 99.99, 99.9 } },
        { "5%,5%,5%,5%", 4, { 0.05, 0.05, 0.05, 0.05 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mem m = { 0 };
        struct err e = { 0 };
        const double *v;
        size_t n;
        assert_int_equal(parse_percents(&m, "effects", cases[i].text, &v, &n, &e), 0);
        assert_int_equal(n, cases[i].n);
        for (size_t k = 0; k < n; k++)
            assert_true(v[k] > cases[i].value[k] - 1e-12 && v[k] < cases[i].value[k] + 1e-12);
        mem_free(&m);
    }
}

static void bad_lists(void **state)
{
    (void)state;
    static const char *const bad[] = { "",    ",",    "5%,",      ",5%",  "5%%",   "5%;6%", "-1%",   "-0",
                                       "+5%", " 5%",  "5 %",      "5% ",  "nan",   "inf",   "%",     "1e999",
                                       "100", "1e4%", "0x10",     "0X1",  "5%x",   "five",  "5%,,6", "5,-",
                                       "1e",  ".",    "0,0x1p-3", "\x01", "\xff%", "5%\n" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct mem m = { 0 };
        struct err e = { 0 };
        const double *v;
        size_t n;
        if (parse_percents(&m, "effects", bad[i], &v, &n, &e) != -1)
            fail_msg("'%s' was taken", bad[i]);
        assert_int_equal(e.kind, EXIT_USAGE);
        assert_non_null(strstr(e.text, "--effects="));
        assert_non_null(strstr(e.text, "0,5%,12%"));
        mem_free(&m);
    }
}

static void a_long_list(void **state)
{
    (void)state;
    enum { N = 10000 };
    static char text[2 * N];
    struct mem m = { 0 };
    struct err e = { 0 };
    const double *v;
    size_t n;
    for (int i = 0; i < N; i++)
        memcpy(text + 2 * i, "1,", 2);
    text[2 * N - 1] = '\0';
    assert_int_equal(parse_percents(&m, "effects", text, &v, &n, &e), 0);
    assert_int_equal(n, N);
    assert_true(v[N - 1] == 1);
    mem_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_lists),
        cmocka_unit_test(bad_lists),
        cmocka_unit_test(a_long_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
