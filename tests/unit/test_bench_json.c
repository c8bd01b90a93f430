/* SPDX-License-Identifier: Apache-2.0
 * The JSON of benchmark executables: the exact layout, and that a file is a whole document whatever happens. */
#include "row_help.h"
#include "tree_help.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct report_style style = { false, false };

static const char head[] = "{\n"
                           "  \"context\": {\n"
                           "    \"date\": \"2026-11-20T15:03:54+00:00\",\n"
                           "    \"host_name\": \"vm\",\n"
                           "    \"executable\": \"./same\",\n"
                           "    \"num_cpus\": 2,\n"
                           "    \"mhz_per_cpu\": 2596,\n"
                           "    \"cpu_scaling_enabled\": true,\n"
                           "    \"aslr_enabled\": true,\n"
                           "    \"caches\": [\n"
                           "      {\n"
                           "        \"type\": \"Data\",\n"
                           "        \"level\": 1,\n"
                           "        \"size\": 49152,\n"
                           "        \"num_sharing\": 1\n"
                           "      },\n"
                           "      {\n"
                           "        \"type\": \"Unified\",\n"
                           "        \"level\": 3,\n"
                           "        \"size\": 33554432,\n"
                           "        \"num_sharing\": 2\n"
                           "      }\n"
                           "    ],\n"
                           "    \"load_avg\": [2.7641,2.25,1.5],\n"
                           "    \"library_version\": \"1.2.3\",\n"
                           "    \"library_build_type\": \"debug\",\n"
                           "    \"json_schema_version\": 1,\n"
                           "    \"branch\": \"a \\\"b\\\"\",\n"
                           "    \"dry_run\": \"true\"\n"
                           "  },\n"
                           "  \"benchmarks\": [\n";

static const char iteration[] = "    {\n"
                                "      \"name\": \"A/8\",\n"
                                "      \"family_index\": 0,\n"
                                "      \"per_family_instance_index\": 0,\n"
                                "      \"run_name\": \"A/8\",\n"
                                "      \"run_type\": \"iteration\",\n"
                                "      \"repetitions\": 2,\n"
                                "      \"repetition_index\": 0,\n"
                                "      \"threads\": 1,\n"
                                "      \"iterations\": 1000,\n"
                                "      \"real_time\": 2.6250000000000000e+00,\n"
                                "      \"cpu_time\": 5.0000000000000000e-01,\n"
                                "      \"time_unit\": \"ns\",\n"
                                "      \"bar\": 2.2058823528999998e+06,\n"
                                "      \"bytes_per_second\": 1.0000000000000000e+09,\n"
                                "      \"foo\": 1.2345678000000000e+04,\n"
                                "      \"inv\": 4.5333299999999997e-07,\n"
                                "      \"label\": \"lab \\\"x\\\"\"\n"
                                "    }";

