/* SPDX-License-Identifier: Apache-2.0
 * Whole documents: the default one byte for byte, hostile names, missing tools, bad folders, splicing, terminal tables. */
#include "reports/file.h"
#include "reports/print.h"
#include "reports/report.h"
#include "reports/source.h"
#include "tests/unit/report_fixture.h"

#include <ctype.h>
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char template_path[] = "reports/templates/host.md";

static bool installed(const char *program)
{
    struct mem m = { 0 };
    bool yes = system(mem_printf(&m, "command -v %s >/dev/null 2>&1", program)) == 0;
    mem_free(&m);
    return yes;
}

static const char *read_all(struct mem *m, const char *path)
{
    struct buf text = { 0 };
    struct err e = { 0 };
    if (file_read(path, &text, &e))
        fail_msg("%s", e.text);
    const char *copy = mem_dup(m, buf_text(&text));
    buf_free(&text);
    return copy;
}

static bool exists(struct mem *m, const char *folder, const char *name)
{
    return access(mem_printf(m, "%s/%s", folder, name), F_OK) == 0;
}

/* Writes the report of d into a new folder and returns its text. */
static const char *document(struct mem *m, const struct report_data *d, const char *folder)
{
    struct err e = { 0 };
    const char *path;
    if (report_write(m, d, template_path, folder, &path, &e))
        fail_msg("%s", e.text);
    return read_all(m, path);
}

/* --- the default document ---------------------------------------------------------------------------------------- */

/* Without gnuplot, so that the document is the same with and without it installed. */
static void default_document_is_golden(void **state)
{
    (void)state;
    struct mem m = { 0 };
    const char *folder = fixture_folder(&m), *path = mem_dup(&m, getenv("PATH"));
    struct report_data d = fixture_data(&m);
    setenv("PATH", "/nonexistent", 1);
    const char *text = document(&m, &d, folder);
    setenv("PATH", path, 1);
    fixture_golden("host.md", text);
    assert_non_null(strstr(text, "gnuplot is not installed"));
    assert_null(strstr(text, ".png"));
    fixture_remove(folder);
    mem_free(&m);
}

static void figures_are_drawn_and_linked(void **state)
{
    (void)state;
    if (!installed("gnuplot"))
        skip();
    static const char *const names[] = { "distribution", "variants", "targets", "history" };
    struct mem m = { 0 };
    const char *folder = fixture_folder(&m), *again = fixture_folder(&m);
    struct report_data d = fixture_data(&m);
    const char *text = document(&m, &d, folder);
    assert_null(strstr(text, "is not drawn"));
    document(&m, &d, again);
    for (int i = 0; i < 4; i++) {
        assert_non_null(strstr(text, mem_printf(&m, "](testhost/%s.png)](testhost/%s.svg)", names[i], names[i])));
        const char *svg = mem_printf(&m, "testhost/%s.svg", names[i]);
        assert_true(exists(&m, folder, mem_printf(&m, "testhost/%s.png", names[i])));
        assert_false(exists(&m, folder, mem_printf(&m, "testhost/%s.svg.tmp", names[i])));
        const char *first = read_all(&m, mem_printf(&m, "%s/%s", folder, svg));
        assert_non_null(strstr(first, "<svg"));
        assert_string_equal(first, read_all(&m, mem_printf(&m, "%s/%s", again, svg)));
    }
    fixture_remove(folder);
    fixture_remove(again);
    mem_free(&m);
}

/* --- a gnuplot that is none -------------------------------------------------------------------------------------- */

static void fake_gnuplot(struct mem *m, const char *folder, const char *script)
{
    const char *path = mem_printf(m, "%s/gnuplot", folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "#!/bin/sh\n%s\n", script);
    fclose(f);
    assert_int_equal(chmod(path, 0755), 0);
}

