/* SPDX-License-Identifier: Apache-2.0
 * The CSV reporter: Google Benchmark's columns and quoting, and two things it lacks. Numbers have all their digits, and
 * a counter that the first rows did not have gets its column: a file is written again, a stream gets a new header. The
 * text about the machine goes to `err`, never between the rows. */
#include "harness/bench/report.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A row as kept: its own columns as text, then its counters. */
struct line {
    const char *start;
    const struct row_counter *counters;
    size_t ncounters;
    bool skipped;
};

struct csv {
    struct mem *m; /* of the kept rows: they live as long as the reporter */
    struct buf b;
    int64_t began, at; /* of the first header and of the next row; -1: a stream */
    const char **columns;
    size_t ncolumns, columns_cap;
    struct buf text;    /* of a file: all that is in it, to put back what a failed write has spoilt */
    struct line *lines; /* of a file only */
    size_t nlines, lines_cap;
    bool headed;
};

static const char *const rates[] = { "bytes_per_second", "items_per_second" };

static bool is_rate(const char *name)
{
    return !strcmp(name, rates[0]) || !strcmp(name, rates[1]);
}

static void put_quoted(struct buf *b, const char *s)
{
    buf_putc(b, '"');
    for (; *s; s++) {
        if (*s == '"')
            buf_putc(b, '"');
        buf_putc(b, *s);
    }
    buf_putc(b, '"');
}

/* The fewest digits, from theirs of six on, that read back as the same number. */
static void put_number(struct buf *b, double x)
{
    char text[40] = "nan"; /* not "-nan" */
    for (int digits = 6; !isnan(x) && digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, x);
        if (strtod(text, NULL) == x)
            break;
    }
    buf_puts(b, text);
}

static const struct row_counter *find(const struct row_counter *counters, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(counters[i].name, name))
            return &counters[i];
    return NULL;
}

/* --- columns --- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Adds the counters of a row to the columns, sorted; whether there was a new one. */
static bool learn(struct csv *c, const struct row *row)
{
    size_t before = c->ncolumns;
    for (size_t i = 0; i < row->ncounters; i++) {
        const char *name = row->counters[i].name;
        if (is_rate(name) || (before && bsearch(&name, c->columns, before, sizeof name, by_text)))
            continue;
        c->columns = mem_grow(c->m, c->columns, &c->columns_cap, c->ncolumns + 1, sizeof *c->columns);
        c->columns[c->ncolumns++] = mem_dup(c->m, name);
    }
    if (c->ncolumns == before)
        return false;
    qsort(c->columns, c->ncolumns, sizeof *c->columns, by_text);
    size_t n = 1;
    for (size_t i = 1; i < c->ncolumns; i++)
        if (strcmp(c->columns[i], c->columns[n - 1]) != 0)
            c->columns[n++] = c->columns[i];
    c->ncolumns = n;
    return true;
}

static void put_header(struct csv *c)
{
    buf_puts(&c->b, "name,iterations,real_time,cpu_time,time_unit,bytes_per_second,items_per_second,label,"
                    "error_occurred,error_message");
    for (size_t i = 0; i < c->ncolumns; i++) {
        buf_putc(&c->b, ',');
        put_quoted(&c->b, c->columns[i]);
    }
    buf_putc(&c->b, '\n');
}

/* --- rows --- */

static void put_times(struct buf *b, const struct row *r)
{
    if (r->kind == ROW_ITERATION || r->kind == ROW_AGGREGATE)
        buf_printf(b, "%lld", (long long)r->iterations);
    buf_putc(b, ',');
    put_number(b, gbench_row_value(r, r->real_time));
    buf_putc(b, ',');
    put_number(b, gbench_row_value(r, r->cpu_time));
    buf_putc(b, ',');
    if (r->kind == ROW_BIG_O)
        buf_puts(b, gbench_big_o_name(r->big_o));
    else if (r->kind == ROW_ITERATION || (r->kind == ROW_AGGREGATE && !r->percentage))
        buf_puts(b, gbench_unit_name(r->unit));
}

/* Everything but the columns of counters. */
static void put_start(struct buf *b, const struct row *r)
{
    struct buf name = { 0 };
    gbench_put_row_name(&name, r);
    put_quoted(b, buf_text(&name));
    buf_free(&name);
    buf_putc(b, ',');
    if (r->skipped != SKIP_NO) {
        buf_printf(b, ",,,,,,,%s,", r->skipped == SKIP_ERROR ? "true" : "false");
        put_quoted(b, r->skip_message ? r->skip_message : "");
        return;
    }
    put_times(b, r);
    for (size_t i = 0; i < 2; i++) {
        const struct row_counter *rate = find(r->counters, r->ncounters, rates[i]);
        buf_putc(b, ',');
        if (rate)
            put_number(b, rate->value);
    }
    buf_putc(b, ',');
    if (r->label && *r->label)
        put_quoted(b, r->label);
    buf_puts(b, ",,");
}