static const char others[] = ",\n"
                             "    {\n"
                             "      \"name\": \"A/8_cv\",\n"
                             "      \"family_index\": 0,\n"
                             "      \"per_family_instance_index\": 0,\n"
                             "      \"run_name\": \"A/8\",\n"
                             "      \"run_type\": \"aggregate\",\n"
                             "      \"repetitions\": 2,\n"
                             "      \"threads\": 1,\n"
                             "      \"aggregate_name\": \"cv\",\n"
                             "      \"aggregate_unit\": \"percentage\",\n"
                             "      \"iterations\": 2,\n"
                             "      \"real_time\": 6.9210000000000005e-01,\n"
                             "      \"cpu_time\": 4.4100000000000000e-01,\n"
                             "      \"time_unit\": \"ms\"\n"
                             "    },\n"
                             "    {\n"
                             "      \"name\": \"A_BigO\",\n"
                             "      \"family_index\": 0,\n"
                             "      \"per_family_instance_index\": 0,\n"
                             "      \"run_name\": \"A\",\n"
                             "      \"run_type\": \"aggregate\",\n"
                             "      \"repetitions\": 1,\n"
                             "      \"threads\": 1,\n"
                             "      \"aggregate_name\": \"BigO\",\n"
                             "      \"aggregate_unit\": \"time\",\n"
                             "      \"cpu_coefficient\": 5.0000000000000000e-01,\n"
                             "      \"real_coefficient\": 2.5000000000000000e-01,\n"
                             "      \"big_o\": \"NlgN\",\n"
                             "      \"time_unit\": \"ns\"\n"
                             "    },\n"
                             "    {\n"
                             "      \"name\": \"A_RMS\",\n"
                             "      \"family_index\": 0,\n"
                             "      \"per_family_instance_index\": 0,\n"
                             "      \"run_name\": \"A\",\n"
                             "      \"run_type\": \"aggregate\",\n"
                             "      \"repetitions\": 1,\n"
                             "      \"threads\": 1,\n"
                             "      \"aggregate_name\": \"RMS\",\n"
                             "      \"aggregate_unit\": \"percentage\",\n"
                             "      \"rms\": 1.2500000000000000e-01\n"
                             "    },\n"
                             "    {\n"
                             "      \"name\": \"E\",\n"
                             "      \"family_index\": 1,\n"
                             "      \"per_family_instance_index\": 0,\n"
                             "      \"run_name\": \"E\",\n"
                             "      \"run_type\": \"iteration\",\n"
                             "      \"repetitions\": 1,\n"
                             "      \"repetition_index\": 0,\n"
                             "      \"threads\": 1,\n"
                             "      \"error_occurred\": true,\n"
                             "      \"error_message\": \"bad, \\\"news\\\"\",\n"
                             "      \"iterations\": 0,\n"
                             "      \"real_time\": 0.0000000000000000e+00,\n"
                             "      \"cpu_time\": 0.0000000000000000e+00,\n"
                             "      \"time_unit\": \"ns\"\n"
                             "    },\n"
                             "    {\n"
                             "      \"name\": \"S\",\n"
                             "      \"family_index\": 2,\n"
                             "      \"per_family_instance_index\": 0,\n"
                             "      \"run_name\": \"S\",\n"
                             "      \"run_type\": \"iteration\",\n"
                             "      \"repetitions\": 1,\n"
                             "      \"repetition_index\": 0,\n"
                             "      \"threads\": 1,\n"
                             "      \"skipped\": true,\n"
                             "      \"skip_message\": \"later\",\n"
                             "      \"iterations\": 0,\n"
                             "      \"real_time\": 0.0000000000000000e+00,\n"
                             "      \"cpu_time\": 0.0000000000000000e+00,\n"
                             "      \"time_unit\": \"ns\",\n"
                             "      \"label\": \"why\"\n"
                             "    }";
static const char tail[] = "\n  ]\n}\n";

static char *expected(bool all)
{
    char *text = malloc(8192);
    assert_non_null(text);
    snprintf(text, 8192, "%s%s%s%s", head, iteration, all ? others : "", tail);
    return text;
}

/* The rows of the golden text in two calls. */
static void report_golden(struct reporter *r)
{
    struct row rest[] = { bench_rows[ROW_CV], bench_rows[ROW_FIT], bench_rows[ROW_RESIDUE], bench_rows[ROW_FAILED],
                          bench_rows[ROW_SKIPPED] };
    rest[0].ncounters = 0;
    rest[1].real_time = 0.25e-9;
    assert_int_equal(r->report(r, &bench_rows[ROW_FIRST], 1), 0);
    assert_int_equal(r->report(r, NULL, 0), 0);
    assert_int_equal(r->report(r, rest, 5), 0);
}

static void test_stream(void **state)
{
    (void)state;
    struct rig g;
    rig_open(&g, "json", NULL);
    assert_int_equal(g.r.context(&g.r, &bench_example), 0);
    report_golden(&g.r);
    assert_int_equal(g.r.finalize(&g.r), 0);
    char *want = expected(true);
    row_text_is(g.out, want);
    fflush(g.r.err);
    row_text_is(g.err, "");
    free(want);
    rig_close(&g);
}

struct file {
    struct tree t;
    struct mem m;
    struct reporter r;
    char path[128];
};

