/* SPDX-License-Identifier: Apache-2.0
 * The reporters of benchmark executables: console, JSON, CSV. One writer per format over the rows of row.h. */
#ifndef KM_BENCH_REPORT_H
#define KM_BENCH_REPORT_H

#include "harness/base/buf.h"
#include "harness/base/mem.h"
#include "harness/bench/row.h"

struct report_style { /* of the console */
    bool color, tabular;
};

/* Fills a reporter by the name of its format ("console", "json", "csv"); false for any other name. Its state lives in m;
 * what it holds beside is freed by finalize(), which is called once, also where context() never was.
 *
 * JSON: where `out` is a regular file (not one opened for appending), the file is a whole valid document after context()
 * and after every report(): the next rows overwrite its last lines. A failed write, as on a full disk, leaves it as it
 * was before. `out` must not be written by others meanwhile; what they wrote is overwritten.
 *
 * CSV: the header names the counters known so far. A row with another one rewrites a regular file with the wider header;
 * elsewhere a new header precedes that row. */
bool report_init(struct reporter *r, struct mem *m, const char *format, FILE *out, FILE *err,
                 const struct report_style *style);

void report_console(struct reporter *r, struct mem *m, const struct report_style *style);
void report_json(struct reporter *r, struct mem *m);
void report_csv(struct reporter *r, struct mem *m);

/* --benchmark_color: "auto" looks at the terminal behind f and at TERM. */
bool report_wants_color(const char *flag, FILE *f);

/* Writes and empties the buffer. -1 with errno. */
int report_flush(FILE *f, struct buf *b);

/* Where in a file that is written in place (regular, not appended to) the next byte goes; -1 if f is none. */
int64_t report_file_position(FILE *f);

/* Makes the bytes from `at` the end of such a file. On failure what was there from `at`, `old`, is put back.
 * -1 with errno. */
int report_file_replace(FILE *f, int64_t at, const struct buf *bytes, const char *old);

/* Cuts such a file off where our text ends: others may have printed to the same stream. -1 with errno. */
int report_file_end(FILE *f, int64_t end);

/* The machine as Google Benchmark's console shows it: date, CPU, caches, load, warnings. */
void report_context_text(struct buf *b, const struct bench_context *c);

/* Time as the console shows it: "%10.3f" below 1, fewer digits above. */
void report_put_time(struct buf *b, double value);

/* "12.3457k", "976.562Ki", "20u"; base 1000 or 1024. */
void report_put_human(struct buf *b, double value, int base);

#endif
