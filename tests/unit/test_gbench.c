/* SPDX-License-Identifier: Apache-2.0
 * Google Benchmark's JSON, written and read: the exact layout, its own files, and files that mean harm. */
#include "harness/base/utf8.h"
#include "harness/format/gbench.h"
#include "harness/format/jsonout.h"
#include "harness/import/gbench_read.h"
#include "tree_help.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* --- a fixed run --- */

static double samples_a[] = { 100e-9, 102e-9, 104e-9, 110e-9, 90e-9, 100e-9 };
static struct round rounds_a[] = { { 0, 2, 1000, 0.5, 99e-9 }, { 2, 1, 2000, 1.5, NAN }, { 3, 3, 1000, 2.5, 95e-9 } };
static double samples_b[] = { 1.5e-3 };
static struct round rounds_b[] = { { 0, 1, 7, 3.5, 1.25e-3 } };

static struct fact host_facts[] = {
    { "cpu.model", "CPU", "Test \"CPU\" \xc2\xb5", NULL },
    { "cpu.threads", "Threads", "4", NULL },
    { "cpu.mhz", "MHz", "2599.6", NULL },
    { "governor", "Governor", "powersave", NULL },
    { "turbo", "Turbo", NULL, "no file" },
    { "cache.l1d", "L1d", "48 KiB, shared by 2", NULL },
    { "cache.l3", "L3", "12 MiB, shared by 4", NULL },
    { "aslr", "ASLR", "full", NULL },
};
static struct fact build_facts[] = { { "compiler", "Compiler", "gcc 12.2.0", NULL },
                                     { "optimised", "O", "yes", NULL } };
static struct fact before_facts[] = { { "load.1", "l", "0.07", NULL }, { "load.5", "l", "1.5", NULL } };

static struct result results[] = {
    { .bench = { .name = "dot/f32/avx2/n:384", .family = "dot/f32/avx2", .threads = 1, .hash = "0123456789abcdef" },
      .cost = { .flops = 768, .bytes = 3072, .items = 384, .item = "element" },
      .samples = samples_a,
      .nsamples = 6,
      .rounds = rounds_a,
      .nrounds = 3 },
    { .bench = { .name = "dot/f32/avx2/n:385", .family = "dot/f32/avx2", .threads = 1, .hash = "00000000000000aa" },
      .status = STATUS_WRONG,
      .message = "element 3 is off by \"0.5\"\n\x01\xff" },
    { .bench = { .name = "dot/f32/avx512/n:384", .family = "dot/f32/avx512", .threads = 1, .hash = "00000000000000ab" },
      .status = STATUS_UNSUPPORTED,
      .message = "this CPU has no AVX-512" },
    { .bench = { .name = "gemv/f32/ref/m:4/threads:2",
                 .family = "gemv/f32/ref",
                 .threads = 2,
                 .hash = "00000000000000ac" },
      .samples = samples_b,
      .nsamples = 1,
      .rounds = rounds_b,
      .nrounds = 1 },
};

static struct run fixed_run(void)
{
    return (struct run){
        .uuid = "00112233445566778899aabbccddeeff",
        .started = 1795189570.25,
        .finished = 1795189600,
        .state = RUN_COMPLETE,
        .suites = "core",
        .profile = "quick",
        .command = "build/kernmark run core",
        .version = "0.1.0",
        .seed = UINT64_MAX,
        .host = { .fingerprint = "fedcba9876543210", .name = "vm", .facts = { host_facts, 8 } },
        .build = { .hash = "1111222233334444", .facts = { build_facts, 2 } },
        .commit = { .hash = "0123456789012345678901234567890123456789",
                    .parents = "",
                    .branch = "main",
                    .date = "2026-11-20T15:03:54+00:00",
                    .subject = "fix <script> `x` \"q\"",
                    .dirty = true },
        .before = { before_facts, 2 },
        .results = results,
        .nresults = sizeof results / sizeof *results,
    };
}

struct place {
    struct tree tree;
    struct mem m;
    char path[128];
};

static int set_up(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    tree_make(&p->tree);
    snprintf(p->path, sizeof p->path, "%s/f.json", p->tree.root);
    setenv("TZ", "XYZ-01:30", 1);
    tzset();
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    tree_remove(&p->tree);
    mem_free(&p->m);
    free(p);
    return 0;
}

