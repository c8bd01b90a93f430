/* SPDX-License-Identifier: Apache-2.0
 * Suite files: what good ones become, and that every bad one is one message with its place. */
#include "harness/base/buf.h"
#include "harness/plan/scalar.h"
#include "harness/plan/suite.h"
#include "harness/plan/words.h"
#include "harness/plan/yaml.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

/* Three lines of a suite, so that what follows begins on line 4, and one benchmark behind that. */
#define HEAD  "name: s\ntitle: T\nwhy: W\n"
#define BENCH HEAD "benchmarks:\n  - operation: dot\n    dtype: f32\n    why: W\n"

struct bad {
    const char *what, *text, *place, *fragment;
};

static const struct bad bad[] = {
    /* the file */
    { "empty", "", "f:1:1", "the file is empty" },
    { "only a comment", "# nothing\n", "f:2:1", "the file is empty" },
    { "only a null", "~\n", "f:1:1", "expected a suite as a map" },
    { "not a map", "- a\n- b\n", "f:1:1", "expected a suite as a map (key: value), got a list" },
    { "two documents", BENCH "---\n" BENCH, "f:8:1", "a second document" },
    { "tab indentation", HEAD "benchmarks:\n\t- operation: dot\n", "f:5:1", "tab in the indentation" },
    { "tab inside an entry", HEAD "benchmarks:\n  - operation: dot\n\t  dtype: f32\n", "f:6:1", "tab" },
    { "unclosed list", "name: [a\n", "f:2:1", "not valid YAML" },
    { "unclosed quote", "name: \"a\n", "f:2:1", "not valid YAML" },
    { "anchor", "name: &a s\n", "f:1:7", "anchors (&name) are not allowed" },
    { "anchored list", "name: s\nbenchmarks: &b [1]\n", "f:2:13", "anchors (&name) are not allowed" },
    { "alias", "name: s\ntitle: *a\n", "f:2:8", "aliases (*name) are not allowed" },
    { "tag", "name: !!str s\n", "f:1:7", "tags (!name) are not allowed" },
    { "tagged map", "!map {name: s}\n", "f:1:1", "tags (!name) are not allowed" },
    { "invalid UTF-8", "name: s\ntitle: \"a\xff\"\n", "f:2:10", "not valid UTF-8" },
    { "overlong UTF-8", "name: \xc0\xaf\n", "f:1:7", "not valid UTF-8" },
    { "surrogate", "title: \xed\xa0\x80\n", "f:1:8", "not valid UTF-8" },
    { "cut UTF-8", "title: \xc3", "f:1:8", "not valid UTF-8" },
    { "Latin-1 behind UTF-8", "title: \xc3\xa9\xe9\n", "f:1:9", "not valid UTF-8" },
    { "escape character", "name: s\ntitle: a\x1b[2J\n", "f:2:9", "control character 0x1b" },
    { "escaped escape character", HEAD "threshold: \"\\e[2J\"\n", "f:4:12", "got '?[2J'" },
    { "escaped NUL", "name: \"a\\0b\"\n", "f:1:7", "NUL character" },
    { "a list as key", "[a, b]: c\n", "f:1:1", "a key must be a word, not a list" },
    { "U+FFFE", "title: \xef\xbf\xbe\n", "f:1:8", "not valid YAML" },

    /* keys */
    { "unknown key", HEAD "thresold: 10%\n", "f:4:1",
      "unknown key 'thresold' in a suite; did you mean 'threshold'? Known: name, title, why, threshold, metrics, "
      "profiles, "
      "benchmarks" },
    { "unknown key without a neighbour", HEAD "zzz: 1\n", "f:4:1", "unknown key 'zzz' in a suite; known: name" },
    { "unknown key of a benchmark", BENCH "    variant: ref\n", "f:8:5", "did you mean 'variants'?" },
    { "unknown key of a profile", HEAD "profiles: {quick: {rounds: 3}}\n", "f:4:20",
      "unknown key 'rounds' in a profile" },
    { "duplicate key", HEAD "title: U\n", "f:4:1", "key 'title' is given twice in a suite" },
    { "duplicate key of a benchmark", BENCH "    dtype: f16\n", "f:8:5", "key 'dtype' is given twice" },
    { "duplicate parameter", BENCH "    parameters: {n: 1, n: 2}\n", "f:8:24", "a parameter 'n' is given twice" },
    { "duplicate profile", HEAD "profiles:\n  a: {}\n  a: {}\n", "f:6:3", "profile 'a' is given twice" },
    { "missing key", "name: s\ntitle: T\nbenchmarks: [{operation: dot, dtype: f32, why: W}]\n", "f:1:1",
      "a suite lacks the key 'why'" },
    { "missing key of a benchmark", HEAD "benchmarks:\n  - operation: dot\n    dtype: f32\n", "f:5:5",
      "a benchmark lacks the key 'why'" },
    { "merge key", BENCH "    <<: {dtype: f16}\n", "f:8:5", "unknown key '<<'" },

    /* types */
    { "list for text", "name: s\ntitle: [T]\n", "f:2:8", "title: expected text, got a list" },
    { "map for text", "name: s\ntitle: {a: b}\n", "f:2:8", "title: expected text, got a map" },
    { "nothing for text", "name: s\ntitle:\nwhy: W\n", "f:2:7", "title: expected text, got nothing" },
    { "empty text", "name: s\ntitle: ''\n", "f:2:8", "title: expected text" },
    { "two lines", "name: s\ntitle: \"a\\nb\"\n", "f:2:8", "one line of printable text, got 'a?b'" },
    { "block of two lines", "name: s\ntitle: |\n  a\n  b\n", "f:2:8", "one line of printable text" },
    { "line separator", "name: s\ntitle: \"a\\u2028b\"\n", "f:2:8", "one line of printable text" },
    { "next-line character", "name: s\ntitle: \"a\\u009bb\"\n", "f:2:8", "one line of printable text, got 'a??b'" },
    { "name with a slash", "name: a/b\n", "f:1:7", "a name of letters, digits" },
    { "name that climbs", "name: ..\n", "f:1:7", "a name of letters, digits" },
    { "name with a shell in it", "name: $(reboot)\n", "f:1:7", "got '$(reboot)'" },
    { "benchmarks as a map", HEAD "benchmarks: {operation: dot}\n", "f:4:13", "benchmarks: expected a list" },
    { "benchmark as text", HEAD "benchmarks: [dot]\n", "f:4:14", "expected a benchmark as a map" },
    { "no benchmarks", HEAD "benchmarks: []\n", "f:4:13", "benchmarks: the list is empty" },
    { "profiles as a list", HEAD "profiles: [quick]\n", "f:4:11", "profiles: expected a map" },
    { "profile with a bad name", HEAD "profiles: {'a b': {}}\n", "f:4:12", "'a b' is no name of profile" },
    { "parameters as a list", BENCH "    parameters: [n]\n", "f:8:17", "parameters: expected a map" },
    { "parameter without value", BENCH "    parameters: {n: }\n", "f:8:21",
      "n: expected a number or a word, got nothing" },
    { "parameter list without value", BENCH "    parameters: {n: []}\n", "f:8:21", "n: the list is empty" },
    { "parameter list of lists", BENCH "    parameters: {n: [[1]]}\n", "f:8:22", "got a list" },
    { "parameter with a bad word", BENCH "    parameters: {n: 'a/b'}\n", "f:8:21", "n: expected a number or a word" },
    { "variants as a map", BENCH "    variants: {ref: 1}\n", "f:8:15", "variants: expected a name" },
    { "unknown priority", BENCH "    priority: urgent\n", "f:8:15", "expected one of critical, high, medium, low" },
    { "unknown mode", BENCH "    mode: percall\n", "f:8:11", "expected one of batch, per_call" },
    { "unit as text", BENCH "    unit: us\n", "f:8:11", "expected a unit as a map" },
    { "unit without of", BENCH "    unit: {per: 100}\n", "f:8:11", "a unit lacks the key 'of'" },

    /* numbers */
    { "10x", BENCH "    parameters: {n: 10x}\n", "f:8:21", "n: expected a whole number such as 384, got '10x'" },
    { "010", BENCH "    parameters: {n: 010}\n", "f:8:21", "got '010'" },
    { "0x10", BENCH "    parameters: {n: 0x10}\n", "f:8:21", "got '0x10'" },
    { "1e3", BENCH "    parameters: {n: 1e3}\n", "f:8:21", "got '1e3'" },
    { "1_000", BENCH "    parameters: {n: 1_000}\n", "f:8:21", "got '1_000'" },
    { "1.0", BENCH "    parameters: {n: 1.0}\n", "f:8:21", "got '1.0'" },
    { "+1", BENCH "    parameters: {n: +1}\n", "f:8:21", "got '+1'" },
    { "too many digits", BENCH "    parameters: {n: 99999999999999999999}\n", "f:8:21", "whole number" },
    { "quoted number for a count", HEAD "profiles: {p: {calls: '10'}}\n", "f:4:23", "calls: expected a whole number" },
    { "count of zero", HEAD "profiles: {p: {calls: 0}}\n", "f:4:23", "it must be from 1 to 1000000" },
    { "negative count", HEAD "profiles: {p: {calls: -5}}\n", "f:4:23", "'-5' is out of range" },
    { "threads by name", BENCH "    threads: all\n", "f:8:14",
      "threads: expected a whole number such as 4, or host, got 'all'" },
    { "threads in a map", BENCH "    threads: {from: 1}\n", "f:8:14", "threads: expected a whole number" },
    { "zero threads", BENCH "    threads: [1, 0]\n", "f:8:18", "threads: '0' is out of range" },
    { "per zero", BENCH "    unit: {per: 0, of: x}\n", "f:8:17", "per: '0' is out of range" },
    { "duration without unit", BENCH "    target: 10\n", "f:8:13",
      "target: expected a duration such as 20ms, 1.5s or 10us, got '10'" },
    { "duration with a wrong unit", BENCH "    target: 10 sec\n", "f:8:13", "got '10 sec'" },
    { "duration with two spaces", BENCH "    target: 10  us\n", "f:8:13", "expected a duration" },
    { "negative duration", BENCH "    target: -1us\n", "f:8:13", "expected a duration" },
    { "zero duration", BENCH "    target: 0us\n", "f:8:13", "out of range" },
    { "duration of years", BENCH "    target: 999999h\n", "f:8:13", "out of range" },
    { "duration nan", BENCH "    target: nan\n", "f:8:13", "expected a duration" },
    { "percent without sign", HEAD "threshold: 0.1\n", "f:4:12", "expected a percentage such as 10%, got '0.1'" },
    { "percent of text", HEAD "threshold: ten%\n", "f:4:12", "expected a percentage" },
    { "zero percent", HEAD "threshold: 0%\n", "f:4:12", "it must be from 0.1% to 1000%" },
    { "negative percent", HEAD "threshold: -10%\n", "f:4:12", "expected a percentage" },
    { "size without unit", HEAD "profiles: {p: {memory: 512}}\n", "f:4:24", "expected a size such as 512MiB" },
    { "size with a wrong unit", HEAD "profiles: {p: {memory: 512M}}\n", "f:4:24", "expected a size" },
    { "size too small", HEAD "profiles: {p: {memory: 1KiB}}\n", "f:4:24", "out of range" },
    { "rounds that contradict", HEAD "profiles: {p: {min_rounds: 9, max_rounds: 3}}\n", "f:4:12",
      "profile 'p': min_rounds (9) is above max_rounds (3)" },
    { "rounds that contradict the built-in ones", HEAD "profiles: {quick: {max_rounds: 2}}\n", "f:4:12",
      "min_rounds (6) is above max_rounds (2)" },

    /* ranges and targets */
    { "range without step", BENCH "    parameters: {n: {from: 1, to: 9}}\n", "f:8:21", "either times or step" },
    { "range with both", BENCH "    parameters: {n: {from: 1, to: 9, times: 2, step: 1}}\n", "f:8:21", "either" },
    { "range backwards", BENCH "    parameters: {n: {from: 9, to: 1, step: 1}}\n", "f:8:21", "the range is empty" },
    { "range from zero", BENCH "    parameters: {n: {from: 0, to: 9, times: 2}}\n", "f:8:21", "cannot begin at 0" },
    { "range times one", BENCH "    parameters: {n: {from: 1, to: 9, times: 1}}\n", "f:8:45", "out of range" },
    { "range of millions", BENCH "    parameters: {n: {from: 1, to: 2147483647, step: 1}}\n", "f:8:21",
      "more than 10000" },
    { "target without value", BENCH "    target: [{cpu: A53}]\n", "f:8:14", "a target lacks the key 'value'" },
    { "target never reached", BENCH "    target: [{value: 1us}, {cpu: A53, value: 2us}]\n", "f:8:28", "never reached" },
    { "target list of durations", BENCH "    target: [1us]\n", "f:8:14", "expected a target as a map" },
};