static void broken_gnuplot(const char *script, const char *want)
{
    struct mem m = { 0 };
    const char *folder = fixture_folder(&m), *path = mem_dup(&m, getenv("PATH"));
    struct report_data d = fixture_data(&m);
    fake_gnuplot(&m, folder, script);
    setenv("PATH", mem_printf(&m, "%s:%s", folder, path), 1);
    const char *text = document(&m, &d, folder);
    setenv("PATH", path, 1);
    if (!strstr(text, want))
        fail_msg("the document should say '%s'", want);
    assert_null(strstr(text, ".png"));
    assert_false(exists(&m, folder, "testhost/targets.svg.tmp"));
    assert_false(exists(&m, folder, "testhost/targets.svg"));
    fixture_remove(folder);
    mem_free(&m);
}

static void failing_gnuplot_is_told(void **state)
{
    (void)state;
    broken_gnuplot("case $2 in */targets.gp) echo x >targets.svg.tmp;; esac; echo 'no such terminal <b>' >&2; exit 3",
                   "gnuplot failed (exit code 3): no such terminal &lt;b&gt;");
    broken_gnuplot("exit 0", "gnuplot wrote no svg");
    broken_gnuplot("kill -SEGV $$", "gnuplot was ended by signal 11");
}

/* --- hostile names ----------------------------------------------------------------------------------------------- */

static const char *const hostile[] = {
    "<script>alert(1)</script>",
    "\"; system(\"touch PWNED\"); \"",
    "`touch PWNED`",
    "$(touch PWNED)",
    "'.system(\"touch PWNED\").'",
    "a|b|c",
    "line\nbreak\r\n| x | y |\n# heading",
    "![x](javascript:alert(1)) [y](http://evil)",
    "{{table results}} {{figure nothing}}",
    "\\|`*_[]<>&~$#@everyone",
    "<!-- END: table --> -->",
    "../../../PWNED",
    "\xFF\xFE\xC3\x28\xED\xA0\x80\xF4\x90\x80\x80",
    "\x1b[31mred\x1b[0m\x07\x7f\xE2\x80\xAE",
    "%s%n%d %%",
    "\t\t\n\n",
    "",
    "- - -",
};

/* Cells of a table row: unescaped bars less one. */
static int bars(const char *line, size_t len)
{
    int n = 0;
    for (size_t i = 0; i < len; i++) {
        if (line[i] == '\\')
            i++;
        else
            n += line[i] == '|';
    }
    return n;
}

/* Every row has as many cells as the head of its table; nothing outside a fence begins a block that a name made. */
static void check_tables(const char *text)
{
    int columns = 0;
    bool fenced = false;
    for (const char *p = text; *p;) {
        size_t len = strcspn(p, "\n");
        fenced ^= strncmp(p, "```", 3) == 0;
        if (!fenced && memmem(p, len, "<script", 7))
            fail_msg("an element in: %.*s", (int)len, p);
        if (fenced || *p != '|')
            columns = 0;
        else if (!columns)
            columns = bars(p, len);
        else if (bars(p, len) != columns)
            fail_msg("%d cells where the table has %d: %.*s", bars(p, len), columns, (int)len, p);
        p += len + (p[len] == '\n');
    }
}

/* Through GitHub's own parser: no element and no link but those of the template. */
static void check_html(struct mem *m, const char *folder, const char *document_path)
{
    if (!installed("cmark-gfm"))
        return;
    const char *html = mem_printf(m, "%s/out.html", folder);
    const char *command = mem_printf(
        m, "cmark-gfm --unsafe -e table -e autolink -e strikethrough -e tagfilter '%s' > '%s'", document_path, html);
    assert_int_equal(system(command), 0);
    const char *text = read_all(m, html);
    static const char *const never[] = { "<script",     "&lt;script>", "=\"javascript:", "<h1>heading",
                                         "href=\"http", "<del>",       "mailto:" };
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        if (strstr(text, never[i]))
            fail_msg("'%s' in the HTML", never[i]);
    for (const char *p = text; (p = strstr(p, "<a href=\"")) != NULL; p++)
        assert_non_null(strstr(p, ".svg\""));
}

