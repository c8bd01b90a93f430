/* SPDX-License-Identifier: Apache-2.0
 * Programs that speak Google Benchmark's contract, or claim to: the pure parts, and shell scripts in their place. The
 * road through the command and real C++ programs are in tests/cli/test_exec.py. */
#include "harness/measure/foreign.h"

#include <math.h>
#include <regex.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* --- pure parts -------------------------------------------------------------------------------------------------- */

static void a_pattern_matches_its_name_only(void **state)
{
    (void)state;
    static const char *const names[] = { "a",       "aa",           "a.b",    "axb",      "a*",  "a+", "a?", "(a)",
                                         "a|b",     "[a]",          "[^a]",   "a{2}",     "^a",  "a$", "-a", "\\",
                                         "f<a,b>",  "BM/64",        "BM/640", "x\"y'z",   "a b", "}",  "]",  "a\\.b",
                                         "f/n:-5/", "\xc3\xa4\xff", "all",    "a\tb\x01", "$^" };
    enum { NAMES = sizeof names / sizeof *names };
    struct mem m = { 0 };
    for (size_t i = 0; i < NAMES; i++) {
        regex_t r;
        assert_int_equal(regcomp(&r, foreign_pattern(&m, names[i]), REG_EXTENDED | REG_NOSUB), 0);
        for (size_t k = 0; k < NAMES; k++)
            assert_int_equal(regexec(&r, names[k], 0, NULL, 0) == 0, i == k);
        regfree(&r);
    }
    assert_string_equal(foreign_pattern(&m, "a.b<c>/1"), "^a\\.b<c>/1$");
    mem_free(&m);
}

static void the_least_time_is_what_the_version_reads(void **state)
{
    (void)state;
    struct mem m = { 0 };
    assert_string_equal(foreign_min_time(&m, 0.5, 0, false), "0.5"); /* 1.7.1 reads nothing else */
    assert_string_equal(foreign_min_time(&m, 0.5, 0, true), "0.5s");
    assert_string_equal(foreign_min_time(&m, 0.03125, 0, true), "0.03125s");
    assert_string_equal(foreign_min_time(&m, NAN, 100, false), "100x");
    assert_string_equal(foreign_min_time(&m, NAN, 100, true), "100x");
    mem_free(&m);
}

static void the_budget_holds_the_most_rounds(void **state)
{
    (void)state;
    struct settings s = { .sample_seconds = 1e-3, .samples = 10, .max_rounds = 40, .budget_seconds = 8 };
    assert_true(foreign_seconds(&s) == 8 / 80.0);
    s.samples = 200;
    assert_true(foreign_seconds(&s) == 0.2);
    assert_true(foreign_seconds(&(struct settings){ .sample_seconds = NAN, .budget_seconds = NAN }) > 0);
}

static void names_agree_whatever_json_made_of_them(void **state)
{
    (void)state;
    assert_true(foreign_same_name("a/1", "a/1"));
    assert_true(foreign_same_name("\xc3\xa4", "\xc3\xa4"));
    assert_true(foreign_same_name("a\x01z\xff", "a?z?"));
    assert_true(foreign_same_name("a\x01z\xff", "a\x01z\xef\xbf\xbd"));
    assert_true(foreign_same_name("a\tb", "a\tb"));
    assert_false(foreign_same_name("a/1", "a/10"));
    assert_false(foreign_same_name("a/10", "a/1"));
    assert_false(foreign_same_name("ab", "a?"));
    assert_false(foreign_same_name("", "a"));
    assert_false(foreign_same_name("a", ""));
}

/* --- programs ---------------------------------------------------------------------------------------------------- */

/* A program that is a shell script; $0 is its first flag from us. */
struct scene {
    struct mem mem;
    struct foreign f;
    const char *args[2];
    struct settings settings;
    struct plan plan;
    struct err err;
};

static void open_scene(struct scene *t, const char *script)
{
    *t = (struct scene){ .settings = { .timeout_seconds = 5, .max_rounds = 1 } };
    t->args[0] = "-c";
    t->args[1] = script;
    assert_int_equal(foreign_find(&t->mem, "sh", t->args, 2, &t->f, &t->err), 0);
    assert_int_equal(foreign_open(&t->mem, &t->f, &t->err), 0);
}

static void close_scene(struct scene *t)
{
    const char *folder = t->f.folder;
    struct stat st;
    foreign_close(&t->f);
    assert_int_equal(stat(folder, &st), -1);
    mem_free(&t->mem);
}

static int list(struct scene *t, const char *script)
{
    open_scene(t, script);
    return foreign_list(&t->mem, &t->f, &t->settings, &t->plan, &t->err);
}

static void a_missing_program_is_a_usage_error(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "/", "/etc/passwd", "/no/such", "no-such-program-anywhere", "/tmp" };
    struct mem m = { 0 };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct foreign f;
        struct err e;
        assert_int_equal(foreign_find(&m, bad[i], NULL, 0, &f, &e), -1);
        assert_int_equal(e.kind, EXIT_USAGE);
    }
    mem_free(&m);
}