static void check_bad(const struct bad *b, const char *text, size_t len)
{
    struct mem m = { NULL };
    struct suite s;
    struct err e = { 0 };
    char start[64];
    snprintf(start, sizeof start, "%s: ", b->place);
    if (suite_parse(&m, "f", text, len, &s, &e) == 0)
        fail_msg("%s: accepted", b->what);
    if (strncmp(e.text, start, strlen(start)) != 0 || !strstr(e.text, b->fragment))
        fail_msg("%s: expected %s... %s\n     got %s", b->what, start, b->fragment, e.text);
    assert_int_equal(e.kind, EXIT_USAGE);
    for (const char *c = e.text; *c; c++)
        if ((unsigned char)*c < 0x20)
            fail_msg("%s: the message holds control character %d", b->what, *c);
    mem_free(&m);
}

static void bad_suites(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        check_bad(&bad[i], bad[i].text, strlen(bad[i].text));
}

static void bad_bytes(void **state)
{
    (void)state;
    static const char nul[] = "name: s\nti\0tle: T\n";
    check_bad(&(struct bad){ "NUL byte", nul, "f:2:3", "control character 0x00" }, nul, sizeof nul - 1);
    struct buf deep = { 0 };
    for (int i = 0; i < 2000; i++)
        buf_putc(&deep, '[');
    check_bad(&(struct bad){ "deep flow", NULL, "f:1:17", "nested deeper than 16 levels" }, deep.data, deep.len);
    buf_free(&deep);
    for (int i = 0; i < 2000; i++)
        buf_puts(&deep, "- ");
    check_bad(&(struct bad){ "deep blocks", NULL, "f:1:33", "nested deeper than 16 levels" }, deep.data, deep.len);
    buf_free(&deep);
    buf_puts(&deep, HEAD "profiles:\n");
    for (int i = 0; i < 100; i++)
        buf_printf(&deep, "  p%d: {}\n", i);
    check_bad(&(struct bad){ "many profiles", NULL, "f:5:3", "more than 64 entries" }, deep.data, deep.len);
    buf_free(&deep);
    buf_puts(&deep, BENCH "    parameters:\n      n: [1");
    for (int i = 0; i < 10000; i++)
        buf_puts(&deep, ",1");
    buf_puts(&deep, "]\n");
    check_bad(&(struct bad){ "many values", NULL, "f:9:10", "more than 10000 values" }, deep.data, deep.len);
    buf_free(&deep);
    buf_puts(&deep, HEAD "benchmarks: ");
    for (int i = 0; i < 1100; i++)
        buf_puts(&deep, "x");
    check_bad(&(struct bad){ "long word", NULL, "f:4:13", "xxx...'" }, deep.data, deep.len);
    buf_free(&deep);
}

