/* SPDX-License-Identifier: Apache-2.0
 * The console of benchmark executables, byte for byte as Google Benchmark's prints it. */
#include "row_help.h"

#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char machine[] =
    "2026-11-20T15:03:54+00:00\nRunning ./same\nRun on (2 X 2596.12 MHz CPU s)\nCPU Caches:\n"
    "  L1 Data 48 KiB (x2)\n  L3 Unified 32768 KiB (x1)\nLoad Average: 2.76, 2.25, 1.50\n"
    "branch: a \"b\"\ndry_run: true\n"
    "***WARNING*** CPU scaling is enabled, the benchmark real time measurements may be noisy and will incur extra "
    "overhead.\n"
    "***WARNING*** ASLR is enabled, the results may have unreproducible noise in them.\n"
    "***WARNING*** Library was built as DEBUG. Timings may be affected.\n";

#define LINE57 "---------------------------------------------------------"

static const char plain[] =
    LINE57 "----------------\n"
           "Benchmark               Time             CPU   Iterations UserCounters...\n" LINE57 "----------------\n"
           "A/8                  2.62 ns        0.500 ns         1000 bar=2.20588M/s bytes_per_second=953.674Mi/s "
           "foo=12.3457k "
           "inv=453.333ns lab \"x\"\n"
           "A/8                  27.5 ns        12345 ns         1000 bar=2.20588M/s bytes_per_second=953.674Mi/s "
           "foo=12.3457k "
           "inv=453.333ns\n"
           "A/8_mean              250 ms          125 ms            2 bar=2.20588M/s bytes_per_second=953.674Mi/s "
           "foo=12.3457k "
           "inv=453.333ns\n"
           "A/8_cv              69.21 %         44.10 %             2 bar=1.23% bytes_per_second=50.00% foo=0.00% "
           "inv=100.00%\n"
           "A_BigO               0.25 NlgN       0.50 NlgN \n"
           "A_RMS                  12 %            12 %    \n"
           "E              ERROR OCCURRED: 'bad, \"news\"'\n"
           "S              SKIPPED: 'later'\n";

static const char tabular[] = LINE57
    "--------------------------------------------------\n"
    "Benchmark               Time             CPU   Iterations        bar bytes_per_second        foo        "
    "inv\n" LINE57 "--------------------------------------------------\n"
    "A/8                  2.62 ns        0.500 ns         1000 2.20588M/s      953.674Mi/s   12.3457k  453.333ns lab "
    "\"x\"\n"
    "A/8_cv              69.21 %         44.10 %             2      1.23%           50.00%      0.00%    "
    "100.00%\n" LINE57 "\n"
    "Benchmark               Time             CPU   Iterations\n" LINE57 "\n"
    "A_BigO               0.25 NlgN       0.50 NlgN \n";

static void test_plain(void **state)
{
    (void)state;
    struct rig g;
    rig_open(&g, "console", NULL);
    assert_int_equal(g.r.context(&g.r, &bench_example), 0);
    assert_int_equal(g.r.report(&g.r, bench_rows, bench_nrows), 0);
    row_text_is(g.err, machine);
    row_text_is(g.out, plain);
    assert_int_equal(g.r.finalize(&g.r), 0);
    rig_close(&g);
}

static void test_tabular(void **state)
{
    (void)state;
    struct rig g;
    rig_open(&g, "console", &(struct report_style){ .tabular = true });
    g.r.context(&g.r, &bench_example);
    g.r.report(&g.r, &bench_rows[ROW_FIRST], 1);
    g.r.report(&g.r, &bench_rows[ROW_CV], 1);
    g.r.report(&g.r, &bench_rows[ROW_FIT], 1);
    row_text_is(g.out, tabular);
    g.r.finalize(&g.r);
    rig_close(&g);
}

static void test_colors(void **state)
{
    (void)state;
    struct rig g;
    rig_open(&g, "console", &(struct report_style){ .color = true });
    g.r.context(&g.r, &bench_example);
    struct row first = bench_rows[ROW_FIRST];
    first.ncounters = 1;
    g.r.report(&g.r, &first, 1);
    g.r.report(&g.r, &bench_rows[ROW_FIT], 1);
    g.r.report(&g.r, &bench_rows[ROW_FAILED], 2);
    const char *rows = strstr(g.out, "\033");
    assert_non_null(rows);
    row_text_is(
        rows,
        "\033[0;32mA/8            \033[m\033[0;33m      2.62 ns        0.500 ns   \033[m\033[0;36m      1000\033[m"
        " bar=2.20588M/s\033[m lab \"x\"\033[m\n"
        "\033[m\033[0;34mA_BigO         \033[m\033[0;33m      0.25 NlgN       0.50 NlgN \033[m\n"
        "\033[m\033[0;32mE              \033[m\033[0;31mERROR OCCURRED: 'bad, \"news\"'\033[m\n"
        "\033[m\033[0;32mS              \033[m\033[0;37mSKIPPED: 'later'\033[m\n\033[m");
    g.r.finalize(&g.r);
    rig_close(&g);
}

