/* SPDX-License-Identifier: Apache-2.0
 * The template language: what each directive gives, and what each mistake says. */
#include "reports/source.h"
#include "reports/template.h"
#include "tests/unit/report_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void renders(const char *text, const char *want)
{
    struct mem m = { 0 };
    struct err e = { 0 };
    struct buf out = { 0 };
    struct report_data d = fixture_data(&m);
    struct template t = { "t.md", text, &d, NULL };
    if (template_check(&m, &t, &e) || template_render(&m, &t, &out, &e))
        fail_msg("%s", e.text);
    assert_string_equal(buf_text(&out), want);
    buf_free(&out);
    mem_free(&m);
}

/* The check alone must find it: data may hide the line from the rendering. */
static void refuses(const char *text, const char *start, const char *hint)
{
    struct mem m = { 0 };
    struct err e = { 0 };
    struct report_data d = fixture_data(&m);
    struct figures figures = { .link = "x" };
    struct template t = { "t.md", text, &d, &figures };
    assert_int_equal(template_check(&m, &t, &e), -1);
    assert_int_equal(e.kind, EXIT_USAGE);
    if (strncmp(e.text, start, strlen(start)) != 0 || !strstr(e.text, hint))
        fail_msg("'%s' should begin '%s' and hold '%s'", e.text, start, hint);
    mem_free(&m);
}

static void text_passes_through(void **state)
{
    (void)state;
    renders("", "");
    renders("# Title\n\n{ not } a {directive}\n", "# Title\n\n{ not } a {directive}\n");
    renders("no newline", "no newline\n");
    renders("dos\r\nends\r\n", "dos\nends\n");
}

static void values_stand_anywhere(void **state)
{
    (void)state;
    renders("on {{host.name}}, {{ run.profile }}: {{targets.summary}}\n", "on testhost, quick: 6 of 7 targets met\n");
    renders("{{host.cpu.isa}}\n", "avx2 fma f16c avx512f avx512bw avx512vl avx512\\_vnni\n");
    renders("{{host.memory.speed}}|{{host.no.such.fact}}\n",
            "not available: only root may read the SMBIOS table|not available\n");
    renders("{{base.number}} {{run.number}}\n", "7 8\n");
}

static void tables_choose_and_filter(void **state)
{
    (void)state;
    renders("{{table results section=Dense variant=@(ref|auto) columns=component,variant:\"Which, one\",median "
            "sort=-median limit=3}}\n",
            "| component | Which, one | median |\n|---|---|---:|\n| Mat-vec 384×384 | ref | 111 µs |\n"
            "| Mat-vec 384×384 | auto | 41.1 µs |\n| Layer norm 384 | ref | 1.21 µs |\n");
    renders("  {{table results component=Arena* status!=ok empty=\"All well.\"}}  \n", "All well.\n");
    renders(
        "{{table decisions columns=decision,count caption=\"Verdicts\"}}\n",
        "*Verdicts*\n\n| verdict | benchmarks |\n|---|---:|\n| REGRESSED | 5 |\n| FAILED | 1 |\n| EQUIVALENT | 20 |\n");
    renders("{{table results name=*neon* limit=1 columns=median,note}}\n",
            "| median | note |\n|---:|---|\n| – | unsupported: this CPU has no NEON |\n");
}

static void blocks_repeat_and_choose(void **state)
{
    (void)state;
    renders("{{each results.section}}\n## {{item}}\n{{table results section=$item columns=variant limit=1}}\n{{end}}\n",
            "## Text\n| variant |\n|---|\n| ref |\n## Quantisation\n| variant |\n|---|\n| ref |\n"
            "## Dense\n| variant |\n|---|\n| ref |\n## Memory\n| variant |\n|---|\n| ref |\n");
    renders("{{each results.section section=D*}}\n{{each results.component "
            "section=$item}}\n{{item}}\n{{end}}\n{{item}}\n{{end}}\n",
            "Dot product 384\nMat-vec 384×384\nLayer norm 384\nDense\n");
    renders("{{if failures}}\nbad\n{{else}}\ngood\n{{end}}\n{{if failures name=dot*}}\nbad\n{{else}}\ngood\n{{end}}\n",
            "bad\ngood\n");
    renders("{{each results.name name=nothing}}\n{{item}}\n{{else}}\nnone\n{{end}}\nafter\n", "none\nafter\n");
}

static void fences_hold_anything(void **state)
{
    (void)state;
    renders("{{fence reproduce}}\n",
            "```text\ngit checkout 1834567890abcdef1234567890abcdef12345678   # and changes not committed\nmake\n"
            "kernmark run suites/core.yaml\n```\n");
    struct mem m = { 0 };
    struct err e = { 0 };
    struct buf out = { 0 };
    struct report_data d = fixture_data(&m);
    d.raw = "a\n````\n# b\x1b[0m\n";
    struct template t = { "t.md", "{{fence raw}}", &d, NULL };
    assert_int_equal(template_render(&m, &t, &out, &e), 0);
    assert_string_equal(buf_text(&out), "`````text\na\n````\n# b\xEF\xBF\xBD[0m\n`````\n");
    buf_free(&out);
    mem_free(&m);
}

