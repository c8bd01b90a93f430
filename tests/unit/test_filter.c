/* SPDX-License-Identifier: Apache-2.0
 * Filters on names: Google Benchmark's rules, and expressions that mean harm. */
#include "harness/base/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_keeps(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name;
        bool keeps;
    } rows[] = {
        { NULL, "a", true },           { "", "a", true },      { "all", "a", true },     { ".", "a", true },
        { "b", "abc", true },          { "^b", "abc", false }, { "a|c$", "bc", true },   { "-b", "abc", false },
        { "-b", "ac", true },          { "-", "abc", false },  { "x{2}", "axxb", true }, { "x{2}", "axb", false },
        { "[[:digit:]]", "a1", true }, { "--x", "-x", false }, { "--x", "x", true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct name_filter f;
        struct err e;
        assert_int_equal(filter_init(&f, rows[i].text, &e), 0);
        if (filter_keeps(&f, rows[i].name) != rows[i].keeps)
            fail_msg("'%s' on '%s'", rows[i].text ? rows[i].text : "NULL", rows[i].name);
        filter_release(&f);
    }
}

static void test_refuses(void **state)
{
    (void)state;
    static char deep[251 + 1], longer[(1 << 16) + 2];
    memset(deep, '(', sizeof deep - 1);
    memset(longer, 'x', sizeof longer - 1);
    static const struct {
        const char *text, *said;
    } rows[] = {
        { "(", "filter '(' is no regular expression: " },
        { "[a", "filter '[a' is no regular expression: " },
        { "-(\x1b\n", "filter '-(?\?' is no regular expression: " },
        { deep, "(((...' is longer than 65536 bytes or nested more than 250 deep" },
        { longer, "xxxx...' is longer than 65536 bytes or nested more than 250 deep" },
        { "(\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
          "\xc3\xa4"
          "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4",
          "\xc3\xa4...' is no regular expression: " }, /* not cut within a letter */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct name_filter f;
        struct err e;
        assert_int_equal(filter_init(&f, rows[i].text, &e), -1);
        assert_int_equal(e.kind, EXIT_USAGE);
        if (!strstr(e.text, rows[i].said))
            fail_msg("row %zu: '%s'", i, e.text);
        filter_release(&f); /* nothing to release, and no harm */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_keeps), cmocka_unit_test(test_refuses) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
