/* SPDX-License-Identifier: Apache-2.0
 * The worker protocol: what goes in comes out, and nothing else is accepted. */
#include "harness/measure/protocol.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A copy that may be written to. */
static char *line(struct mem *m, const char *text)
{
    return mem_dup(m, text);
}

static void words_come_back(void **state)
{
    (void)state;
    static const char *const words[] = { "",
                                         "%",
                                         "plain",
                                         "a b",
                                         "line\nbreak\r\t",
                                         "\"quoted\" `x` $(y)",
                                         "\x01\x7f\xff\xc3\xa4",
                                         "%20",
                                         " lead and trail ",
                                         "a%" };
    enum { N = sizeof words / sizeof *words };
    struct buf b = { 0 };
    for (int i = 0; i < N; i++)
        wire_word(&b, words[i]);
    wire_end(&b);
    assert_ptr_equal(strchr(b.data, '\n'), b.data + b.len - 1);
    for (size_t i = 0; i < b.len - 1; i++)
        assert_in_range(b.data[i], ' ', '~');
    b.data[b.len - 1] = '\0';
    struct wire w = wire_read(b.data);
    for (int i = 0; i < N; i++)
        assert_string_equal(wire_take(&w), words[i]);
    assert_true(wire_done(&w));
    assert_null(wire_take(&w));
    assert_true(w.bad);
    buf_free(&b);
}

static void bad_words_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", " a", "a%", "a%2", "%2", "%zz", "%2G", "%C3", "%00", "a%00b", "a\tb", "a\x80"
    };
    struct mem m = { 0 };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct wire w = wire_read(line(&m, bad[i]));
        assert_null(wire_take(&w));
        assert_true(w.bad);
        assert_false(wire_done(&w));
    }
    mem_free(&m);
}

static void numbers_are_only_digits(void **state)
{
    (void)state;
    static const char *const bad[] = { "-1",
                                       "+1",
                                       "1.0",
                                       "1e3",
                                       "nan",
                                       "inf",
                                       "0x10",
                                       "%",
                                       "1%20",
                                       "%20",
                                       "11",
                                       "18446744073709551616",
                                       "99999999999999999999999999",
                                       "\xc2\xb2" };
    struct mem m = { 0 };
    uint64_t n;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct wire w = wire_read(line(&m, bad[i]));
        if (wire_take_number(&w, 10, &n))
            fail_msg("'%s' was taken as %llu", bad[i], (unsigned long long)n);
        assert_int_equal(n, 0);
        assert_true(w.bad);
    }
    struct wire w = wire_read(line(&m, "18446744073709551615 10"));
    assert_true(wire_take_number(&w, UINT64_MAX, &n) && n == UINT64_MAX);
    assert_true(wire_take_number(&w, 10, &n) && n == 10 && wire_done(&w));
    mem_free(&m);
}

static void reals_are_exact(void **state)
{
    (void)state;
    static const double numbers[] = { 0, -0.0, 0.1, -1e300, 5e-324, INFINITY };
    struct buf b = { 0 };
    for (int i = 0; i < 6; i++)
        wire_real(&b, numbers[i]);
    wire_real(&b, NAN);
    struct wire w = wire_read(b.data);
    double x;
    for (int i = 0; i < 6; i++) {
        assert_true(wire_take_real(&w, &x));
        assert_memory_equal(&x, &numbers[i], sizeof x);
    }
    assert_true(wire_take_real(&w, &x) && isnan(x) && wire_done(&w));
    buf_free(&b);
    static const char *const bad[] = { "0", "0000000000000000g", "000000000000000", "00000000000000000",
                                       "ABCDEFABCDEFABCD" };
    struct mem m = { 0 };
    for (int i = 0; i < 5; i++) {
        w = wire_read(line(&m, bad[i]));
        assert_false(wire_take_real(&w, &x));
        assert_true(isnan(x));
    }
    mem_free(&m);
}

static void a_job_comes_back(void **state)
{
    (void)state;
    static const struct km_param params[] = { { "n", NULL, -5 }, { "text", "a b", 0 }, { "\n", "", 0 } };
    struct wire_job job = { .op = "gemv",
                            .dtype = "f32",
                            .variant = "ref",
                            .name = "gemv/\"x\"\n",
                            .seed = UINT64_MAX,
                            .run_seed = 3,
                            .round = 4,
                            .threads = 5,
                            .counters = "cycles:u,a b",
                            .params = params,
                            .nparams = 3 };
    struct buf b = { 0 };
    struct mem m = { 0 };
    struct wire_job got;
    wire_put_job(&b, &job);
    struct wire w = wire_read(line(&m, b.data));
    assert_true(wire_take_exactly(&w, "job"));
    assert_int_equal(wire_get_job(&m, &w, &got), 0);
    assert_string_equal(got.op, "gemv");
    assert_string_equal(got.name, job.name);
    assert_string_equal(got.data_dir, "");
    assert_string_equal(got.fake, "");
    assert_string_equal(got.counters, "cycles:u,a b");
    assert_true(got.seed == UINT64_MAX && got.run_seed == 3 && got.round == 4 && got.threads == 5 && got.nparams == 3);
    assert_true(got.params[0].number == -5 && !got.params[0].word);
    assert_string_equal(got.params[1].word, "a b");
    assert_string_equal(got.params[2].name, "\n");
    assert_string_equal(got.params[2].word, "");
    buf_free(&b);
    mem_free(&m);
}

