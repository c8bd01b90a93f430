/* SPDX-License-Identifier: Apache-2.0
 * Flags and environment of benchmark executables: Google Benchmark's rules, its messages, and where ours are stricter. */
#include "harness/bench/context.h"
#include "harness/bench/flags.h"
#include "row_help.h"

#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct mem memory;
static struct bench_flags flags;

/* Reads one word; what is said on stderr is *said (free it), and whether the word stayed in argv is *left. */
static int read_one(const char *word, char **said, bool *left)
{
    static char program[] = "./same", copy[512]; /* flags point into it */
    snprintf(copy, sizeof copy, "%s", word ? word : "");
    char *argv[] = { program, word ? copy : NULL, NULL };
    int argc = word ? 2 : 1;
    struct capture c;
    capture_begin(&c, STDERR_FILENO);
    int rc = bench_flags_read(&memory, &flags, &argc, argv);
    *said = capture_end(&c);
    *left = argc == 2;
    assert_null(argv[argc]);
    return rc;
}

static void takes(const char *word)
{
    char *said;
    bool left;
    if (read_one(word, &said, &left) || left || *said)
        fail_msg("%s was not taken: '%s'", word, said);
    free(said);
}

static void test_defaults(void **state)
{
    (void)state;
    char *said;
    bool left;
    assert_int_equal(read_one(NULL, &said, &left), 0);
    assert_string_equal(said, "");
    free(said);
    assert_string_equal(flags.filter, "");
    assert_string_equal(flags.format, "console");
    assert_string_equal(flags.out_format, "json");
    assert_string_equal(flags.color, "auto");
    assert_string_equal(flags.time_unit, "");
    assert_true(flags.min_time == 0.5 && flags.min_iterations == 0 && flags.repetitions == 1);
    assert_true(flags.target_ci == 0 && flags.max_time == 0 && flags.seed == 0 && !flags.isolate && !flags.dry_run);
}

static void test_values(void **state)
{
    (void)state;
    takes("--benchmark_filter=a=b,--c");
    assert_string_equal(flags.filter, "a=b,--c");
    takes("--benchmark_min_time=2.5s");
    assert_true(flags.min_time == 2.5 && flags.min_iterations == 0);
    takes("--benchmark_min_time=12x");
    assert_true(isnan(flags.min_time) && flags.min_iterations == 12);
    takes("--benchmark_min_time=0s");
    assert_true(flags.min_time == 0);
    takes("--benchmark_min_warmup_time=1e-3");
    assert_true(flags.min_warmup_time == 1e-3);
    takes("--benchmark_repetitions=7");
    assert_int_equal(flags.repetitions, 7);
    takes("--v=-2");
    assert_int_equal(flags.v, -2);
    takes("--benchmark_time_unit=auto");
    assert_string_equal(flags.time_unit, "auto");
    takes("--benchmark_context=a=b=c,d=");
    assert_string_equal(flags.context, "a=b=c,d=");
    takes("--benchmark_target_ci=1%");
    assert_true(fabs(flags.target_ci - 0.01) < 1e-15);
    takes("--benchmark_target_ci=0.02");
    assert_true(flags.target_ci == 0.02);
    takes("--benchmark_max_time=10s");
    assert_true(flags.max_time == 10);
    takes("--benchmark_total_time=3");
    assert_true(flags.total_time == 3);
    takes("--benchmark_seed=18446744073709551615");
    assert_true(flags.seed == UINT64_MAX);
    takes("--benchmark_cpus=0,2-3");
    assert_string_equal(flags.cpus, "0,2-3");
}

static void test_truth(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        bool yes;
    } rows[] = {
        { "", true },     { "1", true },      { "t", true },   { "Y", true },    { "x", true },  { "9", true },
        { "0", false },   { "f", false },     { "F", false },  { "n", false },   { "N", false }, { "-", false },
        { "true", true }, { "FALSE", false }, { "no", false }, { "Off", false }, { "00", true }, { "nope", true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char word[64];
        snprintf(word, sizeof word, "--benchmark_dry_run=%s", rows[i].word);
        takes(word);
        if (flags.dry_run != rows[i].yes)
            fail_msg("'%s'", rows[i].word);
    }
    takes("--benchmark_list_tests");
    assert_true(flags.list_tests);
}

#define EXPECTED(flag, what, value)                                                                                    \
    "The value of flag --" flag " is expected to be " what ", but actually has value \"" value "\""