static void write_run(struct place *p, const struct run *run)
{
    struct err e = { 0 };
    FILE *f = fopen(p->path, "wb");
    assert_non_null(f);
    if (gbench_write(f, run, &e))
        fail_msg("%s", e.text);
    assert_int_equal(fclose(f), 0);
}

static void read_run(struct place *p, const char *path, struct run *run)
{
    struct err e = { 0 };
    if (gbench_read(&p->m, path, run, &e))
        fail_msg("%s", e.text);
}

/* --- writing --- */

static void test_golden(void **state)
{
    struct place *p = *state;
    struct run run = fixed_run();
    size_t want_len, got_len;
    write_run(p, &run);
    char *want = tree_slurp("tests/data/gbench_golden.json", &want_len), *got = tree_slurp(p->path, &got_len);
    size_t at = 0;
    while (want[at] && want[at] == got[at])
        at++;
    if (want[at] || got[at])
        fail_msg("differs from tests/data/gbench_golden.json at byte %zu: '%.60s', expected '%.60s'", at, got + at,
                 want + at);
    assert_int_equal(want_len, got_len);
    free(want);
    free(got);
}

/* Whatever the strings and numbers are, strict parsers read the file. */
static void test_always_json(void **state)
{
    struct place *p = *state;
    char every[256];
    for (int i = 0; i < 255; i++)
        every[i] = (char)(i + 1);
    every[255] = '\0';
    double bad[] = { NAN, INFINITY, -1, 0, 1e308, 5e-324 };
    struct round rounds[] = { { 0, 1, 1, 0, NAN }, { 1, 1, 1, 0, INFINITY },        { 2, 1, 1, 0, -1 },
                              { 3, 1, 1, 0, 0 },   { 4, 1, UINT64_MAX, 0, 0 },      { 5, 1, 0, 0, 1e308 },
                              { 6, 1, 1, 0, 0 },   { SIZE_MAX, SIZE_MAX, 1, 0, 0 }, { 0, 0, 1, 0, 0 } };
    struct result odd = { .bench = { .name = every, .threads = -5 },
                          .cost = { .items = 1e308, .bytes = NAN, .flops = INFINITY },
                          .samples = bad,
                          .nsamples = 6,
                          .rounds = rounds,
                          .nrounds = 9 };
    struct run run = { .started = NAN, .command = every, .results = &odd, .nresults = 1 };
    for (int s = STATUS_OK; s <= STATUS_INTERRUPTED + 1; s++) {
        odd.status = (enum status)s;
        odd.message = s % 2 ? every : NULL;
        write_run(p, &run);
        json_error_t e;
        json_t *root = json_load_file(p->path, 0, &e);
        if (!root)
            fail_msg("%d:%d: %s", e.line, e.column, e.text);
        assert_true(json_array_size(json_object_get(root, "benchmarks")) >= 1);
        json_decref(root);
    }
    run = (struct run){ .started = 1e300 };
    write_run(p, &run);
    json_t *root = json_load_file(p->path, 0, NULL);
    assert_int_equal(json_array_size(json_object_get(root, "benchmarks")), 0);
    json_decref(root);
}

static void test_full_disk(void **state)
{
    (void)state;
    struct err e = { 0 };
    struct run run = fixed_run();
    FILE *f = fopen("/dev/full", "wb");
    if (!f)
        skip();
    assert_int_equal(gbench_write(f, &run, &e), -1);
    assert_int_equal(e.kind, EXIT_USAGE);
    assert_non_null(strstr(e.text, "No space left"));
    fclose(f);
}

static void test_jsonout(void **state)
{
    (void)state;
    struct buf b = { 0 };
    json_put_string(&b, "a\"\\\b\f\n\r\t\x1f\x7f/\xc3\xa9\xed\xa0\x80\xf0\x9f\x98\x80\xc0\x80");
    assert_string_equal(buf_text(&b),
                        "\"a\\\"\\\\\\b\\f\\n\\r\\t\\u001f\\u007f/\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                        "\xf0\x9f\x98\x80\xef\xbf\xbd\xef\xbf\xbd\"");
    b.len = 0;
    json_put_string(&b, NULL);
    json_put_number(&b, NAN);
    json_put_number(&b, -INFINITY);
    json_put_number(&b, 0.5);
    assert_string_equal(buf_text(&b), "nullnullnull5.0000000000000000e-01");
    buf_free(&b);
    assert_int_equal(utf8_length("\xe2\x82", 2), 0);
    assert_int_equal(utf8_length("", 0), 0);
    assert_int_equal(utf8_length("\xf4\x90\x80\x80", 4), 0);
    assert_int_equal(utf8_length("\xf4\x8f\xbf\xbf", 4), 4);
}