/* Every beginning of a message, and every message with something behind it, is no message. */
static void a_cut_job_is_refused(void **state)
{
    (void)state;
    static const char whole[] = "gemv f32 ref name 1 2 3 4 dir fake events 2 n n 5 text w english";
    struct mem m = { 0 };
    struct wire_job got;
    for (size_t len = 0; len <= strlen(whole); len++) {
        struct wire w = wire_read(mem_dupn(&m, whole, len));
        /* A shorter last word is still a word. */
        bool complete = len > strlen(whole) - strlen("english");
        assert_int_equal(wire_get_job(&m, &w, &got), complete ? 0 : -1);
    }
    static const char *const bad[] = { "gemv f32 ref name 1 2 3 4 dir fake events 0 more",
                                       "gemv f32 ref name 1 2 3 4 dir fake events 1 n x 5",
                                       "gemv f32 ref name -1 2 3 4 dir fake events 0",
                                       "gemv f32 ref name 1 2 3 4097 dir fake events 0",
                                       "gemv f32 ref name 1 2 3 4 dir fake events 99999999999" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct wire w = wire_read(line(&m, bad[i]));
        assert_int_equal(wire_get_job(&m, &w, &got), -1);
    }
    mem_free(&m);
}

static void samples_come_back_in_their_number(void **state)
{
    (void)state;
    uint64_t ns[3] = { 1, 0, WIRE_TIME_MAX }, room[3];
    struct wire_samples sent = { ns, 3, 7, 8, 9 }, got = { .ns = room };
    struct buf b = { 0 };
    struct mem m = { 0 };
    wire_put_samples(&b, &sent);
    struct wire w = wire_read(line(&m, b.data));
    assert_true(wire_take_exactly(&w, "samples"));
    assert_int_equal(wire_get_samples(&w, 3, &got), 0);
    assert_memory_equal(ns, room, sizeof ns);
    assert_true(got.count == 3 && got.cpu == 7 && got.faults == 8 && got.switches == 9);
    for (uint64_t other = 0; other < 5; other++) {
        w = wire_read(line(&m, b.data));
        wire_take(&w);
        if (other != 3)
            assert_int_equal(wire_get_samples(&w, other, &got), -1);
    }
    w = wire_read(line(&m, "1 0 0 0 1000000000000000001"));
    assert_int_equal(wire_get_samples(&w, 1, &got), -1);
    buf_free(&b);
    mem_free(&m);
}

static void metrics_say_why(void **state)
{
    (void)state;
    struct metric rows[] = { { .name = "cycles", .unit = "cycles", .value = 12.5 },
                             { .name = "ipc", .unit = "", .value = NAN, .why = "no counter" } };
    struct metric got[WIRE_METRICS_MAX];
    struct buf b = { 0 };
    struct mem m = { 0 };
    size_t n;
    wire_put_metrics(&b, rows, 2);
    struct wire w = wire_read(line(&m, b.data));
    assert_true(wire_take_exactly(&w, "counters"));
    assert_int_equal(wire_get_metrics(&w, got, &n), 0);
    assert_int_equal(n, 2);
    assert_true(got[0].value == 12.5 && !got[0].why && isnan(got[1].value));
    assert_string_equal(got[1].why, "no counter");
    static const double impossible[] = { -1, INFINITY, NAN };
    for (int i = 0; i < 3; i++) {
        b.len = 0;
        wire_put_metrics(&b, &(struct metric){ .name = "x", .unit = "y", .value = impossible[i] }, 1);
        w = wire_read(line(&m, b.data));
        wire_take(&w);
        assert_int_equal(wire_get_metrics(&w, got, &n), -1);
    }
    buf_free(&b);
    mem_free(&m);
}

static void text_is_cleaned(void **state)
{
    (void)state;
    static const struct {
        const char *dirty, *clean;
    } rows[] = {
        { "", "" },
        { "  \n ", "" },
        { "plain", "plain" },
        { " a\tb\n", "a b" },
        { "\x1b[31mred", "[31mred" },
        { "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80" },
        { "a\xff\xc3", "a??" },
        { "\xc0\x80", "??" },      /* overlong */
        { "\xed\xa0\x80", "???" }, /* surrogate */
        { "x\xc2\x9b"
          "1my",
          "x 1my" }, /* a control character of Latin-1 that terminals obey */
        { "\x7f"
          "a",
          "a" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[64];
        snprintf(text, sizeof text, "%s", rows[i].dirty);
        wire_clean(text);
        assert_string_equal(text, rows[i].clean);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_come_back),
        cmocka_unit_test(bad_words_are_refused),
        cmocka_unit_test(numbers_are_only_digits),
        cmocka_unit_test(reals_are_exact),
        cmocka_unit_test(a_job_comes_back),
        cmocka_unit_test(a_cut_job_is_refused),
        cmocka_unit_test(samples_come_back_in_their_number),
        cmocka_unit_test(metrics_say_why),
        cmocka_unit_test(text_is_cleaned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