static void test_times(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } rows[] = {
        { 0, "     0.000" },           { 0.9994, "     0.999" }, { 1, "      1.00" },   { 9.994, "      9.99" },
        { 10, "      10.0" },          { 99.94, "      99.9" },  { 100, "       100" }, { 9999999999, "9999999999" },
        { 12345678901, "1.2346e+10" }, { INFINITY, "inf" },      { NAN, "       nan" }, { -1, "    -1.000" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b = { 0 };
        report_put_time(&b, rows[i].value);
        row_text_is(buf_text(&b), rows[i].text);
        buf_free(&b);
    }
}

static void test_human(void **state)
{
    (void)state;
    static const struct {
        double value;
        int base;
        const char *text;
    } rows[] = {
        { 0, 1000, "0" },
        { 0, 1024, "0" },
        { 999, 1000, "999" },
        { 999.5, 1000, "0.9995k" },
        { 1000, 1000, "1k" },
        { 1000, 1024, "1000" },
        { 1023, 1024, "1023" },
        { 1024, 1024, "1Ki" },
        { 1e6, 1024, "976.562Ki" },
        { 1e6, 1000, "1M" },
        { 1048576, 1024, "1Mi" },
        { 1048576, 1000, "1.04858M" },
        { 12345.678, 1000, "12.3457k" },
        { 1e24, 1000, "1Y" },
        { 1e30, 1000, "1e+30" },
        { 1e-30, 1000, "1e-30" },
        { 0.5, 1000, "0.5" },
        { 0.01, 1000, "0.01" },
        { 0.00999, 1000, "9.99m" },
        { 2e-5, 1000, "20u" },
        { 1e-24, 1000, "1y" },
        { -2500, 1000, "-2.5k" },
        { -0.0001, 1000, "-100u" },
        { INFINITY, 1000, "inf" },
        { -INFINITY, 1024, "-inf" },
        { NAN, 1000, "nan" },
        { -NAN, 1000, "nan" },
        { 1.0 / 1024, 1024, "1m" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b = { 0 };
        report_put_human(&b, rows[i].value, rows[i].base);
        row_text_is(buf_text(&b), rows[i].text);
        buf_free(&b);
    }
}

static void test_terminal_is_safe(void **state)
{
    (void)state;
    struct rig g;
    rig_open(&g, "console", NULL);
    struct row row = bench_rows[ROW_FAILED];
    row.run_name = "a\033[2Jb\nc";
    row.skip_message = "x\r\x07y";
    g.r.context(&g.r, &bench_example);
    g.r.report(&g.r, &row, 1);
    assert_non_null(strstr(g.out, "\na?[2Jb?c       ERROR OCCURRED: 'x??y'\n"));
    g.r.finalize(&g.r);
    rig_close(&g);
}

static void test_color_rule(void **state)
{
    (void)state;
    assert_true(report_wants_color("yes", stdout));
    assert_true(report_wants_color("1", stdout));
    assert_false(report_wants_color("off", stdout));
    setenv("TERM", "xterm", 1);
    FILE *f = tmpfile();
    assert_non_null(f);
    assert_false(report_wants_color("auto", f)); /* no terminal */
    fclose(f);
    int main_side = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(main_side >= 0 && !grantpt(main_side) && !unlockpt(main_side));
    f = fopen(ptsname(main_side), "r+");
    if (f) {
        assert_true(report_wants_color("auto", f));
        setenv("TERM", "dumb", 1);
        assert_false(report_wants_color("auto", f));
        unsetenv("TERM");
        assert_false(report_wants_color("auto", f));
        fclose(f);
    }
    close(main_side);
}

static void test_write_failure(void **state)
{
    (void)state;
    struct mem m = { NULL };
    struct reporter r;
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    assert_true(report_init(&r, &m, "console", full, stderr, &(struct report_style){ .color = false }));
    assert_int_equal(r.report(&r, bench_rows, 1), -1);
    r.finalize(&r);
    assert_false(report_init(&r, &m, "xml", full, stderr, &(struct report_style){ .color = false }));
    fclose(full);
    mem_free(&m);
}

#define CASE(f) cmocka_unit_test(f)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_plain), CASE(test_tabular),          CASE(test_colors),     CASE(test_times),
        CASE(test_human), CASE(test_terminal_is_safe), CASE(test_color_rule), CASE(test_write_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
