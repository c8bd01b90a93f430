/* SPDX-License-Identifier: Apache-2.0
 * A table of text cells, written as text, Markdown, JSON or CSV: one writer per format over one row type.
 * Every cell is escaped for its format here; callers hand over raw text. */
#ifndef KM_TABLE_H
#define KM_TABLE_H

#include "harness/base/buf.h"
#include "harness/base/err.h"
#include "harness/base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum align { ALIGN_LEFT, ALIGN_RIGHT };
enum format { FORMAT_TEXT, FORMAT_MARKDOWN, FORMAT_JSON, FORMAT_CSV };

struct column {
    const char *key;    /* JSON key and CSV header: "median_s" */
    const char *header; /* for people: "median" */
    enum align align;
};

/* A cell: text for people; and for JSON and CSV the bare number in SI base units where it has one. */
struct cell {
    const char *text; /* NULL: empty */
    double number;    /* NAN: text only */
};

struct table {
    const struct column *columns;
    size_t ncolumns;
    struct cell *cells; /* row-major */
    size_t nrows, cap;
};

/* What a writer shows: text and Markdown the text ("–" for an empty cell of a right-aligned column), JSON and CSV the
 * number where it is finite, else the text, else null or nothing. CSV puts an apostrophe before text that a spreadsheet
 * would run as a formula. */

/* Appends one row of empty cells in m and returns it. */
struct cell *table_row(struct mem *m, struct table *t);
void table_write(struct buf *out, const struct table *t, enum format f);
int format_parse(const char *name, enum format *f, struct err *e);

/* Text escaped so that Markdown (GitHub's) shows it verbatim on one line, in a table cell or anywhere else. */
void markdown_escape(struct buf *out, const char *text);

/* Numbers in the reader's unit with three significant digits, in m; "–" for NAN: */
const char *show_seconds(struct mem *m, double s);                 /* "1.23 µs" */
const char *show_rate(struct mem *m, double per_s, const char *u); /* "12.3 GB/s" with u = "B/s" */
const char *show_bytes(struct mem *m, double b);                   /* "48 KiB" */
const char *show_percent(struct mem *m, double fraction);          /* "+12.3%" */
const char *show_share(struct mem *m, double fraction);            /* "12.3%": no sign */
const char *show_ratio(struct mem *m, double r);                   /* "3.40×" */
const char *show_count(struct mem *m, double n);
const char *show_date(struct mem *m, double seconds_since_1970);   /* "2026-11-20 15:04 UTC" */
const char *show_interval(struct mem *m, double low, double high); /* "1.20–1.25 µs": one unit for both */

#endif
