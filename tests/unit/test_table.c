/* SPDX-License-Identifier: Apache-2.0
 * Tables in four formats, numbers for people, and the Markdown escape: also for bytes nobody should write. */
#include "reports/table.h"
#include "reports/text.h"
#include "tests/unit/report_fixture.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct column columns[] = {
    { "name", "name", ALIGN_LEFT },
    { "median_s", "median", ALIGN_RIGHT },
    { "note", "note", ALIGN_LEFT },
};

static struct table sample(struct mem *m)
{
    struct table t = { .columns = columns, .ncolumns = 3 };
    struct cell *c = table_row(m, &t);
    c[0].text = "µ-kernel";
    c[1] = (struct cell){ "1.23 µs", 1.23e-6 };
    c[2].text = "a|b";
    c = table_row(m, &t);
    c[0].text = "日本 \"x\"";
    c[2].text = "=1+1";
    c = table_row(m, &t);
    c[0].text = "e\xCC\x81\xFFz"; /* combining accent, invalid byte */
    c[1] = (struct cell){ "∞", INFINITY };
    c[2].text = "line\nbreak\x1b[31m";
    return t;
}

static void check(enum format f, const char *want)
{
    struct mem m = { 0 };
    struct buf out = { 0 };
    struct table t = sample(&m);
    table_write(&out, &t, f);
    assert_string_equal(buf_text(&out), want);
    buf_free(&out);
    mem_free(&m);
}

static void text_aligns_by_width(void **state)
{
    (void)state;
    check(FORMAT_TEXT, "name       median  note\n"
                       "--------  -------  ---------------\n"
                       "µ-kernel  1.23 µs  a|b\n"
                       "日本 \"x\"        –  =1+1\n"
                       "e\xCC\x81\xEF\xBF\xBDz             ∞  line break\xEF\xBF\xBD[31m\n");
}

static void markdown_keeps_its_columns(void **state)
{
    (void)state;
    check(FORMAT_MARKDOWN, "| name | median | note |\n|---|---:|---|\n"
                           "| µ-kernel | 1.23 µs | a\\|b |\n"
                           "| 日本 \"x\" | – | =1+1 |\n"
                           "| e\xCC\x81\xEF\xBF\xBDz | ∞ | line break\xEF\xBF\xBD\\[31m |\n");
}

static void csv_is_rfc4180(void **state)
{
    (void)state;
    check(FORMAT_CSV, "name,median_s,note\r\nµ-kernel,1.23e-06,a|b\r\n\"日本 \"\"x\"\"\",,\"'=1+1\"\r\n"
                      "e\xCC\x81\xEF\xBF\xBDz,∞,\"line\nbreak\x1b[31m\"\r\n");
}

static void json_reads_back(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct buf out = { 0 };
    struct table t = sample(&m);
    table_write(&out, &t, FORMAT_JSON);
    json_error_t why;
    json_t *all = json_loads(buf_text(&out), 0, &why);
    assert_non_null(all);
    assert_int_equal(json_array_size(all), 3);
    assert_true(json_real_value(json_object_get(json_array_get(all, 0), "median_s")) == 1.23e-6);
    assert_true(json_is_null(json_object_get(json_array_get(all, 1), "median_s")));
    assert_string_equal(json_string_value(json_object_get(json_array_get(all, 2), "note")), "line\nbreak\x1b[31m");
    assert_string_equal(json_string_value(json_object_get(json_array_get(all, 2), "name")), "e\xCC\x81\xEF\xBF\xBDz");
    json_decref(all);
    buf_free(&out);
    mem_free(&m);
}

static void empty_tables_are_valid(void **state)
{
    (void)state;
    static const char *const want[] = { "name  median  note\n----  ------  ----\n",
                                        "| name | median | note |\n|---|---:|---|\n", "[]\n",
                                        "name,median_s,note\r\n" };
    for (int f = 0; f < 4; f++) {
        struct buf out = { 0 };
        struct table t = { .columns = columns, .ncolumns = 3 };
        table_write(&out, &t, (enum format)f);
        assert_string_equal(buf_text(&out), want[f]);
        buf_free(&out);
    }
}