static void a_list_becomes_jobs(void **state)
{
    (void)state;
    struct scene t;
    assert_int_equal(
        list(&t, "echo noise >&2; printf 'BM/64\\r\\n\\ng/f32/avx/n:3/threads:4\\ntwice\\nx\\ntwice\\nlast'"), 0);
    static const char *const names[] = { "BM/64", "g/f32/avx/n:3/threads:4", "twice", "x", "last" };
    assert_int_equal(t.plan.njobs, 5);
    for (size_t i = 0; i < 5; i++) {
        const struct job *j = &t.plan.jobs[i];
        assert_string_equal(j->bench.name, names[i]);
        assert_string_equal(j->entry.suite, "sh");
        assert_string_equal(j->entry.component, names[i]);
        assert_int_equal(j->unsupported != NULL, i == 2);
    }
    assert_string_equal(t.plan.jobs[1].bench.variant, "avx");
    assert_int_equal(t.plan.jobs[1].bench.threads, 4);
    assert_int_equal(t.plan.jobs[0].bench.threads, 1);
    close_scene(&t);
}

/* The definition is the program's name, its arguments and the benchmark's name, wherever the program lies. */
static void the_hash_is_of_what_is_measured(void **state)
{
    (void)state;
    struct scene t, u;
    assert_int_equal(list(&t, "echo a; echo b"), 0);
    assert_int_equal(list(&u, "echo a; echo b "), 0);
    assert_string_not_equal(t.plan.jobs[0].bench.hash, t.plan.jobs[1].bench.hash);
    assert_string_not_equal(t.plan.jobs[0].bench.hash, u.plan.jobs[0].bench.hash);
    close_scene(&u);
    open_scene(&u, "echo a; echo b");
    u.f.path = "/usr/bin/../bin/sh";
    assert_int_equal(foreign_list(&u.mem, &u.f, &u.settings, &u.plan, &u.err), 0);
    assert_string_equal(t.plan.jobs[0].bench.hash, u.plan.jobs[0].bench.hash);
    close_scene(&u);
    close_scene(&t);
}

static void a_list_that_fails_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        enum exit_code kind;
        const char *why;
    } cases[] = {
        { "exit 0", EXIT_USAGE, "lists no benchmark" },
        { "echo a; echo oh dear >&2; exit 3", EXIT_BENCH_FAILED, "exited with code 3 during its run: oh dear" },
        { "echo a; kill -SEGV $$", EXIT_BENCH_FAILED, "SIGSEGV" },
        { "echo a; exec sleep 60", EXIT_BENCH_FAILED, "no end within 0.3 s" },
        { "exec yes", EXIT_BENCH_FAILED, "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene t;
        open_scene(&t, cases[i].script);
        t.settings.timeout_seconds = i == 3 ? 0.3 : 20;
        assert_int_equal(foreign_list(&t.mem, &t.f, &t.settings, &t.plan, &t.err), -1);
        assert_int_equal(t.err.kind, cases[i].kind);
        assert_non_null(strstr(t.err.text, cases[i].why));
        close_scene(&t);
    }
}

/* A row of Google Benchmark's JSON as a script writes it to the file it was told. */
#define OUT(rows) "o=${1#--benchmark_out=}; printf '%s' '{\"benchmarks\":[" rows "]}' > \"$o\""
#define ROW(name, time, n)                                                                                             \
    "{\"name\":\"" name "\",\"run_name\":\"" name "\",\"run_type\":\"iteration\",\"iterations\":" n                    \
    ",\"real_time\":" time ",\"cpu_time\":1,\"time_unit\":\"us\"}"

static struct turn turn(struct scene *t, const char *name, const char *script)
{
    open_scene(t, script);
    static struct job job;
    job = (struct job){ .bench = { .name = name }, .settings = t->settings };
    job.settings.timeout_seconds = 2;
    struct runner_options options = { .min_time = NAN };
    struct runner_edges edges = { .turn = foreign_turn, .ctx = &t->f };
    struct limits limits = { 0 };
    struct turn_order order = { &job, &options, &edges, &limits, 0 };
    struct pace pace = { 0 };
    struct turn out;
    foreign_turn(&t->mem, &order, &pace, &out);
    if (out.status == STATUS_OK)
        assert_true(pace.iterations > 0);
    return out;
}

static void rows_become_samples(void **state)
{
    (void)state;
    struct scene t;
    struct turn out = turn(&t, "a", OUT(ROW("b", "9", "1") "," ROW("a", "2.5", "100") "," ROW("a", "3.5", "100")));
    assert_int_equal(out.status, STATUS_OK);
    assert_int_equal(out.nsamples, 2);
    assert_true(fabs(out.samples[0] - 2.5e-6) < 1e-12 && fabs(out.samples[1] - 3.5e-6) < 1e-12);
    assert_true(fabs(out.cpu - 1e-6) < 1e-12);
    assert_true(fabs(out.sampling - 600e-6) < 1e-9);
    assert_false(t.f.suffix); /* such a file is of 1.7.1 or older */
    close_scene(&t);
}

