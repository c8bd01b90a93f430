/* SPDX-License-Identifier: Apache-2.0
 * Rows of a table, names of formats, and the Markdown escape. */
#include "reports/table.h"

#include "reports/text.h"

#include <math.h>
#include <string.h>

static const char *const format_names[] = {
    [FORMAT_TEXT] = "text",
    [FORMAT_MARKDOWN] = "markdown",
    [FORMAT_JSON] = "json",
    [FORMAT_CSV] = "csv",
};

struct cell *table_row(struct mem *m, struct table *t)
{
    t->cells = mem_grow(m, t->cells, &t->cap, (t->nrows + 1) * t->ncolumns, sizeof *t->cells);
    struct cell *row = t->ncolumns ? &t->cells[t->nrows * t->ncolumns] : NULL;
    for (size_t i = 0; i < t->ncolumns; i++)
        row[i] = (struct cell){ NULL, NAN };
    t->nrows++;
    return row;
}

int format_parse(const char *name, enum format *f, struct err *e)
{
    for (size_t i = 0; i < sizeof format_names / sizeof format_names[0]; i++)
        if (strcmp(name, format_names[i]) == 0) {
            *f = (enum format)i;
            return 0;
        }
    return err_set(e, EXIT_USAGE, "unknown format '%s'; known: text, markdown, json, csv", name);
}

/* Entities for HTML, and for `$`, which GitHub reads as mathematics before it reads backslashes. */
static const char *escape_of(uint32_t c)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '$':
        return "&#36;";
    default:
        return NULL;
    }
}

static int is_word(unsigned char c)
{
    return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Places where GitHub makes links and mentions out of plain text, after Markdown has been read. A zero-width space
 * breaks them and is not seen. */
static int starts_reference(uint32_t c, const char *rest)
{
    return (c == '@' || c == '#') && is_word((unsigned char)*rest);
}

/* List items, headings, rules: only at the start of a line, and only where no word or number goes on. */
static int starts_block(uint32_t c, const char *start, const char *here)
{
    if (here == start)
        return (c == '-' || c == '+' || c == '=' || c == ':') && !is_word((unsigned char)here[1]);
    return (c == '.' || c == ')') && (here[1] == ' ' || !here[1]) &&
           strspn(start, "0123456789") == (size_t)(here - start);
}

static int starts_url(uint32_t c, const char *rest, const char *start, const char *here)
{
    return (c == ':' && strncmp(rest, "//", 2) == 0) ||
           (c == '.' && here - start >= 3 && !strncasecmp(here - 3, "www", 3));
}

void markdown_escape(struct buf *out, const char *text)
{
    struct buf line = { 0 };
    text_line(&line, text);
    const char *start = buf_text(&line) + strspn(buf_text(&line), " ");
    for (const char *p = start, *here = p; *p; here = p) {
        uint32_t c = text_next(&p);
        const char *entity = escape_of(c);
        if (entity)
            buf_puts(out, entity);
        else if (starts_url(c, p, start, here))
            buf_printf(out, "&#%u;", (unsigned)c);
        else {
            if ((c < 0x80 && strchr("\\`*_[]|~#", (int)c)) || starts_block(c, start, here))
                buf_putc(out, '\\');
            text_put(out, c);
            if (starts_reference(c, p))
                buf_puts(out, "\xE2\x80\x8B");
        }
    }
    buf_free(&line);
}