static void test_bad_values(void **state)
{
    (void)state;
    static const struct {
        const char *word, *said;
        int rc;
    } rows[] = {
        { "--benchmark_repetitions=x", EXPECTED("benchmark_repetitions", "a 32-bit integer", "x") ".\n", 0 },
        { "--benchmark_repetitions=99999999999",
          EXPECTED("benchmark_repetitions", "a 32-bit integer", "99999999999") ", which overflows.\n", 0 },
        { "--benchmark_min_warmup_time=1z", EXPECTED("benchmark_min_warmup_time", "a double", "1z") ".\n", 0 },
        { "--benchmark_min_warmup_time=inf", EXPECTED("benchmark_min_warmup_time", "a double", "inf") ".\n", 0 },
        { "--benchmark_min_warmup_time=-1", EXPECTED("benchmark_min_warmup_time", "a double", "-1") ".\n", 0 },
        { "--benchmark_context=a=b,c",
          EXPECTED("benchmark_context", "a comma-separated list of <key>=<value> strings", "a=b,c") ".\n", 0 },
        { "--benchmark_repetitions=0",
          "The value of flag --benchmark_repetitions is expected to be at least 1, but is 0.\n", -1 },
        { "--benchmark_format=xml", EXPECTED("benchmark_format", "one of console, json, csv", "xml") ".\n", -1 },
        { "--benchmark_format=", EXPECTED("benchmark_format", "one of console, json, csv", "") ".\n", -1 },
        { "--benchmark_out_format=\x1b[2J", EXPECTED("benchmark_out_format", "one of console, json, csv", "?[2J") ".\n",
          -1 },
        { "--benchmark_time_unit=h", EXPECTED("benchmark_time_unit", "one of ns, us, ms, s, auto", "h") ".\n", -1 },
        { "--benchmark_color=", EXPECTED("benchmark_color", "auto, true or false", "") ".\n", -1 },
        { "--benchmark_seed=-1", EXPECTED("benchmark_seed", "a whole number", "-1") ".\n", -1 },
        { "--benchmark_seed=99999999999999999999",
          EXPECTED("benchmark_seed", "a whole number", "99999999999999999999") ".\n", -1 },
        { "--benchmark_target_ci=100%", EXPECTED("benchmark_target_ci", "a share below 100% such as 1%", "100%") ".\n",
          -1 },
        { "--benchmark_cpus=0,", EXPECTED("benchmark_cpus", "a list of CPUs such as 0,2-3", "0,") ".\n", -1 },
        { "--benchmark_cpus=3-1", EXPECTED("benchmark_cpus", "a list of CPUs such as 0,2-3", "3-1") ".\n", -1 },
        { "--benchmark_max_time=-1s", EXPECTED("benchmark_max_time", "seconds such as 10s", "-1s") ".\n", -1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *said;
        bool left;
        int rc = read_one(rows[i].word, &said, &left);
        if (rc != rows[i].rc || strcmp(said, rows[i].said) != 0 || (!rc && !left))
            fail_msg("%s: %d, '%s'", rows[i].word, rc, said);
        free(said);
    }
}

static void test_bad_min_time(void **state)
{
    (void)state;
    static const char *const words[] = {
        "abc", "-5x", "0x",   "",   "1xx", "5.5x", "1e3x", "-1s", "nan", "inf", "1 s", " 1s", "99999999999999999999x",
        "s",   "x",   "0.5S", "1s0"
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char word[128], *said;
        bool left;
        snprintf(word, sizeof word, "--benchmark_min_time=%s", words[i]);
        if (read_one(word, &said, &left) != -1 || !strstr(said, "is expected to be seconds such as 0.5s"))
            fail_msg("%s: '%s'", word, said);
        free(said);
    }
    char *said;
    bool left;
    assert_int_equal(read_one("--benchmark_min_time=0.25", &said, &left), 0);
    assert_true(flags.min_time == 0.25 && !left);
    assert_non_null(strstr(said, "should have a suffix. Eg., `30s` for 30-seconds.\n"));
    free(said);
}

static void test_unrecognized(void **state)
{
    (void)state;
    static const char *const words[] = { "-benchmark_filter=x",
                                         "--benchmark_filter",
                                         "--nobenchmark_list_tests",
                                         "--",
                                         "x",
                                         "-v",
                                         "--v",
                                         "-v=1",
                                         "--benchmark_iterations=3",
                                         "--benchmark_list_testss",
                                         "--benchmark_filte=x",
                                         "",
                                         "-h" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char *said;
        bool left;
        if (read_one(words[i], &said, &left) || !left || *said)
            fail_msg("'%s' was taken, '%s'", words[i], said);
        free(said);
    }
    char a[] = "./same", b[] = "--x=\x1b", c[] = "y", *argv[] = { a, b, c, NULL };
    struct capture said;
    capture_begin(&said, STDERR_FILENO);
    assert_int_equal(bench_flags_report_unrecognized(3, argv), 2);
    char *text = capture_end(&said);
    assert_string_equal(text, "./same: error: unrecognized command-line flag: --x=?\n"
                              "./same: error: unrecognized command-line flag: y\n");
    free(text);
}

static void test_order_is_kept(void **state)
{
    (void)state;
    char a[] = "p", b[] = "one", c[] = "--benchmark_filter=q", d[] = "two", e[] = "--v=1";
    char *argv[] = { a, b, c, d, e, NULL };
    int argc = 5;
    assert_int_equal(bench_flags_read(&memory, &flags, &argc, argv), 0);
    assert_int_equal(argc, 3);
    assert_true(argv[0] == a && argv[1] == b && argv[2] == d && !argv[3]);
    argc = 0;
    assert_int_equal(bench_flags_read(&memory, &flags, &argc, argv + 3), 0);
    assert_int_equal(argc, 0);
}

static void test_environment(void **state)
{
    (void)state;
    char *said;
    bool left;
    setenv("BENCHMARK_FILTER", "fromenv", 1);
    setenv("BENCHMARK_REPETITIONS", "3", 1);
    setenv("V", "2", 1);
    setenv("BENCHMARK_ISOLATE", "yes", 1);
    takes("--benchmark_filter=cli");
    assert_string_equal(flags.filter, "cli");
    assert_true(flags.repetitions == 3 && flags.v == 2 && flags.isolate);
    setenv("BENCHMARK_REPETITIONS", "x", 1);
    assert_int_equal(read_one(NULL, &said, &left), 0); /* told, and it goes on */
    assert_string_equal(said, "Environment variable BENCHMARK_REPETITIONS is expected to be a 32-bit integer, but "
                              "actually has value \"x\".\n");
    assert_int_equal(flags.repetitions, 1);
    assert_string_equal(flags.filter, "fromenv");
    free(said);
    setenv("BENCHMARK_FORMAT", "xml", 1);
    unsetenv("BENCHMARK_REPETITIONS");
    assert_int_equal(read_one(NULL, &said, &left), -1);
    assert_string_equal(said, "Environment variable BENCHMARK_FORMAT is expected to be one of console, json, csv, but "
                              "actually has value \"xml\".\n");
    free(said);
    unsetenv("BENCHMARK_FILTER");
    unsetenv("BENCHMARK_FORMAT");
    unsetenv("BENCHMARK_ISOLATE");
    unsetenv("V");
}

static void test_help(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "benchmark [--benchmark_list_tests={true|false}]\n          [--benchmark_filter=<regex>]\n",
        "          [--benchmark_min_time=`<integer>x` OR `<float>s` ]\n",
        "          [--benchmark_enable_random_interleaving={true|false}]\n",
        "          [--benchmark_format=<console|json|csv>]\n          [--benchmark_out=<filename>]\n",
        "          [--v=<verbosity>]\n          [--benchmark_target_ci=<percent>%]\n",
        "          [--benchmark_seed=<integer>]\n",
    };
    struct capture c;
    char *said;
    bool left;
    capture_begin(&c, STDOUT_FILENO);
    int rc = read_one("--help", &said, &left);
    char *text = capture_end(&c);
    assert_int_equal(rc, 1);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (!strstr(text, lines[i]))
            fail_msg("no '%s' in\n%s", lines[i], text);
    free(text);
    free(said);
}