static void the_version_is_learnt(void **state)
{
    (void)state;
    struct scene t;
    struct turn out = turn(&t, "a",
                           "o=${1#--benchmark_out=}; printf '%s' '{\"context\":{\"library_version\":\"v1.9.5\"},"
                           "\"benchmarks\":[" ROW("a", "1", "1") "]}' > \"$o\"");
    assert_int_equal(out.status, STATUS_OK);
    assert_true(t.f.suffix);
    close_scene(&t);
}

static void the_flags_are_as_agreed(void **state)
{
    (void)state;
    struct scene t;
    struct turn out = turn(&t, "a.b", "echo \"$0 $2 $3\" >&2; exit 3");
    assert_string_equal(out.message, "exited with code 3 during its run: --benchmark_filter=^a\\.b$ "
                                     "--benchmark_out_format=json --benchmark_min_time=0.1");
    close_scene(&t);
}

static void whatever_goes_wrong_is_one_bad_turn(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        enum status status;
        const char *why;
    } cases[] = {
        { "exit 0", STATUS_FAILED, "wrote no result" },
        { "echo oh dear >&2; exit 3", STATUS_FAILED, "exited with code 3 during its run: oh dear" },
        { "echo last >&2; kill -ABRT $$", STATUS_CRASHED, "SIGABRT" },
        { OUT(ROW("a", "1", "1")) "; kill -SEGV $$", STATUS_CRASHED, "SIGSEGV" },
        { OUT(ROW("a", "1", "1")) "; exec sleep 60", STATUS_TIMEOUT, "no end within 2 s" },
        { OUT(ROW("a", "1", "1")) "; exit 1", STATUS_FAILED, "exited with code 1" },
        { "exec 2>&1; while :; do echo out of control; done", STATUS_TIMEOUT, "no end" },
        { "echo garbage > \"${1#--benchmark_out=}\"", STATUS_FAILED, "its output" },
        { "printf '{\"benchmarks\":[{\"name\":\"a\",' > \"${1#--benchmark_out=}\"", STATUS_FAILED, "its output" },
        { ": > \"${1#--benchmark_out=}\"", STATUS_FAILED, "wrote no result" },
        { "mkfifo \"${1#--benchmark_out=}\"", STATUS_FAILED, "wrote no result" },
        { "ln -s /dev/zero \"${1#--benchmark_out=}\"", STATUS_FAILED, "wrote no result" },
        { OUT(""), STATUS_FAILED, "has 0 benchmarks but not this one" },
        { OUT(ROW("A", "1", "1")), STATUS_FAILED, "has 1 benchmarks but not this one" },
        { OUT(ROW("a", "NaN", "1")), STATUS_FAILED, "real_time" },
        { OUT(ROW("a", "-1", "1")), STATUS_FAILED, "negative" },
        { OUT(ROW("a", "0", "1")), STATUS_FAILED, "time of 0" },
        { OUT(ROW("a", "1", "0")), STATUS_FAILED, "iterations" },
        { OUT("{\"name\":\"a\",\"error_occurred\":true,\"error_message\":\"no luck\"}"), STATUS_FAILED, "no luck" },
        { OUT("{\"name\":\"a\",\"error_occurred\":true,\"error_message\":\"no luck\"}") "; exit 1", STATUS_FAILED,
          "no luck" },
        { OUT("{\"name\":\"a\",\"skipped\":true,\"skip_message\":\"not today\"}"), STATUS_UNSUPPORTED, "not today" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene t;
        struct turn out = turn(&t, "a", cases[i].script);
        if (out.status != cases[i].status || !strstr(out.message, cases[i].why))
            fail_msg("%s: status %d, %s", cases[i].script, (int)out.status, out.message);
        assert_null(strstr(out.message, t.f.folder));
        assert_int_equal(out.nsamples, 0);
        close_scene(&t);
    }
}

static void a_name_beyond_reason_is_refused(void **state)
{
    (void)state;
    struct scene t;
    char name[5000];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    struct turn out = turn(&t, name, "exit 0");
    assert_int_equal(out.status, STATUS_FAILED);
    assert_non_null(strstr(out.message, "longer than 4096 bytes"));
    close_scene(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pattern_matches_its_name_only),
        cmocka_unit_test(the_least_time_is_what_the_version_reads),
        cmocka_unit_test(the_budget_holds_the_most_rounds),
        cmocka_unit_test(names_agree_whatever_json_made_of_them),
        cmocka_unit_test(a_missing_program_is_a_usage_error),
        cmocka_unit_test(a_list_becomes_jobs),
        cmocka_unit_test(the_hash_is_of_what_is_measured),
        cmocka_unit_test(a_list_that_fails_is_told),
        cmocka_unit_test(rows_become_samples),
        cmocka_unit_test(the_version_is_learnt),
        cmocka_unit_test(the_flags_are_as_agreed),
        cmocka_unit_test(whatever_goes_wrong_is_one_bad_turn),
        cmocka_unit_test(a_name_beyond_reason_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