static void huge_file(void **state)
{
    (void)state;
    struct mem m = { NULL };
    struct suite s;
    struct err e = { 0 };
    size_t len = YAML_MAX_BYTES + 1;
    char *text = mem_alloc(&m, len);
    memset(text, '#', len);
    assert_int_equal(suite_parse(&m, "f", text, len, &s, &e), -1);
    assert_string_equal(e.text, "f: larger than 1048576 bytes; split the suite");
    assert_int_equal(e.kind, EXIT_USAGE);
    assert_int_equal(suite_parse(&m, "f", text, len - 1, &s, &e), -1);
    assert_non_null(strstr(e.text, "the file is empty"));
    mem_free(&m);
}

static const char good[] = "name: my-suite.v2\n"
                           "title: >\n"
                           "  A \"title\" | with `all` $(that) <script>alert('x')</script>\n"
                           "why: 'It''s here, ünïcödé too ✓'\n"
                           "threshold: 2.5%\n"
                           "profiles:\n"
                           "  quick: {budget: 1 s}\n"
                           "  reference: {mode: per_call, warmup_calls: 100, calls: 1000, memory: 512MiB}\n"
                           "benchmarks:\n"
                           "  - operation: gemv\n"
                           "    dtype: f32\n"
                           "    parameters:\n"
                           "      m: {from: 64, to: 1000, times: 4}\n"
                           "      k: [1, 384]\n"
                           "      text: \"384\"\n"
                           "      s: {from: 0, to: 10, step: 5}\n"
                           "    variants: [ref, avx2]\n"
                           "    threads: [1, 2, host]\n"
                           "    section: A | B\n"
                           "    component: '{m} `x`'\n"
                           "    why: 10\n"
                           "    unit: {per: 100, of: characters}\n"
                           "    target:\n"
                           "      - {cpu: A53, value: 1.5 µs}\n"
                           "      - {value: 2ms}\n"
                           "    priority: critical\n"
                           "    threshold: 20 %\n"
                           "    mode: per_call\n"
                           "  - {operation: dot, dtype: f32, why: w, unit: {per: 1, of: block}, target: 10us}\n";