static void test_context(void **state)
{
    (void)state;
    struct bench_context c;
    takes("--benchmark_context=z=1,a=x=y,z=2,e=");
    flags.dry_run = true;
    struct capture said;
    capture_begin(&said, STDERR_FILENO);
    bench_context_read(&memory, &c, "./same", NULL);
    bench_context_custom(&memory, &c, &flags, &(struct context_added){ 0 });
    char *text = capture_end(&said);
    assert_string_equal(text, "Failed to add custom context \"z\" as it already exists with value \"1\"\n");
    free(text);
    static const struct context_pair want[] = { { "a", "x=y" }, { "dry_run", "true" }, { "e", "" }, { "z", "1" } };
    assert_int_equal(c.ncustom, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(c.custom[i].key, want[i].key);
        assert_string_equal(c.custom[i].value, want[i].value);
    }
    assert_int_equal(c.num_cpus, sysconf(_SC_NPROCESSORS_ONLN));
    assert_string_equal(c.executable, "./same");
    /* "2026-11-20T15:03:54+00:00" */
    assert_int_equal(strlen(c.date), 25);
    for (const char *at = c.date, *form = "dddd-dd-ddTdd:dd:dd?dd:dd"; *at; at++, form++)
        assert_true(*form == 'd'   ? isdigit((unsigned char)*at)
                    : *form == '?' ? strchr("+-", *at) != NULL
                                   : *at == *form);
    takes("--benchmark_context=");
    bench_context_read(&memory, &c, "./same", "/nonexistent");
    bench_context_custom(&memory, &c, &flags, &(struct context_added){ 0 });
    assert_true(c.ncustom == 0 && c.ncaches == 0 && c.nload_avg == 0 && c.num_cpus == 1 && c.aslr_enabled == -1);
}

#define CASE(f) cmocka_unit_test(f)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_defaults),     CASE(test_values),       CASE(test_truth),         CASE(test_bad_values),
        CASE(test_bad_min_time), CASE(test_unrecognized), CASE(test_order_is_kept), CASE(test_environment),
        CASE(test_help),         CASE(test_context),
    };
    unsetenv("V");
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    mem_free(&memory);
    return failed;
}