/* --- reading --- */

static void assert_close(double got, double want)
{
    if (!(fabs(got - want) <= 1e-12 * fabs(want)))
        fail_msg("%.17g, expected %.17g", got, want);
}

static const struct result *find(const struct run *run, const char *name)
{
    for (size_t i = 0; i < run->nresults; i++)
        if (!strcmp(run->results[i].bench.name, name))
            return &run->results[i];
    fail_msg("no result '%s'", name);
    return NULL;
}

static const char *value(const struct facts *f, const char *key)
{
    for (size_t i = 0; i < f->n; i++)
        if (!strcmp(f->all[i].key, key))
            return f->all[i].value;
    return "(none)";
}

static void test_round_trip(void **state)
{
    struct place *p = *state;
    struct run want = fixed_run(), got;
    write_run(p, &want);
    read_run(p, p->path, &got);
    assert_string_equal(got.uuid, want.uuid);
    assert_true(got.started == 1795189570);
    assert_true(got.seed == UINT64_MAX);
    assert_string_equal(got.suites, "core");
    assert_string_equal(got.profile, "quick");
    assert_string_equal(got.command, want.command);
    assert_string_equal(got.version, "0.1.0");
    assert_string_equal(got.host.fingerprint, want.host.fingerprint);
    assert_string_equal(got.host.name, "vm");
    assert_string_equal(value(&got.host.facts, "cpu.model"), "Test \"CPU\" \xc2\xb5");
    assert_string_equal(got.host.facts.all[0].title, "Address randomisation"); /* host.aslr is the first key */
    assert_string_equal(value(&got.host.facts, "cache.l3"), "12 MiB, shared by 4");
    assert_string_equal(value(&got.before, "load.5"), "1.5");
    assert_string_equal(got.build.hash, want.build.hash);
    assert_string_equal(value(&got.build.facts, "compiler"), "gcc 12.2.0");
    assert_string_equal(got.commit.hash, want.commit.hash);
    assert_string_equal(got.commit.subject, want.commit.subject);
    assert_true(got.commit.dirty);
    assert_int_equal(got.nresults, 4);

    const struct result *dot = find(&got, "dot/f32/avx2/n:384");
    assert_int_equal(dot->status, STATUS_OK);
    assert_string_equal(dot->bench.op, "dot");
    assert_string_equal(dot->bench.dtype, "f32");
    assert_string_equal(dot->bench.variant, "avx2");
    assert_string_equal(dot->bench.family, "dot/f32/avx2");
    assert_string_equal(dot->bench.hash, "0123456789abcdef");
    assert_int_equal(dot->bench.nparams, 1);
    assert_string_equal(dot->bench.params[0].name, "n");
    assert_int_equal(dot->bench.params[0].number, 384);
    assert_int_equal(dot->nrounds, 3);
    assert_close(dot->samples[0], 101e-9);
    assert_close(dot->samples[1], 104e-9);
    assert_close(dot->samples[2], 100e-9);
    assert_int_equal(dot->rounds[2].iterations, 3000);
    assert_close(dot->rounds[0].cpu_seconds, 99e-9);
    assert_true(dot->cost.items == 384 && dot->cost.flops == 768 && dot->cost.bytes == 3072);
    assert_int_equal(dot->summary.rounds, 3);
    assert_close(dot->summary.median, 101e-9);
    assert_true(isnan(dot->entry.threshold));

    const struct result *wrong = find(&got, "dot/f32/avx2/n:385");
    assert_int_equal(wrong->status, STATUS_WRONG);
    assert_string_equal(wrong->message, "element 3 is off by \"0.5\"\n\x01\xef\xbf\xbd");
    assert_int_equal(wrong->nsamples, 0);
    assert_int_equal(find(&got, "dot/f32/avx512/n:384")->status, STATUS_UNSUPPORTED);
    assert_string_equal(find(&got, "dot/f32/avx512/n:384")->message, "this CPU has no AVX-512");
    assert_int_equal(find(&got, "gemv/f32/ref/m:4/threads:2")->bench.threads, 2);
    assert_int_equal(find(&got, "gemv/f32/ref/m:4/threads:2")->bench.nparams, 1);
}