/* Every byte alone and after every class of lead byte: JSON must stay valid, text one line per row. */
static void any_bytes_stay_valid(void **state)
{
    (void)state;
    static const unsigned char leads[] = { 'a', 0x80, 0xC0, 0xC3, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xFF };
    for (size_t l = 0; l < sizeof leads; l++)
        for (int b = 1; b < 256; b++) {
            struct mem m = { 0 };
            char bytes[] = { (char)leads[l], (char)b, (char)b, 'x', '\0' };
            struct table t = { .columns = columns, .ncolumns = 3 };
            table_row(&m, &t)[0].text = bytes;
            struct buf json = { 0 }, text = { 0 };
            table_write(&json, &t, FORMAT_JSON);
            table_write(&text, &t, FORMAT_TEXT);
            json_t *all = json_loads(buf_text(&json), 0, NULL);
            assert_non_null(all);
            json_decref(all);
            size_t lines = 0;
            for (const char *p = buf_text(&text); *p; p++)
                lines += *p == '\n';
            assert_int_equal(lines, 3);
            assert_null(strpbrk(buf_text(&text), "\x1b\r\x7f"));
            buf_free(&json);
            buf_free(&text);
            mem_free(&m);
        }
}

static void escape_defuses(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;" },
        { "a|b`c*d_e[f]\\~", "a\\|b\\`c\\*d\\_e\\[f\\]\\\\\\~" },
        { "\\|", "\\\\\\|" },
        { "R&D &lt;", "R&amp;D &amp;lt;" },
        { "@torvalds fixes #12", "@\xE2\x80\x8Btorvalds fixes \\#\xE2\x80\x8B"
                                 "12" },
        { "$(reboot)", "&#36;(reboot)" },
        { "one\ntwo\r\n# three", "one two  \\# three" },
        { "- item", "\\- item" },
        { "---", "\\---" },
        { "-1.9%", "-1.9%" },
        { "1. item", "1\\. item" },
        { "88.4 ns", "88.4 ns" },
        { "https://evil.example www.evil.example", "https&#58;//evil.example www&#46;evil.example" },
        { "    code", "code" },
        { "\xE2\x80\xAE"
          "abc",
          "\xEF\xBF\xBD"
          "abc" },
        { "a\x01\x7f", "a\xEF\xBF\xBD\xEF\xBF\xBD" },
        { "", "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf out = { 0 };
        markdown_escape(&out, cases[i].text);
        assert_string_equal(buf_text(&out), cases[i].want);
        buf_free(&out);
    }
}