static void check_first(const struct suite_bench *b)
{
    assert_int_equal(b->nparams, 4);
    assert_int_equal(b->params[0].nvalues, 2);
    assert_int_equal(b->params[0].values[0].number, 64);
    assert_int_equal(b->params[0].values[1].number, 256);
    assert_int_equal(b->params[1].values[1].number, 384);
    assert_null(b->params[1].values[1].word);
    assert_int_equal(b->params[1].values[1].line, 14);
    assert_int_equal(b->params[1].values[1].column, 14);
    assert_string_equal(b->params[2].values[0].word, "384");
    assert_int_equal(b->params[3].nvalues, 3);
    assert_int_equal(b->params[3].values[2].number, 10);
    assert_int_equal(b->nvariants, 2);
    assert_string_equal(b->variants[1].word, "avx2");
    assert_int_equal(b->nthreads, 3);
    assert_int_equal(b->threads[1].number, 2);
    assert_null(b->threads[1].word);
    assert_string_equal(b->threads[2].word, "host");
    assert_string_equal(b->entry.section, "A | B");
    assert_string_equal(b->entry.why, "10");
    assert_string_equal(b->entry.unit, "per 100 characters");
    assert_true(b->entry.unit_items == 100);
    assert_int_equal(b->ntargets, 2);
    assert_true(b->targets[0].seconds == 1.5e-6);
    assert_string_equal(b->targets[0].cpu, "A53");
    assert_null(b->targets[1].cpu);
    assert_true(b->entry.threshold == 0.2);
    assert_true(b->has_mode);
    assert_int_equal(b->mode, MODE_PER_CALL);
}