/* Written by Google Benchmark itself: 1.7.1 of Debian 12, and its development version of 2026-08. */
static void check_theirs(struct place *p, const char *path, const char *version, size_t nresults)
{
    struct run run;
    read_run(p, path, &run);
    assert_int_equal(run.nresults, nresults);
    assert_string_equal(run.host.name, "vm");
    assert_string_equal(value(&run.host.facts, "cpu.threads"), "2");
    assert_string_equal(value(&run.host.facts, "cache.l1d"), "48 KiB, shared by 1");
    assert_string_equal(run.version ? run.version : "", version);
    assert_int_equal(strlen(run.uuid), 32);
    assert_int_equal(strlen(run.host.fingerprint), 16);
    assert_null(run.commit.hash);
    assert_non_null(run.commit.why);
    const struct result *copy = find(&run, "copy/4096");
    assert_int_equal(copy->nrounds, 3);
    assert_true(copy->cost.bytes == 4096 && copy->cost.items == 1);
    assert_string_equal(copy->bench.family, "copy");
    assert_null(copy->bench.variant);
    assert_true(copy->summary.median > 0 && copy->summary.median < 1e-3);
    const struct result *wait = find(&run, "wait/n:3/real_time/threads:2"); /* in milliseconds */
    assert_int_equal(wait->bench.threads, 2);
    assert_true(wait->summary.median > 0 && wait->summary.median < 1e-6);
    assert_string_equal(wait->bench.params[0].name, "n");
    assert_int_equal(find(&run, "broken")->status, STATUS_FAILED);
    assert_string_equal(find(&run, "broken")->message, "no such file");
    if (nresults > 4)
        assert_int_equal(find(&run, "skipped")->status, STATUS_UNSUPPORTED);
    struct run again;
    read_run(p, path, &again);
    assert_string_equal(run.uuid, again.uuid);
    assert_string_equal(run.host.fingerprint, again.host.fingerprint);
    assert_string_equal(run.build.hash, again.build.hash);
}

static void test_theirs(void **state)
{
    check_theirs(*state, "tests/data/gbench_1.7.1.json", "", 4);
    check_theirs(*state, "tests/data/gbench_1.9.5.json", "v1.9.5-118-g267a1115", 5);
}

#define CTX  "{\"context\": {\"date\": \"2026-11-20T15:03:54+00:00\"}, \"benchmarks\": ["
#define TIME "\"iterations\": 10, \"real_time\": 2.5, \"cpu_time\": 2, \"time_unit\": \"us\"}"

static void read_text(struct place *p, const char *text, struct run *run)
{
    tree_put(&p->tree, "f.json", text);
    read_run(p, p->path, run);
}

static void test_aggregates_only(void **state)
{
    struct place *p = *state;
    struct run run;
    read_text(
        p,
        CTX "{\"name\":\"x/8_mean\",\"run_name\":\"x/8\",\"run_type\":\"aggregate\",\"aggregate_name\":\"mean\"," TIME
            ",{\"name\":\"x/8_median\",\"run_name\":\"x/8\",\"run_type\":\"aggregate\",\"aggregate_name\":\"median\","
            "\"aggregate_unit\":\"time\",\"iterations\":9,\"real_time\":3,\"cpu_time\":3,\"time_unit\":\"ms\"}"
            ",{\"name\":\"x/8_cv\",\"run_name\":\"x/8\",\"run_type\":\"aggregate\",\"aggregate_name\":\"cv\"," TIME
            ",{\"name\":\"y_stddev\",\"run_name\":\"y\",\"run_type\":\"aggregate\",\"aggregate_name\":\"stddev\"," TIME
            ",{\"name\":\"z\",\"big_o\":\"N\",\"real_coefficient\":1}]}",
        &run);
    assert_int_equal(run.nresults, 1);
    assert_int_equal(run.results[0].nrounds, 1);
    assert_close(run.results[0].samples[0], 3e-3);
    assert_string_equal(run.results[0].bench.params[0].name, "arg0");
    assert_int_equal(run.results[0].bench.params[0].number, 8);
}