static void put_line(struct csv *c, const struct line *l)
{
    buf_puts(&c->b, l->start);
    for (size_t i = 0; !l->skipped && i < c->ncolumns; i++) {
        const struct row_counter *counter = find(l->counters, l->ncounters, c->columns[i]);
        buf_putc(&c->b, ',');
        if (counter)
            put_number(&c->b, counter->value);
    }
    buf_putc(&c->b, '\n');
}

static const struct row_counter *keep_counters(struct csv *c, const struct row *row)
{
    struct row_counter *copy = mem_array(c->m, row->ncounters, sizeof *copy);
    for (size_t i = 0; i < row->ncounters; i++) {
        copy[i] = row->counters[i];
        copy[i].name = mem_dup(c->m, copy[i].name);
    }
    return copy;
}

static void keep(struct csv *c, const struct row *row, const char *start)
{
    c->lines = mem_grow(c->m, c->lines, &c->lines_cap, c->nlines + 1, sizeof *c->lines);
    c->lines[c->nlines++] = (struct line){ .start = mem_dup(c->m, start),
                                           .counters = keep_counters(c, row),
                                           .ncounters = row->ncounters,
                                           .skipped = row->skipped != SKIP_NO };
}

/* --- reporter --- */

static int csv_context(struct reporter *r, const struct bench_context *context)
{
    struct csv *c = r->state;
    c->began = c->at = report_file_position(r->out);
    if (!r->err)
        return 0;
    report_context_text(&c->b, context);
    int rc = report_flush(r->err, &c->b);
    return r->err == r->out ? rc : 0; /* results do not depend on who reads standard error */
}

/* Writes lines from `first` on at `at`; what stands there now is put back if that fails. */
static int put_lines(struct reporter *r, int64_t at, size_t first)
{
    struct csv *c = r->state;
    size_t kept = (size_t)(at - c->began);
    for (size_t i = first; i < c->nlines; i++)
        put_line(c, &c->lines[i]);
    int rc = report_file_replace(r->out, at, &c->b, buf_text(&c->text) + kept);
    if (!rc) {
        c->text.len = kept;
        buf_add(&c->text, buf_text(&c->b), c->b.len);
        c->at = at + (int64_t)c->b.len;
    }
    c->b.len = 0;
    return rc;
}

static int to_file(struct reporter *r, const struct row *rows, size_t n, bool wider)
{
    struct csv *c = r->state;
    struct buf start = { 0 };
    size_t before = c->nlines;
    for (size_t i = 0; i < n; i++) {
        start.len = 0;
        put_start(&start, &rows[i]);
        keep(c, &rows[i], buf_text(&start));
    }
    buf_free(&start);
    if (!wider)
        return put_lines(r, c->at, before);
    put_header(c);
    return put_lines(r, c->began, 0);
}

static int to_stream(struct reporter *r, const struct row *rows, size_t n, bool wider)
{
    struct csv *c = r->state;
    struct buf start = { 0 };
    if (wider)
        put_header(c);
    for (size_t i = 0; i < n; i++) {
        start.len = 0;
        put_start(&start, &rows[i]);
        put_line(c, &(struct line){ .start = buf_text(&start),
                                    .counters = rows[i].counters,
                                    .ncounters = rows[i].ncounters,
                                    .skipped = rows[i].skipped != SKIP_NO });
    }
    buf_free(&start);
    return report_flush(r->out, &c->b);
}

static int csv_report(struct reporter *r, const struct row *rows, size_t n)
{
    struct csv *c = r->state;
    bool wider = !c->headed;
    for (size_t i = 0; i < n; i++)
        wider = learn(c, &rows[i]) || wider;
    c->headed = c->headed || n;
    if (!n)
        return 0;
    return c->at < 0 ? to_stream(r, rows, n, wider) : to_file(r, rows, n, wider);
}

static int csv_finalize(struct reporter *r)
{
    struct csv *c = r->state;
    int rc = c->at < 0 ? 0 : report_file_end(r->out, c->at), error = errno;
    buf_free(&c->b);
    buf_free(&c->text);
    errno = error;
    return rc;
}

static int csv_list(struct reporter *r, const char *const *names, size_t n)
{
    struct csv *c = r->state;
    buf_puts(&c->b, "name\n");
    for (size_t i = 0; i < n; i++) {
        put_quoted(&c->b, names[i]);
        buf_putc(&c->b, '\n');
    }
    return report_flush(r->out, &c->b);
}

void report_csv(struct reporter *r, struct mem *m)
{
    struct csv *c = mem_alloc(m, sizeof *c);
    *c = (struct csv){ .m = m, .began = -1, .at = -1 };
    r->state = c;
    r->context = csv_context;
    r->report = csv_report;
    r->finalize = csv_finalize;
    r->list = csv_list;
}