static void good_suite(void **state)
{
    (void)state;
    struct mem m = { NULL };
    struct suite s;
    struct err e = { 0 };
    if (suite_parse(&m, "f", good, strlen(good), &s, &e))
        fail_msg("%s", e.text);
    assert_string_equal(s.name, "my-suite.v2");
    assert_string_equal(s.title, "A \"title\" | with `all` $(that) <script>alert('x')</script>");
    assert_true(s.threshold == 0.025);
    assert_int_equal(s.nbenches, 2);
    check_first(&s.benches[0]);
    const struct suite_bench *second = &s.benches[1];
    assert_null(second->variants);
    assert_null(second->threads);
    assert_string_equal(second->entry.suite, "my-suite.v2");
    assert_string_equal(second->entry.section, s.title);
    assert_string_equal(second->entry.component, "dot/f32");
    assert_string_equal(second->entry.unit, "per block");
    assert_true(second->entry.threshold == 0.025);
    assert_true(second->targets[0].seconds == 1e-5);
    assert_null(second->entry.priority);
    assert_false(second->has_mode);
    mem_free(&m);
}

/* Whatever a slip of the keyboard makes of a file: accepted, or refused with a place; never anything else. */
static void slips_of_the_keyboard(void **state)
{
    (void)state;
    static const char keys[] = "\n\t -:{}[],'\"#&*!|>%@`?~0x.\\\xc3\xff";
    uint32_t random = 12345;
    size_t accepted = 0, refused = 0;
    for (int turn = 0; turn < 3000; turn++) {
        char text[sizeof good];
        memcpy(text, good, sizeof good);
        for (int slip = 0; slip <= turn % 3; slip++) {
            random = random * 1664525 + 1013904223;
            text[(random >> 8) % strlen(good)] = keys[(random >> 3) % (sizeof keys - 1)];
        }
        struct mem m = { NULL };
        struct suite s;
        struct err e = { 0 };
        int line, column;
        if (suite_parse(&m, "f", text, strlen(good), &s, &e) == 0)
            accepted++;
        else if (e.kind == EXIT_USAGE && sscanf(e.text, "f:%d:%d: ", &line, &column) == 2 && line > 0 && column > 0)
            refused++;
        else
            fail_msg("message without a place: %s", e.text);
        mem_free(&m);
    }
    assert_true(accepted > 100 && refused > 100);
}

