/* SPDX-License-Identifier: Apache-2.0
 * The CSV of benchmark executables, and the lists of names in all three formats. */
#include "row_help.h"
#include "tree_help.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define HEADER                                                                                                         \
    "name,iterations,real_time,cpu_time,time_unit,bytes_per_second,items_per_second,label,error_occurred,error_"       \
    "message"

static const char golden[] =
    HEADER ",\"bar\",\"foo\",\"inv\"\n"
           "\"A/8\",1000,2.625,0.5,ns,1e+09,,\"lab \"\"x\"\"\",,,2205882.3529,12345.678,4.53333e-07\n"
           "\"A/8\",1000,27.5,12345,ns,1e+09,,,,,2205882.3529,12345.678,4.53333e-07\n"
           "\"A/8_mean\",2,250,125,ms,1e+09,,,,,2205882.3529,12345.678,4.53333e-07\n"
           "\"A/8_cv\",2,0.6921,0.441,,0.5,,,,,0.0123,0,1\n"
           "\"A_BigO\",,0.25,0.5,NlgN,,,,,,,,\n"
           "\"A_RMS\",,0.120465,0.125,,,,,,,,,\n"
           "\"E\",,,,,,,,true,\"bad, \"\"news\"\"\"\n"
           "\"S\",,,,,,,,false,\"later\"\n";

static void test_golden(void **state)
{
    (void)state;
    struct rig g;
    rig_open(&g, "csv", NULL);
    assert_int_equal(g.r.context(&g.r, &bench_example), 0);
    assert_int_equal(g.r.report(&g.r, bench_rows, bench_nrows), 0);
    assert_int_equal(g.r.report(&g.r, NULL, 0), 0);
    row_text_is(g.out, golden);
    assert_non_null(strstr(g.err, "Run on (2 X 2596.12 MHz CPU s)\n"));
    g.r.finalize(&g.r);
    rig_close(&g);
}

static void test_all_digits(void **state)
{
    (void)state;
    struct rig g;
    struct row row = { .run_name = "x", .iterations = 1, .real_time = 123456789.123456789e-9, .cpu_time = 0.1 / 3 };
    const struct row_counter odd[] = { { "a", INFINITY, 0, 1000, false },
                                       { "b", -NAN, 0, 1000, false },
                                       { "c\"d,e", 1e300, 0, 1000, false } };
    row.unit = UNIT_S;
    row.counters = odd;
    row.ncounters = 3;
    rig_open(&g, "csv", NULL);
    g.r.report(&g.r, &row, 1);
    row_text_is(g.out, HEADER ",\"a\",\"b\",\"c\"\"d,e\"\n"
                              "\"x\",1,0.12345678912345678,0.03333333333333333,s,,,,,,inf,nan,1e+300\n");
    g.r.finalize(&g.r);
    rig_close(&g);
}

static const struct row_counter late[] = { { "zeta", 7, 0, 1000, false } };
static struct row late_row(void)
{
    return (struct row){
        .run_name = "B", .iterations = 3, .real_time = 1e-9, .cpu_time = 2e-9, .counters = late, .ncounters = 1
    };
}

/* A stream cannot be written again: a second table begins. */
static void test_late_counter_in_a_stream(void **state)
{
    (void)state;
    struct rig g;
    struct row row = late_row();
    rig_open(&g, "csv", NULL);
    g.r.report(&g.r, &bench_rows[ROW_FIT], 1);
    g.r.report(&g.r, &row, 1);
    g.r.report(&g.r, &bench_rows[ROW_FIT], 1);
    row_text_is(g.out, HEADER "\n\"A_BigO\",,0.25,0.5,NlgN,,,,,\n" HEADER ",\"zeta\"\n\"B\",3,1,2,ns,,,,,,7\n"
                              "\"A_BigO\",,0.25,0.5,NlgN,,,,,,\n");
    g.r.finalize(&g.r);
    rig_close(&g);
}

struct file {
    struct tree t;
    struct mem m;
    struct reporter r;
    char path[128];
};

static void file_open(struct file *f)
{
    *f = (struct file){ 0 };
    tree_make(&f->t);
    snprintf(f->path, sizeof f->path, "%s/out.csv", f->t.root);
    FILE *out = fopen(f->path, "w");
    assert_non_null(out);
    assert_true(report_init(&f->r, &f->m, "csv", out, NULL, &(struct report_style){ .color = false }));
    assert_int_equal(f->r.context(&f->r, &bench_example), 0);
}