static void test_mixed_rows(void **state)
{
    struct place *p = *state;
    struct run run;
    read_text(p,
              CTX "{\"name\":\"a\"," TIME ",{\"name\":\"b\"," TIME ",{\"name\":\"a\"," TIME
                  ",{\"name\":\"b\",\"error_occurred\":true,\"error_message\":\"late\"," TIME
                  ",{\"name\":\"zero\",\"iterations\":1,\"real_time\":0,\"cpu_time\":0,\"time_unit\":\"ns\"}"
                  ",{\"name\":\"n/a::b<x:y>/text:en/-7/real_time\",\"unknown\":{\"deep\":[1,{}]}," TIME "]}",
              &run);
    assert_int_equal(run.nresults, 4);
    assert_int_equal(find(&run, "a")->nrounds, 2);
    assert_int_equal(find(&run, "b")->status, STATUS_FAILED); /* one bad repetition is no good benchmark */
    assert_string_equal(find(&run, "b")->message, "late");
    assert_int_equal(find(&run, "zero")->status, STATUS_FAILED);
    const struct bench *b = &run.results[3].bench;
    assert_string_equal(b->family, "n/a::b<x:y>");
    assert_int_equal(b->nparams, 2);
    assert_string_equal(b->params[0].word, "en");
    assert_int_equal(b->params[1].number, -7);
}

/* What Google Benchmark writes that is no JSON. */
static void test_repaired(void **state)
{
    struct place *p = *state;
    struct run run;
    read_text(
        p,
        CTX "{\"name\":\"NaN \x01\\\" \xff inf\",\"c\": NaN,\"d\":-Infinity,\"e\":Infinity,\"f\":-nan,\"g\": inf," TIME
            "]}",
        &run);
    assert_string_equal(run.results[0].bench.name, "NaN ?\" ? inf");
    assert_int_equal(run.results[0].nrounds, 1);
}

struct refused {
    const char *text, *message;
};

static void test_refused(void **state)
{
    static const struct refused cases[] = {
        { "", ":1:0: not JSON" },
        { "{\n  \"context\": {\n  \"a\" 5}}", ":3:" },
        { CTX "{\"name\":\"a\"," TIME, "not JSON" },
        { CTX "]} trailing", "not JSON" },
        { "\x7f"
          "ELF\x02",
          "not JSON" },
        { "[]", "expected Google Benchmark JSON" },
        { "5", "not JSON" },
        { "{\"context\":{}}", "no list \"benchmarks\"" },
        { "{\"benchmarks\":{}}", "no list \"benchmarks\"" },
        { "{\"context\":[],\"benchmarks\":[]}", "\"context\" is no object" },
        { "{\"context\":{\"json_schema_version\":2},\"benchmarks\":[]}", "json_schema_version" },
        { "{\"context\":{\"date\":\"yesterday\"},\"benchmarks\":[]}", "context.date is 'yesterday'" },
        { CTX "7]}", "benchmarks[0] is no object" },
        { CTX "{}]}", "\"name\" is missing" },
        { CTX "{\"name\":\"\"," TIME "]}", "\"name\" is missing or empty" },
        { CTX "{\"name\":5," TIME "]}", "\"name\" is missing or empty, expected a string" },
        { CTX "{\"name\":\"a\"}]}", "benchmarks[0] 'a': \"time_unit\"" },
        { CTX "{\"name\":\"a\",\"time_unit\":\"h\"}]}", "\"time_unit\" is not one of" },
        { CTX "{\"name\":\"a\",\"time_unit\":\"ns\"}]}", "\"real_time\" is missing, expected a number" },
        { CTX "{\"name\":\"a\",\"time_unit\":\"ns\",\"real_time\":\"5\"}]}", "\"real_time\" is no finite number" },
        { CTX "{\"name\":\"a\",\"time_unit\":\"ns\",\"real_time\":NaN}]}", "\"real_time\" is no finite number" },
        { CTX "{\"name\":\"a\",\"time_unit\":\"ns\",\"real_time\":-5}]}", "\"real_time\" is negative" },
        { CTX "{\"name\":\"a\",\"time_unit\":\"ns\",\"real_time\":1e999}]}", "not JSON" },
        { CTX "{\"name\":\"a\",\"time_unit\":\"ns\",\"real_time\":5}]}", "\"iterations\" is missing" },
        { CTX "{\"name\":\"a\",\"time_unit\":\"ns\",\"real_time\":5,\"iterations\":0}]}",
          "\"iterations\" is not between" },
        { CTX "{\"name\":\"a\",\"time_unit\":\"ns\",\"real_time\":5,\"iterations\":1,\"cpu_time\":-1}]}",
          "\"cpu_time\" is neg" },
        { CTX "{\"name\":\"a\",\"run_type\":\"strange\"," TIME "]}", "\"run_type\" is neither" },
        { CTX "{\"name\":\"a\"," TIME ",{\"name\":\"b\"}]}", "benchmarks[1] 'b'" },
    };
    struct place *p = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run run;
        struct err e = { 0 };
        tree_put(&p->tree, "f.json", cases[i].text);
        assert_int_equal(gbench_read(&p->m, p->path, &run, &e), -1);
        assert_int_equal(e.kind, EXIT_USAGE);
        if (!strstr(e.text, cases[i].message) || !strstr(e.text, p->path))
            fail_msg("case %zu: '%s', expected '%s'", i, e.text, cases[i].message);
    }
}