static void byte_order_mark_and_crlf(void **state)
{
    (void)state;
    static const char text[] = "\xef\xbb\xbfname: s\r\ntitle: T\r\nwhy: W\r\nbenchmarks:\r\n"
                               "  - {operation: dot, dtype: f32, why: W}\r\n";
    struct mem m = { NULL };
    struct suite s;
    struct err e = { 0 };
    assert_int_equal(suite_parse(&m, "f", text, strlen(text), &s, &e), 0);
    assert_string_equal(s.name, "s");
    assert_int_equal(s.benches[0].line, 5);
    assert_true(s.threshold == 0.10);
    check_bad(&(struct bad){ "place behind a BOM", NULL, "f:1:1", "unknown key 'nam'" }, "\xef\xbb\xbfnam: s\n", 10);
    mem_free(&m);
}

static void settings(void **state)
{
    (void)state;
    struct mem m = { NULL };
    struct suite s;
    struct settings quick, own, full;
    struct err e = { 0 };
    assert_int_equal(suite_parse(&m, "f", good, strlen(good), &s, &e), 0);
    assert_int_equal(suite_settings(&s, "quick", &quick, &e), 0);
    assert_true(quick.budget_seconds == 1);
    assert_true(quick.sample_seconds == 1e-3);
    assert_int_equal(quick.mode, MODE_BATCH);
    assert_int_equal(suite_settings(&s, "reference", &own, &e), 0);
    assert_int_equal(own.mode, MODE_PER_CALL);
    assert_int_equal(own.warmup_calls, 100);
    assert_int_equal(own.calls, 1000);
    assert_true(own.memory_bytes == 512.0 * 1024 * 1024);
    assert_true(own.precision == 0.01);
    assert_int_equal(own.min_rounds, quick.min_rounds);
    assert_int_equal(suite_settings(&s, "full", &full, &e), 0);
    assert_true(full.max_rounds > quick.max_rounds);
    assert_true(full.timeout_seconds > 0 && full.memory_bytes > 0);
    assert_int_equal(suite_settings(&s, "quik", &own, &e), -1);
    assert_string_equal(e.text,
                        "f: unknown profile 'quik'; did you mean 'quick'? Known: smoke, quick, full, reference");
    assert_int_equal(e.kind, EXIT_USAGE);
    mem_free(&m);
}

static void files(void **state)
{
    (void)state;
    struct mem m = { NULL };
    struct suite s;
    struct err e = { 0 };
    char path[] = "/tmp/kernmark-suite-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, good, strlen(good)) == (ssize_t)strlen(good));
    close(fd);
    assert_int_equal(suite_load(&m, path, &s, &e), 0);
    assert_string_equal(s.path, path);
    unlink(path);
    assert_int_equal(suite_load(&m, path, &s, &e), -1);
    assert_non_null(strstr(e.text, "No such file"));
    assert_int_equal(e.kind, EXIT_USAGE);
    assert_int_equal(suite_load(&m, "/", &s, &e), -1);
    assert_non_null(strstr(e.text, "/: Is a directory"));
    assert_int_equal(suite_load(&m, "/dev/zero", &s, &e), -1);
    assert_string_equal(e.text, "/dev/zero: larger than 1048576 bytes; split the suite");
    assert_int_equal(suite_load(&m, "/dev/null", &s, &e), -1);
    assert_non_null(strstr(e.text, "the file is empty"));
    mem_free(&m);
}