static void file_close(struct file *f)
{
    f->r.finalize(&f->r);
    fclose(f->r.out);
    mem_free(&f->m);
    tree_remove(&f->t);
}

static void file_is(const struct file *f, const char *want)
{
    size_t len;
    char *got = tree_slurp(f->path, &len);
    row_text_is(got, want);
    free(got);
}

static void test_late_counter_in_a_file(void **state)
{
    (void)state;
    struct file f;
    struct row row = late_row();
    file_open(&f);
    assert_int_equal(f.r.report(&f.r, bench_rows, bench_nrows), 0);
    file_is(&f, golden); /* no word about the machine */
    assert_int_equal(f.r.report(&f.r, &bench_rows[ROW_FIT], 1), 0);
    assert_int_equal(f.r.report(&f.r, &row, 1), 0);
    assert_int_equal(f.r.report(&f.r, &bench_rows[ROW_FAILED], 1), 0);
    file_is(&f, HEADER ",\"bar\",\"foo\",\"inv\",\"zeta\"\n"
                       "\"A/8\",1000,2.625,0.5,ns,1e+09,,\"lab \"\"x\"\"\",,,2205882.3529,12345.678,4.53333e-07,\n"
                       "\"A/8\",1000,27.5,12345,ns,1e+09,,,,,2205882.3529,12345.678,4.53333e-07,\n"
                       "\"A/8_mean\",2,250,125,ms,1e+09,,,,,2205882.3529,12345.678,4.53333e-07,\n"
                       "\"A/8_cv\",2,0.6921,0.441,,0.5,,,,,0.0123,0,1,\n"
                       "\"A_BigO\",,0.25,0.5,NlgN,,,,,,,,,\n"
                       "\"A_RMS\",,0.120465,0.125,,,,,,,,,,\n"
                       "\"E\",,,,,,,,true,\"bad, \"\"news\"\"\"\n"
                       "\"S\",,,,,,,,false,\"later\"\n"
                       "\"A_BigO\",,0.25,0.5,NlgN,,,,,,,,,\n"
                       "\"B\",3,1,2,ns,,,,,,,,,7\n"
                       "\"E\",,,,,,,,true,\"bad, \"\"news\"\"\"\n");
    file_close(&f);
}

static void test_full_disk(void **state)
{
    (void)state;
    struct file f;
    file_open(&f);
    f.r.report(&f.r, bench_rows, bench_nrows);
    pid_t pid = fork();
    if (!pid) {
        struct rlimit limit = { sizeof golden, sizeof golden };
        struct row row = late_row();
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        _exit(f.r.report(&f.r, &row, 1) == -1 && errno == EFBIG ? 0 : 1);
    }
    int status;
    assert_true(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    file_is(&f, golden);
    file_close(&f);
}

static void test_list(void **state)
{
    (void)state;
    static const char *const names[] = { "a/1", "b\"c,d\\", "e" };
    static const struct {
        const char *format;
        size_t n;
        const char *text;
    } rows[] = {
        { "console", 3, "a/1\nb\"c,d\\\ne\n" },
        { "csv", 3, "name\n\"a/1\"\n\"b\"\"c,d\\\"\n\"e\"\n" },
        { "json", 3,
          "{\n  \"benchmarks\": [\n    {\n      \"name\": \"a/1\"\n    },\n    {\n      \"name\": \"b\\\"c,d\\\\\"\n"
          "    },\n    {\n      \"name\": \"e\"\n    }\n  ]\n}\n" },
        { "json", 0, "{\n  \"benchmarks\": [\n  ]\n}\n" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig g;
        rig_open(&g, rows[i].format, NULL);
        assert_int_equal(g.r.list(&g.r, names, rows[i].n), 0);
        assert_int_equal(g.r.finalize(&g.r), 0);
        row_text_is(g.out, rows[i].text);
        rig_close(&g);
    }
}

#define CASE(f) cmocka_unit_test(f)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_golden),
        CASE(test_all_digits),
        CASE(test_late_counter_in_a_stream),
        CASE(test_late_counter_in_a_file),
        CASE(test_full_disk),
        CASE(test_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