/* Nothing that a payload would make exists, here or where gnuplot ran. */
static void check_nothing_ran(struct mem *m, const char *folder, const char *path)
{
    const char *inner = mem_dupn(m, path, strlen(path) - strlen(".md"));
    assert_false(exists(m, folder, "PWNED"));
    assert_false(exists(m, inner, "PWNED"));
    assert_int_not_equal(access("PWNED", F_OK), 0);
}

static void one_hostile(const char *payload)
{
    struct mem m = { 0 };
    struct err e = { 0 };
    const char *folder = fixture_folder(&m), *path;
    struct report_data d = fixture_hostile(&m, payload);
    if (report_write(&m, &d, template_path, folder, &path, &e))
        fail_msg("%s: %s", payload, e.text);
    assert_int_equal(strncmp(path, folder, strlen(folder)), 0);
    assert_null(strchr(path + strlen(folder) + 1, '/'));
    const char *text = read_all(&m, path);
    assert_null(strpbrk(text, "\x1b\x07\x7f\r"));
    if (installed("gnuplot"))
        assert_null(strstr(text, "gnuplot failed"));
    check_tables(text);
    check_html(&m, folder, path);
    check_nothing_ran(&m, folder, path);
    fixture_remove(folder);
    mem_free(&m);
}

static void hostile_names_stay_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
        one_hostile(hostile[i]);
    char endless[5001];
    memset(endless, 'x', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    one_hostile(endless);
}

/* --- runs with little in them ------------------------------------------------------------------------------------ */

static void poor_run(const struct run *run, const char *want)
{
    struct mem m = { 0 };
    const char *folder = fixture_folder(&m);
    struct report_data d = { .run = run, .generated = NAN };
    const char *text = document(&m, &d, folder);
    if (!strstr(text, want))
        fail_msg("the document should say '%s'", want);
    assert_null(strstr(text, "nan"));
    check_tables(text);
    fixture_remove(folder);
    mem_free(&m);
}

static void poor_runs_have_documents(void **state)
{
    (void)state;
    struct mem m = { 0 };
    poor_run(fixture_bare_run(&m, 0), "no benchmark has samples");
    poor_run(fixture_bare_run(&m, 3), "No benchmark of this run has a target.");
    struct run *failed = fixture_bare_run(&m, 4);
    static const enum status kinds[] = { STATUS_WRONG, STATUS_TIMEOUT, STATUS_OOM, STATUS_FAILED };
    for (size_t i = 0; i < 4; i++)
        failed->results[i].status = kinds[i];
    poor_run(failed, "| bare/2 | OUT OF MEMORY |  | raise the memory limit");
    poor_run(failed, "0 measured, 4 failed, 0 unsupported here");
    mem_free(&m);
}

/* --- errors ------------------------------------------------------------------------------------------------------ */

static void fails(const struct report_data *d, const char *template_file, const char *out_dir, const char *want)
{
    struct mem m = { 0 };
    struct err e = { 0 };
    const char *path;
    assert_int_equal(report_write(&m, d, template_file, out_dir, &path, &e), -1);
    assert_int_equal(e.kind, EXIT_USAGE);
    if (!strstr(e.text, want))
        fail_msg("'%s' should name '%s'", e.text, want);
    mem_free(&m);
}

static void errors_name_the_path(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct err e = { 0 };
    struct buf text = { 0 };
    const char *folder = fixture_folder(&m);
    struct report_data d = fixture_data(&m), nothing = { 0 };
    const char *file = mem_printf(&m, "%s/file", folder);
    buf_puts(&text, "{{figure nothing}}\n");
    assert_int_equal(file_write(file, &text, &e), 0);
    fails(&d, template_path, mem_printf(&m, "%s/inner", file), file);
    fails(&d, template_path, "/proc/no/such", "/proc/no/such");
    fails(&d, "no/such/template.md", folder, "no/such/template.md");
    fails(&d, file, folder, mem_printf(&m, "%s:1: unknown figure 'nothing'", file));
    fails(&d, folder, folder, folder);
    fails(&nothing, template_path, folder, "no run");
    buf_free(&text);
    fixture_remove(folder);
    mem_free(&m);
}

