/* SPDX-License-Identifier: Apache-2.0
 * The console reporter: Google Benchmark's columns, widths and colours. Control bytes of names and messages become '?':
 * they would be commands to the terminal. */
#include "harness/bench/report.h"

#include <math.h>
#include <string.h>

enum color { RED = 1, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE, DEFAULT };

struct console {
    struct report_style style;
    struct buf out, part;
    size_t width;
    bool headed;        /* a header was printed */
    struct buf columns; /* counter names of the last header, each with its final zero byte */
};

/* --- the machine --- */

static void put_clean(struct buf *b, const char *s)
{
    for (; *s; s++)
        buf_putc(b, (unsigned char)*s < ' ' || *s == 127 ? '?' : *s);
}

static void put_caches(struct buf *b, const struct bench_context *c)
{
    if (c->ncaches)
        buf_puts(b, "CPU Caches:\n");
    for (size_t i = 0; i < c->ncaches; i++) {
        const struct bench_cache *cache = &c->caches[i];
        buf_printf(b, "  L%d %s %lld KiB", cache->level, cache->type, (long long)(cache->size / 1024));
        if (cache->num_sharing > 0)
            buf_printf(b, " (x%d)", c->num_cpus / cache->num_sharing);
        buf_putc(b, '\n');
    }
}

static void put_warnings(struct buf *b, const struct bench_context *c)
{
    if (c->cpu_scaling_enabled == 1)
        buf_puts(b, "***WARNING*** CPU scaling is enabled, the benchmark real time measurements may be noisy and will "
                    "incur extra overhead.\n");
    if (c->aslr_enabled == 1)
        buf_puts(b, "***WARNING*** ASLR is enabled, the results may have unreproducible noise in them.\n");
    if (c->library_build_type && !strcmp(c->library_build_type, "debug"))
        buf_puts(b, "***WARNING*** Library was built as DEBUG. Timings may be affected.\n");
}

void report_context_text(struct buf *b, const struct bench_context *c)
{
    buf_printf(b, "%s\n", c->date);
    if (c->executable) {
        buf_puts(b, "Running ");
        put_clean(b, c->executable);
        buf_putc(b, '\n');
    }
    buf_printf(b, "Run on (%d X %g MHz CPU %s)\n", c->num_cpus, c->mhz, c->num_cpus > 1 ? "s" : "");
    put_caches(b, c);
    for (size_t i = 0; i < c->nload_avg; i++)
        buf_printf(b, "%s%.2f%s", i ? ", " : "Load Average: ", c->load_avg[i], i + 1 < c->nload_avg ? "" : "\n");
    for (size_t i = 0; i < c->ncustom; i++) {
        put_clean(b, c->custom[i].key);
        buf_puts(b, ": ");
        put_clean(b, c->custom[i].value);
        buf_putc(b, '\n');
    }
    if (c->seed)
        buf_printf(b, "Seed of random interleaving: %llu\n", (unsigned long long)c->seed);
    put_warnings(b, c);
}

static int console_context(struct reporter *r, const struct bench_context *c)
{
    struct console *k = r->state;
    k->width = c->name_field_width > 10 ? c->name_field_width : 10;
    if (!r->err)
        return 0;
    report_context_text(&k->out, c);
    int rc = report_flush(r->err, &k->out);
    return r->err == r->out ? rc : 0; /* results do not depend on who reads standard error */
}

/* --- header --- */

static void empty(struct buf *b)
{
    b->len = 0;
    buf_puts(b, "");
}

static void put_line(struct buf *b, size_t length)
{
    while (length--)
        buf_putc(b, '-');
    buf_putc(b, '\n');
}

static void put_header(struct console *k, const struct row *row)
{
    struct buf *line = &k->part;
    buf_printf(line, "%-*s %13s %15s %12s", (int)k->width, "Benchmark", "Time", "CPU", "Iterations");
    if (row->ncounters && !k->style.tabular)
        buf_puts(line, " UserCounters...");
    for (size_t i = 0; k->style.tabular && i < row->ncounters; i++)
        buf_printf(line, " %10s", row->counters[i].name);
    put_line(&k->out, line->len);
    put_clean(&k->out, buf_text(line));
    buf_putc(&k->out, '\n');
    put_line(&k->out, line->len);
    empty(line);
    k->headed = true;
    k->columns.len = 0;
    for (size_t i = 0; i < row->ncounters; i++)
        buf_add(&k->columns, row->counters[i].name, strlen(row->counters[i].name) + 1);
}

static bool same_columns(const struct console *k, const struct row *row)
{
    size_t at = 0;
    for (size_t i = 0; i < row->ncounters; i++) {
        size_t n = strlen(row->counters[i].name) + 1;
        if (n > k->columns.len - at || memcmp(k->columns.data + at, row->counters[i].name, n) != 0)
            return false;
        at += n;
    }
    return at == k->columns.len;
}

/* --- rows --- */