static void file_open(struct file *f, const char *mode)
{
    *f = (struct file){ 0 };
    tree_make(&f->t);
    snprintf(f->path, sizeof f->path, "%s/out.json", f->t.root);
    FILE *out = fopen(f->path, mode);
    assert_non_null(out);
    assert_true(report_init(&f->r, &f->m, "json", out, stderr, &style));
}

static void file_close(struct file *f)
{
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

static void test_file_is_whole_after_every_call(void **state)
{
    (void)state;
    struct file f;
    file_open(&f, "w");
    char *first = expected(false), *all = expected(true), empty[4096];
    snprintf(empty, sizeof empty, "%s%s", head, tail);
    assert_int_equal(f.r.context(&f.r, &bench_example), 0);
    file_is(&f, empty);
    assert_int_equal(f.r.report(&f.r, &bench_rows[ROW_FIRST], 1), 0);
    file_is(&f, first);
    assert_int_equal(f.r.finalize(&f.r), 0);
    file_is(&f, first);
    file_close(&f);
    file_open(&f, "w");
    f.r.context(&f.r, &bench_example);
    report_golden(&f.r);
    file_is(&f, all);
    f.r.finalize(&f.r);
    file_is(&f, all);
    file_close(&f);
    free(first);
    free(all);
}

static void test_what_others_print(void **state)
{
    (void)state;
    struct file f;
    char *all = expected(true);
    file_open(&f, "w");
    f.r.context(&f.r, &bench_example);
    for (int i = 0; i < 1000; i++)
        fputs("a benchmark that prints\n", f.r.out);
    report_golden(&f.r);
    fputs("and again", f.r.out);
    f.r.finalize(&f.r);
    file_is(&f, all);
    file_close(&f);
    file_open(&f, "a"); /* appended to: written as a stream */
    f.r.context(&f.r, &bench_example);
    file_is(&f, head);
    report_golden(&f.r);
    f.r.finalize(&f.r);
    file_is(&f, all);
    file_close(&f);
    free(all);
}

static void test_begins_where_the_file_is(void **state)
{
    (void)state;
    struct file f;
    char *all = expected(true), want[8300];
    file_open(&f, "w");
    fputs("before\n", f.r.out);
    f.r.context(&f.r, &bench_example);
    report_golden(&f.r);
    f.r.finalize(&f.r);
    snprintf(want, sizeof want, "before\n%s", all);
    file_is(&f, want);
    file_close(&f);
    free(all);
}

static json_t *load(const char *path)
{
    json_error_t e;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &e);
    if (!root)
        fail_msg("%d:%d: %s", e.line, e.column, e.text);
    return root;
}

/* Rows until a write fails. The parent then finds what was written before, as one document. */
static void test_full_disk(void **state)
{
    (void)state;
    struct file f;
    file_open(&f, "w");
    pid_t pid = fork();
    if (!pid) {
        struct rlimit limit = { 50000, 50000 };
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        int written = f.r.context(&f.r, &bench_example) ? 100 : 0;
        while (written < 99 && !f.r.report(&f.r, bench_rows, 2))
            written++;
        _exit(errno == EFBIG ? written : 100);
    }
    int status;
    assert_true(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    int written = WEXITSTATUS(status);
    assert_true(written > 5 && written < 99);
    json_t *root = load(f.path);
    assert_int_equal(json_array_size(json_object_get(root, "benchmarks")), 2 * (size_t)written);
    json_decref(root);
    f.r.finalize(&f.r);
    file_close(&f);
}

/* Stopped wherever a signal may end it, before and after every system call, it has left a whole document. Within one the
 * kernel may end a killed process at a page's end: that is not promised. */
static void test_killed(void **state)
{
    enum { ROWS = 40, NOT_TRACED = 77 }; /* several pages of rows */
    (void)state;
    struct file f;
    int status, stops = 0;
    file_open(&f, "w");
    f.r.context(&f.r, &bench_example);
    pid_t pid = fork();
    if (!pid) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
            _exit(NOT_TRACED);
        raise(SIGSTOP);
        for (int i = 0; i < ROWS; i++)
            f.r.report(&f.r, bench_rows, 1);
        _exit(0);
    }
    while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
        json_decref(load(f.path));
        stops++;
        assert_int_equal(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
    }
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NOT_TRACED)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_true(stops > 2 * ROWS);
    json_t *root = load(f.path);
    assert_int_equal(json_array_size(json_object_get(root, "benchmarks")), ROWS);
    json_decref(root);
    f.r.finalize(&f.r);
    file_close(&f);
}