/* A document that cannot be written leaves the old one and no half of the new one. */
static void full_disk_keeps_the_old_document(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct err e = { 0 };
    struct buf text = { 0 };
    if (access("/dev/full", W_OK))
        skip();
    const char *folder = fixture_folder(&m), *path = mem_printf(&m, "%s/x.md", folder);
    buf_puts(&text, "old\n");
    assert_int_equal(file_write(path, &text, &e), 0);
    const char *temporary = mem_printf(&m, "%s.%ld.tmp", path, (long)getpid());
    assert_int_equal(symlink("/dev/full", temporary), 0); /* a link in the way is refused, not followed */
    assert_int_equal(file_write(path, &text, &e), -1);
    assert_non_null(strstr(e.text, path));
    assert_string_equal(read_all(&m, path), "old\n");
    buf_free(&text);
    fixture_remove(folder);
    mem_free(&m);
}

/* --- splicing ---------------------------------------------------------------------------------------------------- */

struct splice_case {
    const char *before, *after, *error;
};

static void splice_one(const struct splice_case *c)
{
    struct mem m = { 0 };
    struct err e = { 0 };
    struct buf text = { 0 };
    const char *folder = fixture_folder(&m), *path = mem_printf(&m, "%s/README.md", folder);
    struct report_data d = fixture_data(&m);
    buf_puts(&text, c->before);
    assert_int_equal(file_write(path, &text, &e), 0);
    int rc = report_splice(&m, &d, path, &e);
    if (c->error) {
        assert_int_equal(rc, -1);
        if (!strstr(e.text, c->error) || !strstr(e.text, path))
            fail_msg("'%s' should hold '%s'", e.text, c->error);
    } else if (rc)
        fail_msg("%s", e.text);
    assert_string_equal(read_all(&m, path), c->after ? c->after : c->before);
    if (!c->error) {
        assert_int_equal(report_splice(&m, &d, path, &e), 0);
        assert_string_equal(read_all(&m, path), c->after);
    }
    buf_free(&text);
    fixture_remove(folder);
    mem_free(&m);
}