/* Prints what is in k->part. The default colour has no opening code but is closed like the others, as theirs. */
static void put_part(struct console *k, enum color color)
{
    if (k->style.color && color != DEFAULT)
        buf_printf(&k->out, "\033[0;3%dm", color);
    put_clean(&k->out, buf_text(&k->part));
    if (k->style.color)
        buf_puts(&k->out, "\033[m");
    empty(&k->part);
}

static void put_name(struct console *k, const struct row *row)
{
    struct buf name = { 0 };
    gbench_put_row_name(&name, row);
    buf_printf(&k->part, "%-*s ", (int)k->width, buf_text(&name));
    buf_free(&name);
    put_part(k, row->kind == ROW_BIG_O || row->kind == ROW_RMS ? BLUE : GREEN);
}

static void put_times(struct console *k, const struct row *row)
{
    double real = gbench_row_value(row, row->real_time), cpu = gbench_row_value(row, row->cpu_time);
    struct buf *b = &k->part;
    if (row->kind == ROW_BIG_O) {
        const char *o = gbench_big_o_name(row->big_o);
        buf_printf(b, "%10.2f %-4s %10.2f %-4s ", real, o, cpu, o);
    } else if (row->kind == ROW_RMS) {
        buf_printf(b, "%10.0f %-4s %10.0f %-4s ", 100 * real, "%", 100 * cpu, "%");
    } else if (row->kind == ROW_AGGREGATE && row->percentage) {
        buf_printf(b, "%10.2f %-4s %10.2f %-4s ", 100 * real, "%", 100 * cpu, "%");
    } else {
        report_put_time(b, real);
        buf_printf(b, " %-4s ", gbench_unit_name(row->unit));
        report_put_time(b, cpu);
        buf_printf(b, " %-4s ", gbench_unit_name(row->unit));
    }
    put_part(k, YELLOW);
}

static const char *counter_unit(const struct row_counter *c)
{
    return !(c->flags & ROW_RATE) ? "" : c->flags & ROW_INVERT ? "s" : "/s";
}

static void put_counter(struct console *k, const struct row *row, const struct row_counter *c)
{
    struct buf value = { 0 };
    const char *unit = counter_unit(c);
    if ((c->percentage || (row->kind == ROW_AGGREGATE && row->percentage)) && isfinite(c->value)) {
        buf_printf(&value, "%.2f", 100 * c->value);
        unit = "%";
    } else {
        report_put_human(&value, c->value, c->one_k == 1024 ? 1024 : 1000);
    }
    if (k->style.tabular) {
        size_t n = strlen(c->name), width = (n > 10 ? n : 10) - strlen(unit);
        buf_printf(&k->part, " %*s%s", (int)width, buf_text(&value), unit);
    } else {
        buf_printf(&k->part, " %s=%s%s", c->name, buf_text(&value), unit);
    }
    buf_free(&value);
    put_part(k, DEFAULT);
}

static void put_row(struct console *k, const struct row *row)
{
    put_name(k, row);
    if (row->skipped != SKIP_NO) {
        bool failed = row->skipped == SKIP_ERROR;
        buf_printf(&k->part, "%s: '%s'", failed ? "ERROR OCCURRED" : "SKIPPED",
                   row->skip_message ? row->skip_message : "");
        put_part(k, failed ? RED : WHITE);
    } else {
        put_times(k, row);
        if (row->kind == ROW_ITERATION || row->kind == ROW_AGGREGATE) {
            buf_printf(&k->part, "%10lld", (long long)row->iterations);
            put_part(k, CYAN);
        }
        for (size_t i = 0; i < row->ncounters; i++)
            put_counter(k, row, &row->counters[i]);
        if (row->label && *row->label) {
            buf_printf(&k->part, " %s", row->label);
            put_part(k, DEFAULT);
        }
    }
    buf_puts(&k->out, k->style.color ? "\n\033[m" : "\n");
}

static int console_report(struct reporter *r, const struct row *rows, size_t n)
{
    struct console *k = r->state;
    for (size_t i = 0; i < n; i++) {
        if (!k->headed || (k->style.tabular && !same_columns(k, &rows[i])))
            put_header(k, &rows[i]);
        put_row(k, &rows[i]);
    }
    return report_flush(r->out, &k->out);
}

static int console_finalize(struct reporter *r)
{
    struct console *k = r->state;
    buf_free(&k->out);
    buf_free(&k->part);
    buf_free(&k->columns);
    return 0;
}

static int console_list(struct reporter *r, const char *const *names, size_t n)
{
    struct console *k = r->state;
    for (size_t i = 0; i < n; i++) {
        buf_puts(&k->out, names[i]); /* as it is: scripts read it, and give it back as a filter */
        buf_putc(&k->out, '\n');
    }
    return report_flush(r->out, &k->out);
}

void report_console(struct reporter *r, struct mem *m, const struct report_style *style)
{
    struct console *k = mem_alloc(m, sizeof *k);
    *k = (struct console){ .style = *style, .width = 10 };
    r->state = k;
    r->context = console_context;
    r->report = console_report;
    r->finalize = console_finalize;
    r->list = console_list;
}