static void test_always_json(void **state)
{
    (void)state;
    struct file f;
    char name[10001];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    static const struct row_counter odd[] = { { "\x01\xff\"", NAN, 0, 1000, false },
                                              { "inf", -INFINITY, 0, 1000, false } };
    struct row rows[] = { bench_rows[ROW_FIRST], bench_rows[ROW_FIRST] };
    rows[0].run_name = name;
    rows[0].label = "\x02\x7f\xc3(\xed\xa0\x80";
    rows[0].real_time = NAN;
    rows[0].counters = rows[1].counters = odd;
    rows[0].ncounters = rows[1].ncounters = 2;
    struct bench_context c = { .date = "d",
                               .host_name = "\xff",
                               .executable = "\n\\",
                               .cpu_scaling_enabled = -1,
                               .aslr_enabled = -1,
                               .seed = UINT64_MAX };
    file_open(&f, "w");
    assert_int_equal(f.r.context(&f.r, &c), 0);
    assert_int_equal(f.r.report(&f.r, rows, 2), 0);
    json_t *root = load(f.path), *row = json_array_get(json_object_get(root, "benchmarks"), 0);
    assert_null(json_object_get(row, "real_time"));
    assert_true(json_is_real(json_object_get(row, "cpu_time")));
    assert_true(json_is_null(json_object_get(row, "inf")));
    assert_string_equal(json_string_value(json_object_get(row, "name")), name);
    json_t *context = json_object_get(root, "context");
    assert_string_equal(json_string_value(json_object_get(context, "kernmark_seed")), "18446744073709551615");
    assert_string_equal(json_string_value(json_object_get(context, "host_name")), "\xef\xbf\xbd");
    assert_null(json_object_get(context, "aslr_enabled"));
    json_decref(root);
    f.r.finalize(&f.r);
    file_close(&f);
}

static void test_ours(void **state)
{
    (void)state;
    struct rig g;
    static const double samples[] = { 1e-9, 3e-9 };
    struct row_extra extra = ROW_EXTRA_NONE;
    extra.samples = samples;
    extra.nsamples = 2;
    extra.median = 2e-9;
    extra.ci_low = 1e-9;
    struct row_memory memory = { 0.5, 64, -1, -8 };
    struct row row = bench_rows[ROW_FIRST];
    row.ncounters = 0;
    row.extra = &extra;
    row.memory = &memory;
    row.label = NULL;
    rig_open(&g, "json", NULL);
    g.r.context(&g.r, &bench_example);
    g.r.report(&g.r, &row, 1);
    const char *at = strstr(g.out, "      \"allocs");
    assert_non_null(at);
    row_text_is(at, "      \"allocs_per_iter\": 5.0000000000000000e-01,\n"
                    "      \"max_bytes_used\": 64,\n"
                    "      \"net_heap_growth\": -8,\n"
                    "      \"kernmark_samples\": 2,\n"
                    "      \"kernmark_median\": 2.0000000000000000e+00,\n"
                    "      \"kernmark_ci_low\": 1.0000000000000000e+00,\n"
                    "      \"kernmark_sample_times\": [1.0000000000000000e+00,3.0000000000000000e+00]\n"
                    "    }");
    g.r.finalize(&g.r);
    rig_close(&g);
}

#define CASE(f) cmocka_unit_test(f)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_stream),
        CASE(test_file_is_whole_after_every_call),
        CASE(test_what_others_print),
        CASE(test_begins_where_the_file_is),
        CASE(test_full_disk),
        CASE(test_killed),
        CASE(test_always_json),
        CASE(test_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