static void splicing_replaces_between_marks(void **state)
{
    (void)state;
#define BEGIN "<!-- BEGIN: table decisions columns=decision,count -->\n"
#define END   "<!-- END: table -->\n"
#define TABLE "\n| verdict | benchmarks |\n|---|---:|\n| REGRESSED | 5 |\n| FAILED | 1 |\n| EQUIVALENT | 20 |\n\n"
    static const struct splice_case cases[] = {
        { "# R\n" BEGIN "old\nrows\n" END "tail", "# R\n" BEGIN TABLE END "tail", NULL },
        { BEGIN END BEGIN END, BEGIN TABLE END BEGIN TABLE END, NULL },
        { "```\n" BEGIN "```\n<!-- BEGIN: host.name -->\n<!-- END: host.name -->",
          "```\n" BEGIN "```\n<!-- BEGIN: host.name -->\n\ntesthost\n\n<!-- END: host.name -->", NULL },
        { "x\n\n" BEGIN "no end\n", NULL, ":3: no '<!-- END: table -->'" },
        { BEGIN BEGIN END, NULL, ":1: no '<!-- END: table -->'" },
        { "nothing here\n", NULL, "has no '<!-- BEGIN: " },
        { "\n<!-- BEGIN: table nothing -->\n" END, NULL, "unknown source 'nothing'" },
        { "<!-- BEGIN: figure targets -->\n<!-- END: figure -->\n", NULL, "a figure cannot stand here" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        splice_one(&cases[i]);
}

/* --- terminal tables --------------------------------------------------------------------------------------------- */

static void add(struct buf *out, struct table t, const char *title)
{
    buf_printf(out, "--- %s ---\n", title);
    table_write(out, &t, FORMAT_TEXT);
}

static void terminal_tables_are_golden(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct buf out = { 0 };
    struct report_data d = fixture_data(&m);
    const struct baseline b = { "release", 1, 7, "testhost", "0.1.0 went out", 1.7e9, false };
    add(&out, print_results(&m, d.run, FORMAT_TEXT), "results");
    add(&out, print_targets(&m, d.run, FORMAT_TEXT), "targets");
    add(&out, print_failures(&m, d.run, FORMAT_TEXT), "failures");
    add(&out, print_remarks(&m, d.run, FORMAT_TEXT), "remarks");
    add(&out, print_findings(&m, d.findings, d.nfindings, FORMAT_TEXT), "findings");
    buf_puts(&out, print_cures(&m, d.findings, d.nfindings));
    add(&out, print_verdicts(&m, d.run, d.base, d.verdicts, d.nverdicts, FORMAT_TEXT), "verdicts");
    add(&out, print_history(&m, d.history, 1, NULL, 0, FORMAT_TEXT), "history");
    add(&out, print_hosts(&m, &d.run->host, 1, FORMAT_TEXT), "hosts");
    add(&out, print_baselines(&m, &b, 1, FORMAT_TEXT), "baselines");
    add(&out, print_list(&m, d.run->results, d.run->nresults, FORMAT_TEXT), "list");
    buf_printf(&out, "%s; %s\n", print_targets_summary(&m, d.run), print_verdicts_summary(&m, d.verdicts, d.nverdicts));
    fixture_golden("terminal.txt", buf_text(&out));
    buf_free(&out);
    mem_free(&m);
}

static void machine_tables_have_si_numbers(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct buf out = { 0 };
    struct report_data d = fixture_data(&m);
    struct table t = print_results(&m, d.run, FORMAT_JSON);
    table_write(&out, &t, FORMAT_JSON);
    json_t *all = json_loads(buf_text(&out), 0, NULL);
    assert_int_equal(json_array_size(all), d.run->nresults);
    json_t *first = json_array_get(all, 0), *absent = json_array_get(all, 2);
    assert_true(json_real_value(json_object_get(first, "median_s")) == d.run->results[0].summary.median);
    assert_true(json_is_null(json_object_get(absent, "median_s")));
    assert_string_equal(json_string_value(json_object_get(absent, "status")), "unsupported");
    json_decref(all);
    buf_free(&out);
    mem_free(&m);
}

/* The numbers that decide: per unit, share of target, speed-up, the best variant. */
static void targets_are_judged_per_unit(void **state)
{
    (void)state;
    struct result r = { .entry = { .unit_items = 100, .target = 10e-6 }, .cost = { .items = 4000 } };
    assert_true(fabs(per_unit(&r, 200e-6) - 5e-6) < 1e-15);
    r.cost.items = 0;
    assert_true(isnan(per_unit(&r, 200e-6)));
    r.entry.unit_items = 0;
    assert_true(per_unit(&r, 200e-6) == 200e-6);

    struct mem m = { 0 };
    struct report_data d = fixture_data(&m);
    struct rows rows = { 0 };
    rows_targets(&m, &d, &rows);
    assert_int_equal(rows.n, 7);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(rows.all[i].result->bench.variant, "avx512");
    assert_string_equal(rows.all[6].result->bench.variant, "auto");
    const struct result *fast = rows.all[2].result;
    assert_true(result_speedup(d.run, fast) == d.run->results[10].summary.median / fast->summary.median);
    assert_true(isnan(result_speedup(d.run, &d.run->results[2])));
    mem_free(&m);
}

/* A document shows what results state about their answers, and only where one does. */
static void quality_is_shown_where_it_is_stated(void **state)
{
    (void)state;
    static const struct metric stated[] = {
        { .name = "rmse", .unit = "1", .value = 0.01234 },
        { .name = "max-error", .unit = "1", .value = NAN, .why = "not a finite number" },
        { .name = "cosine", .unit = "1", .value = 0.99987654 },
        { .name = "kl-divergence", .unit = "nats", .value = 1.5e-4 }
    };
    struct mem m = { 0 };
    struct report_data d = fixture_data(&m);
    const char *folder = fixture_folder(&m);
    assert_null(strstr(document(&m, &d, folder), "## Quality"));
    struct run run = *d.run;
    run.results = mem_array(&m, run.nresults, sizeof *run.results);
    memcpy(run.results, d.run->results, run.nresults * sizeof *run.results);
    run.results[0].metrics = mem_array(&m, 4, sizeof *stated);
    memcpy(run.results[0].metrics, stated, sizeof stated);
    run.results[0].nmetrics = 4;
    d.run = &run;
    const char *text = document(&m, &d, folder), *table = strstr(text, "## Quality of quantisation");
    assert_non_null(table);
    const char *row = strstr(table, "| 0.0123 | ");
    assert_non_null(row);
    assert_non_null(strstr(row, "| 0.999877 | 0.00015 |\n"));
    assert_ptr_equal(strchr(row, '\n'), strstr(row, "\n\n")); /* the only row */
    assert_null(strstr(strstr(text, "## Counters"), "kl-divergence"));
    fixture_remove(folder);
    mem_free(&m);
}

static struct result with_allocator(struct mem *m, const struct result *like, const char *allocator, double allocations)
{
    const struct metric stated[] = { { .name = "allocations", .unit = "per token", .value = allocations },
                                     { .name = "peak-bytes", .unit = "B", .value = 9472 } };
    struct result r = *like;
    struct km_param *p = mem_alloc(m, sizeof *p);
    *p = (struct km_param){ "allocator", allocator, 0 };
    r.bench.params = p;
    r.bench.name = mem_printf(m, "decoder/allocator:%s", allocator);
    r.entry.component = mem_printf(m, "A token from %s", allocator);
    r.metrics = mem_array(m, 2, sizeof *stated);
    memcpy(r.metrics, stated, sizeof stated);
    r.nmetrics = 2;
    return r;
}

/* Likewise what they state about their allocations: a table for each allocator, and none of it among the counters. */
static void allocators_are_shown_where_they_are_stated(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct report_data d = fixture_data(&m);
    const char *folder = fixture_folder(&m);
    assert_null(strstr(document(&m, &d, folder), "## Memory of an inference"));
    struct run run = *d.run;
    run.results = mem_array(&m, run.nresults, sizeof *run.results);
    memcpy(run.results, d.run->results, run.nresults * sizeof *run.results);
    run.results[0] = with_allocator(&m, &d.run->results[0], "malloc", 50);
    run.results[1] = with_allocator(&m, &d.run->results[0], "arena", 0);
    d.run = &run;
    const char *text = document(&m, &d, folder), *table = strstr(text, "## Memory of an inference");
    assert_non_null(table);
    const char *heading = strstr(table, "### A token from arena, ref\n");
    assert_non_null(heading);
    assert_non_null(strstr(heading, "| Allocations per inference | 50 | 0 | none left | – |\n"));
    assert_non_null(strstr(heading, "| Peak memory | 9.25 KiB | 9.25 KiB | the same | – |\n"));
    const char *counters = strstr(text, "## Counters");
    assert_null(strstr(counters, "| allocations |"));
    assert_null(strstr(counters, "peak-bytes"));
    assert_non_null(strstr(counters, "| instructions |"));
    fixture_remove(folder);
    mem_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quality_is_shown_where_it_is_stated),
        cmocka_unit_test(allocators_are_shown_where_they_are_stated),
        cmocka_unit_test(default_document_is_golden),
        cmocka_unit_test(figures_are_drawn_and_linked),
        cmocka_unit_test(failing_gnuplot_is_told),
        cmocka_unit_test(hostile_names_stay_text),
        cmocka_unit_test(poor_runs_have_documents),
        cmocka_unit_test(errors_name_the_path),
        cmocka_unit_test(full_disk_keeps_the_old_document),
        cmocka_unit_test(splicing_replaces_between_marks),
        cmocka_unit_test(terminal_tables_are_golden),
        cmocka_unit_test(machine_tables_have_si_numbers),
        cmocka_unit_test(targets_are_judged_per_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