static void numbers_read_well(void **state)
{
    (void)state;
    struct mem m = { 0 };
    static const struct {
        double v;
        const char *seconds, *percent, *share, *ratio, *count;
    } cases[] = {
        { 0, "0 s", "±0.00%", "0.0%", "0×", "0" },
        { 1, "1.00 s", "+100%", "100%", "1.00×", "1" },
        { -0.1234, "-123 ms", "-12.3%", "-12.3%", "-0.123×", "-0.123" },
        { 9.997e-7, "1.00 µs", "±0.00%", "<0.01%", "1.00e-06×", "1.00e-06" },
        { 9.994e-7, "999 ns", "±0.00%", "<0.01%", "9.99e-07×", "9.99e-07" },
        { 5.2e-10, "0.520 ns", "±0.00%", "<0.01%", "5.20e-10×", "5.20e-10" },
        { 1.23456e-3, "1.23 ms", "+0.12%", "0.12%", "0.00123×", "0.00123" },
        { 0.0999999, "100 ms", "+10.0%", "10.0%", "0.100×", "0.100" },
        { 12345, "12345 s", "+1234500%", "1234500%", "12345×", "12.3 k" },
        { NAN, "–", "–", "–", "–", "–" },
        { -INFINITY, "-∞", "-∞", "-∞", "-∞", "-∞" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(show_seconds(&m, cases[i].v), cases[i].seconds);
        assert_string_equal(show_percent(&m, cases[i].v), cases[i].percent);
        assert_string_equal(show_share(&m, cases[i].v), cases[i].share);
        assert_string_equal(show_ratio(&m, cases[i].v), cases[i].ratio);
        assert_string_equal(show_count(&m, cases[i].v), cases[i].count);
    }
    assert_string_equal(show_count(&m, 1234.4), "1234");
    assert_string_equal(show_rate(&m, 12.34e9, "B/s"), "12.3 GB/s");
    assert_string_equal(show_rate(&m, 999.9e6, "flop/s"), "1.00 Gflop/s");
    assert_string_equal(show_bytes(&m, 49152), "48 KiB");
    assert_string_equal(show_bytes(&m, 1.25 * 1048576), "1.25 MiB");
    assert_string_equal(show_bytes(&m, 100), "100 B");
    assert_string_equal(show_bytes(&m, 0), "0 B");
    assert_string_equal(show_date(&m, 1700000000), "2023-11-14 22:13 UTC");
    assert_string_equal(show_date(&m, NAN), "–");
    assert_string_equal(show_date(&m, 1e300), "–");
    assert_string_equal(show_interval(&m, 1.2e-6, 1.25e-6), "1.20–1.25 µs");
    assert_string_equal(show_interval(&m, 41.234e-9, 41.238e-9), "41.23–41.24 ns");
    assert_string_equal(show_interval(&m, 999e-9, 1.01e-6), "1.00–1.01 µs");
    assert_string_equal(show_interval(&m, NAN, 1), "–");
    assert_string_equal(show_interval(&m, 1e-3, 1e-3), "1.00–1.00 ms");
    mem_free(&m);
}

static void formats_have_names(void **state)
{
    (void)state;
    enum format f;
    struct err e = { 0 };
    assert_int_equal(format_parse("csv", &f, &e), 0);
    assert_int_equal(f, FORMAT_CSV);
    assert_int_equal(format_parse("xml", &f, &e), -1);
    assert_int_equal(e.kind, EXIT_USAGE);
    assert_non_null(strstr(e.text, "markdown"));
}

static void names_become_harmless(void **state)
{
    (void)state;
    struct mem m = { 0 };
    assert_string_equal(text_filename(&m, "../../etc/passwd"), "_._.._etc_passwd");
    assert_string_equal(text_filename(&m, "host-1.example"), "host-1.example");
    assert_string_equal(text_filename(&m, ".hidden"), "_hidden");
    assert_string_equal(text_filename(&m, "-rf"), "_rf");
    assert_string_equal(text_filename(&m, ""), "host");
    assert_string_equal(text_filename(&m, NULL), "host");
    assert_string_equal(text_label(&m, "`id` \"; system(\"x\")", 40), "_id_ __ system(_x_)");
    assert_string_equal(text_label(&m, "Mat-vec 384×384", 40), "Mat-vec 384×384");
    assert_string_equal(text_label(&m, "abcdefgh", 5), "abcd…");
    assert_string_equal(text_label(&m, "\n\t", 5), "-");
    assert_int_equal(text_width("日本"), 4);
    assert_int_equal(text_width("e\xCC\x81"), 1);
    mem_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_aligns_by_width),   cmocka_unit_test(markdown_keeps_its_columns),
        cmocka_unit_test(csv_is_rfc4180),         cmocka_unit_test(json_reads_back),
        cmocka_unit_test(empty_tables_are_valid), cmocka_unit_test(any_bytes_stay_valid),
        cmocka_unit_test(escape_defuses),         cmocka_unit_test(numbers_read_well),
        cmocka_unit_test(formats_have_names),     cmocka_unit_test(names_become_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
