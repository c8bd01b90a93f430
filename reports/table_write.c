/* SPDX-License-Identifier: Apache-2.0
 * One writer per format over one row type. Every writer is safe for any bytes in a cell. */
#include "reports/table.h"

#include "reports/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct cell *cell_at(const struct table *t, size_t row, size_t column)
{
    return &t->cells[row * t->ncolumns + column];
}

/* An absent number is shown, an absent word is not. */
static const char *shown(const struct table *t, const struct cell *c, size_t column)
{
    if (c->text && *c->text)
        return c->text;
    return t->columns[column].align == ALIGN_RIGHT ? "–" : "";
}

/* --- text -------------------------------------------------------------------------------------------------------- */

static void pad(struct buf *out, size_t n)
{
    for (; n; n--)
        buf_putc(out, ' ');
}

static void text_cell(struct buf *out, const struct column *c, const char *text, size_t width, bool last)
{
    struct buf line = { 0 };
    text_line(&line, text);
    size_t have = text_width(buf_text(&line)), fill = width > have ? width - have : 0;
    if (c->align == ALIGN_RIGHT)
        pad(out, fill);
    buf_puts(out, buf_text(&line));
    if (c->align == ALIGN_LEFT && !last)
        pad(out, fill);
    buf_puts(out, last ? "\n" : "  ");
    buf_free(&line);
}

static size_t width_of_line(const char *text)
{
    struct buf line = { 0 };
    text_line(&line, text);
    size_t w = text_width(buf_text(&line));
    buf_free(&line);
    return w;
}

static void measure(const struct table *t, size_t *width)
{
    for (size_t c = 0; c < t->ncolumns; c++) {
        width[c] = width_of_line(t->columns[c].header);
        for (size_t r = 0; r < t->nrows; r++) {
            size_t w = width_of_line(shown(t, cell_at(t, r, c), c));
            width[c] = w > width[c] ? w : width[c];
        }
    }
}

/* Blanks before the end of a line are never seen and always in the way. */
static void trim_line(struct buf *out)
{
    while (out->len >= 2 && out->data[out->len - 2] == ' ' && out->data[out->len - 1] == '\n') {
        out->data[out->len - 2] = '\n';
        out->data[--out->len] = '\0';
    }
}

static void write_text(struct buf *out, const struct table *t)
{
    struct mem m = { 0 };
    size_t *width = mem_array(&m, t->ncolumns, sizeof *width);
    measure(t, width);
    for (size_t c = 0; c < t->ncolumns; c++)
        text_cell(out, &t->columns[c], t->columns[c].header, width[c], c + 1 == t->ncolumns);
    trim_line(out);
    for (size_t c = 0; c < t->ncolumns; c++) {
        for (size_t i = 0; i < width[c]; i++)
            buf_putc(out, '-');
        buf_puts(out, c + 1 == t->ncolumns ? "\n" : "  ");
    }
    for (size_t r = 0; r < t->nrows; r++) {
        for (size_t c = 0; c < t->ncolumns; c++)
            text_cell(out, &t->columns[c], shown(t, cell_at(t, r, c), c), width[c], c + 1 == t->ncolumns);
        trim_line(out);
    }
    mem_free(&m);
}

/* --- Markdown ---------------------------------------------------------------------------------------------------- */

static void write_markdown(struct buf *out, const struct table *t)
{
    for (size_t c = 0; c < t->ncolumns; c++) {
        buf_puts(out, "| ");
        markdown_escape(out, t->columns[c].header);
        buf_putc(out, ' ');
    }
    buf_puts(out, "|\n");
    for (size_t c = 0; c < t->ncolumns; c++)
        buf_puts(out, t->columns[c].align == ALIGN_RIGHT ? "|---:" : "|---");
    buf_puts(out, "|\n");
    for (size_t r = 0; r < t->nrows; r++) {
        for (size_t c = 0; c < t->ncolumns; c++) {
            buf_puts(out, "| ");
            markdown_escape(out, shown(t, cell_at(t, r, c), c));
            buf_putc(out, ' ');
        }
        buf_puts(out, "|\n");
    }
}

/* --- JSON -------------------------------------------------------------------------------------------------------- */

static void json_string(struct buf *out, const char *s)
{
    buf_putc(out, '"');
    for (uint32_t c; (c = text_next(&s)) != 0;) {
        if (c < 0x20 || c == 0x7F || c == 0x2028 || c == 0x2029)
            buf_printf(out, "\\u%04x", (unsigned)c);
        else {
            if (c == '"' || c == '\\')
                buf_putc(out, '\\');
            text_put(out, c);
        }
    }
    buf_putc(out, '"');
}

/* The shortest of the usual precisions that reads back as the same number. */
static void number(struct buf *out, double v)
{
    char text[64];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    buf_puts(out, text);
}

static void json_cell(struct buf *out, const struct cell *c)
{
    if (isfinite(c->number))
        number(out, c->number);
    else if (c->text)
        json_string(out, c->text);
    else
        buf_puts(out, "null");
}

static void write_json(struct buf *out, const struct table *t)
{
    buf_putc(out, '[');
    for (size_t r = 0; r < t->nrows; r++) {
        buf_puts(out, r ? ",\n  {" : "\n  {");
        for (size_t c = 0; c < t->ncolumns; c++) {
            buf_puts(out, c ? ", " : "");
            json_string(out, t->columns[c].key);
            buf_puts(out, ": ");
            json_cell(out, cell_at(t, r, c));
        }
        buf_putc(out, '}');
    }
    buf_puts(out, t->nrows ? "\n]\n" : "]\n");
}

/* --- CSV (RFC 4180) ---------------------------------------------------------------------------------------------- */

/* Spreadsheets run text that begins like a formula; an apostrophe in front makes it text. Numbers are never touched. */
static void csv_text(struct buf *out, const char *s)
{
    bool formula = *s && strchr("=+-@\t\r", *s);
    bool quote = formula || strpbrk(s, "\",\r\n") || *s == ' ';
    buf_puts(out, quote ? "\"" : "");
    buf_puts(out, formula ? "'" : "");
    for (uint32_t c; (c = text_next(&s)) != 0;) {
        if (c == '"')
            buf_putc(out, '"');
        text_put(out, c);
    }
    buf_puts(out, quote ? "\"" : "");
}

static void csv_cell(struct buf *out, const struct cell *c)
{
    if (isfinite(c->number))
        number(out, c->number);
    else if (c->text)
        csv_text(out, c->text);
}

static void write_csv(struct buf *out, const struct table *t)
{
    for (size_t c = 0; c < t->ncolumns; c++) {
        csv_text(out, t->columns[c].key);
        buf_puts(out, c + 1 == t->ncolumns ? "\r\n" : ",");
    }
    for (size_t r = 0; r < t->nrows; r++)
        for (size_t c = 0; c < t->ncolumns; c++) {
            csv_cell(out, cell_at(t, r, c));
            buf_puts(out, c + 1 == t->ncolumns ? "\r\n" : ",");
        }
}

void table_write(struct buf *out, const struct table *t, enum format f)
{
    typedef void writer(struct buf *, const struct table *);
    static writer *const writers[] = {
        [FORMAT_TEXT] = write_text,
        [FORMAT_MARKDOWN] = write_markdown,
        [FORMAT_JSON] = write_json,
        [FORMAT_CSV] = write_csv,
    };
    writers[f](out, t);
}