static void scalars(void **state)
{
    (void)state;
    int64_t i;
    double d;
    assert_true(scalar_integer("0", &i) && i == 0);
    assert_true(scalar_integer("-42", &i) && i == -42);
    assert_true(scalar_integer("999999999999999999", &i) && i == 999999999999999999);
    static const char *const no_integers[] = { "", "-", "--1", "00", "1 ", " 1", "1\n", "9999999999999999999", "١" };
    for (size_t k = 0; k < COUNT(no_integers); k++)
        assert_false(scalar_integer(no_integers[k], &i));
    assert_true(scalar_decimal("0.1", &d) && d == 0.1);
    assert_true(scalar_decimal("123456789.012345", &d) && d == 123456789.012345);
    static const char *const no_decimals[] = {
        "", ".", "1.", ".5", "01.5", "1.5.2", "inf", "nan", "1e5", "0x1p3", "1234567890.1234567"
    };
    for (size_t k = 0; k < COUNT(no_decimals); k++)
        assert_false(scalar_decimal(no_decimals[k], &d));
    assert_true(scalar_duration("10us", &d) && d == 1e-5);
    assert_true(scalar_duration("10 \xc2\xb5s", &d) && d == 1e-5);
    assert_true(scalar_duration("10\xce\xbcs", &d) && d == 1e-5);
    assert_true(scalar_duration("0.3ns", &d) && d == 0.3e-9);
    assert_true(scalar_duration("2min", &d) && d == 120);
    assert_false(scalar_duration("10u", &d) || scalar_duration("us", &d) || scalar_duration("10 us ", &d));
    assert_true(scalar_size("1.5KiB", &d) && d == 1536);
    assert_true(scalar_size("2 GB", &d) && d == 2e9);
    assert_true(scalar_percent("12.5%", &d) && d == 0.125);
    assert_false(scalar_percent("%", &d) || scalar_percent("1%%", &d));
    assert_true(scalar_identifier("a-b.c_9") && scalar_identifier("9"));
    static const char *const no_names[] = { "", ".", "-a", "a-", "a..b", "a b", "a/b", "é", "a\n" };
    for (size_t k = 0; k < COUNT(no_names); k++)
        assert_false(scalar_identifier(no_names[k]));
}

static void suggestions(void **state)
{
    (void)state;
    static const char *const words[] = { "threshold", "target", "why", "why-not", NULL };
    assert_string_equal(words_nearest("thresold", words), "threshold");
    assert_string_equal(words_nearest("tagret", words), "target");
    assert_string_equal(words_nearest("hwy", words), "why");
    assert_null(words_nearest("x", words));
    assert_null(words_nearest("", words));
    assert_null(words_nearest("threshold-of-the-great-wide-open-space-beyond", words));
    struct mem m = { NULL };
    assert_string_equal(words_quote(&m, "a\x1b[2J\xc2\x9b"), "'a?[2J?"
                                                             "?'" /* in two parts: ??' is a trigraph */);
    assert_string_equal(words_quote(&m, "1234567890123456789012345678901234567890"),
                        "'1234567890123456789012345678901234567890'");
    assert_string_equal(words_quote(&m, "123456789012345678901234567890123456789é"),
                        "'123456789012345678901234567890123456789...'");
    mem_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_suites),
        cmocka_unit_test(bad_bytes),
        cmocka_unit_test(huge_file),
        cmocka_unit_test(good_suite),
        cmocka_unit_test(slips_of_the_keyboard),
        cmocka_unit_test(byte_order_mark_and_crlf),
        cmocka_unit_test(settings),
        cmocka_unit_test(files),
        cmocka_unit_test(scalars),
        cmocka_unit_test(suggestions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