static void mistakes_say_where_and_what_is_known(void **state)
{
    (void)state;
    refuses("a\n\n{{tabel results}}\n", "t.md:3: unknown directive 'tabel'", "known: table, figure");
    refuses("{{table result}}\n", "t.md:1: unknown source 'result'", "known: results, targets");
    refuses("{{table results columns=median,medium}}\n", "t.md:1: source 'results' has no column 'medium'", "median");
    refuses("{{table results sort=-x}}\n", "t.md:1: source 'results' has no column 'x'", "known:");
    refuses("{{table results colour=red}}\n", "t.md:1: source 'results' has no column 'colour'", "known:");
    refuses("{{table results limit=many}}\n", "t.md:1: limit=many", "");
    refuses("{{table results limit=0}}\n", "t.md:1: limit=0", "");
    refuses("{{table results limit=-1}}\n", "t.md:1: limit=-1", "");
    refuses("{{table results columns=}}\n", "t.md:1: columns= names no column", "");
    refuses("{{table results median}}\n", "t.md:1: unexpected 'median'", "key=value");
    refuses("{{table}}\n", "t.md:1: {{table}} needs a source", "");
    refuses("{{figure bars}}\n", "t.md:1: unknown figure 'bars'", "known: distribution, variants");
    refuses("{{figure}}\n", "t.md:1: {{figure}} needs a name", "");
    refuses("{{figure targets width=3}}\n", "t.md:1: {{figure}} takes", "caption");
    refuses("{{fence nothing}}\n", "t.md:1: unknown value 'nothing'", "raw");
    refuses("x {{run.colour}}\n", "t.md:1: unknown value 'run.colour'", "run.profile");
    refuses("x {{host.name\n", "t.md:1: '{{' without '}}'", "");
    refuses("{{end}}\n", "t.md:1: {{end}} without a block", "");
    refuses("{{else}}\n", "t.md:1: {{else}} without a block", "");
    refuses("\n{{if failures}}\nx\n", "t.md:2: no {{end}}", "");
    refuses("{{each results}}\n{{end}}\n", "t.md:1: {{each}} needs source.column", "results.section");
    refuses("{{each results.nothing}}\n{{end}}\n", "t.md:1: source 'results' has no column 'nothing'", "section");
    refuses("{{item}}\n", "t.md:1: unknown directive 'item'", "");
}

static void mistakes_are_found_where_data_hide_them(void **state)
{
    (void)state;
    refuses("{{if failures name=none}}\n\n{{tabel x}}\n{{end}}\n", "t.md:3: unknown directive", "");
    refuses("{{if failures}}\n{{else}}\n{{table nothing}}\n{{end}}\n", "t.md:3: unknown source", "");
    refuses("{{each results.name name=none}}\n{{run.x}}\n{{end}}\n", "t.md:2: unknown value", "");
    refuses("{{if results}}\n{{if results}}\n{{table results sort=x}}\n{{end}}\n{{end}}\n", "t.md:3: source", "");
}

static void deep_nesting_is_refused(void **state)
{
    (void)state;
    struct buf text = { 0 };
    for (int i = 0; i < 9; i++)
        buf_puts(&text, "{{each results.section}}\n");
    for (int i = 0; i < 9; i++)
        buf_puts(&text, "{{end}}\n");
    refuses(buf_text(&text), "t.md:9: blocks are nested deeper than 8", "");
    buf_free(&text);
}

/* Every source with its default columns for people and for machines, and all its columns at once. */
static void every_column_of_every_source_renders(void **state)
{
    (void)state;
    static const char *const names[] = { "results",   "targets", "failures", "unsupported", "remarks", "verdicts",
                                         "decisions", "history", "points",   "runs",        "about",   "host",
                                         "build",     "state",   "counters", "metrics",     "hosts",   "baselines" };
    struct mem m = { 0 };
    struct err e = { 0 };
    struct report_data d = fixture_data(&m);
    const struct baseline b = { "release", 1, 7, "testhost", "first", 1.7e9, false };
    d.ceilings = d.run; /* or the columns about them are left out */
    struct verdict *verdicts = mem_array(&m, d.nverdicts, sizeof *verdicts);
    for (size_t i = 0; i < d.nverdicts; i++)
        verdicts[i] = d.verdicts[i];
    verdicts[0].metric = "misses"; /* or the column about metrics is */
    d.verdicts = verdicts;
    d.hosts = &d.run->host;
    d.nhosts = 1;
    d.baselines = &b;
    d.nbaselines = 1;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct query q = { .source = source_find(names[i], &e) };
        struct table t;
        assert_non_null(q.source);
        assert_int_equal(query_table(&m, &d, &q, &t, &e), 0);
        assert_true(t.nrows > 0);
        q.columns = q.source->machine;
        assert_int_equal(query_table(&m, &d, &q, &t, &e), 0);
        for (const struct source_column *c = q.source->columns; c->name; c++) {
            q.columns = c->name;
            assert_int_equal(query_table(&m, &d, &q, &t, &e), 0);
            assert_int_equal(t.ncolumns, 1);
        }
    }
    mem_free(&m);
}

/* Columns of runs that the history does not have are left out. */
static void short_histories_have_few_columns(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct err e = { 0 };
    struct table t;
    struct report_data d = fixture_data(&m);
    struct series *s = (struct series *)(size_t)d.history;
    for (size_t i = 0; i < d.nhistory; i++)
        s[i].n = 2;
    struct query q = { .source = source_find("history", &e), .columns = "name,run~2,run~1,run" };
    assert_int_equal(query_table(&m, &d, &q, &t, &e), 0);
    assert_int_equal(t.ncolumns, 3);
    assert_string_equal(t.columns[2].header, "run 2, 12345678");
    mem_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_passes_through),
        cmocka_unit_test(values_stand_anywhere),
        cmocka_unit_test(tables_choose_and_filter),
        cmocka_unit_test(blocks_repeat_and_choose),
        cmocka_unit_test(fences_hold_anything),
        cmocka_unit_test(mistakes_say_where_and_what_is_known),
        cmocka_unit_test(mistakes_are_found_where_data_hide_them),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(every_column_of_every_source_renders),
        cmocka_unit_test(short_histories_have_few_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