static void assert_refused(struct place *p, const char *path, const char *message)
{
    struct run run;
    struct err e = { 0 };
    assert_int_equal(gbench_read(&p->m, path, &run, &e), -1);
    assert_int_equal(e.kind, EXIT_USAGE);
    if (!strstr(e.text, message))
        fail_msg("'%s', expected '%s'", e.text, message);
}

static void test_bombs(void **state)
{
    enum { DEPTH = 1000000 };
    struct place *p = *state;
    char *bomb = malloc(DEPTH);
    assert_non_null(bomb);
    memset(bomb, '[', DEPTH);
    tree_write(&p->tree, "f.json", bomb, DEPTH);
    assert_refused(p, p->path, "depth");
    free(bomb);
    char name[10001], text[12000];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    snprintf(text, sizeof text, CTX "{\"name\":\"%s\"," TIME "]}", name);
    tree_put(&p->tree, "f.json", text);
    assert_refused(p, p->path, "longer than 4096 bytes");
    tree_put(&p->tree, "f.json", "");
    assert_int_equal(truncate(p->path, ((off_t)256 << 20) + 1), 0);
    assert_refused(p, p->path, "larger than 256 MiB");
    assert_refused(p, p->tree.root, "Is a directory");
    assert_refused(p, "/no/such/file.json", "No such file");
}

/* Cut anywhere, our file is refused or read, never trusted half and never a crash. */
static void test_truncated(void **state)
{
    struct place *p = *state;
    struct run run = fixed_run(), got;
    size_t len;
    write_run(p, &run);
    char *whole = tree_slurp(p->path, &len);
    for (size_t n = 0; n < len; n += 1 + n % 7) {
        struct err e = { 0 };
        tree_write(&p->tree, "f.json", whole, n);
        int rc = gbench_read(&p->m, p->path, &got, &e);
        if (!rc && n + 2 < len)
            fail_msg("%zu of %zu bytes were accepted", n, len);
    }
    free(whole);
}

/* Single bytes changed at random: an answer or a refusal, nothing else (sanitizers watch). */
static void test_mutations(void **state)
{
    struct place *p = *state;
    struct run run = fixed_run(), got;
    size_t len, refused = 0;
    uint64_t x = 88172645463325252u;
    write_run(p, &run);
    char *whole = tree_slurp(p->path, &len);
    for (int i = 0; i < 400; i++) {
        struct mem m = { 0 };
        struct err e = { 0 };
        x ^= x << 13, x ^= x >> 7, x ^= x << 17; /* xorshift64, Marsaglia 2003 */
        size_t at = (size_t)(x % len);
        char old = whole[at];
        whole[at] = (char)(x >> 32);
        tree_write(&p->tree, "f.json", whole, len);
        if (gbench_read(&m, p->path, &got, &e)) {
            assert_int_equal(e.kind, EXIT_USAGE);
            assert_true(*e.text);
            refused++;
        }
        whole[at] = old;
        mem_free(&m);
    }
    assert_true(refused > 50);
    free(whole);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_golden),     CASE(test_always_json), CASE(test_full_disk),       CASE(test_jsonout),
        CASE(test_round_trip), CASE(test_theirs),      CASE(test_aggregates_only), CASE(test_mixed_rows),
        CASE(test_repaired),   CASE(test_refused),     CASE(test_bombs),           CASE(test_truncated),
        CASE(test_mutations),
    };
    return cmocka_run_group_tests_name("gbench", tests, NULL, NULL);
}
