/* SPDX-License-Identifier: Apache-2.0
 * What the tests of benchmark executables' flags and reporters share. */
#ifndef ROW_HELP_H
#define ROW_HELP_H

#include "harness/bench/report.h"

/* Everything printed to a file descriptor between the two calls, NUL-terminated; free() it. */
struct capture {
    int fd, saved;
    FILE *file;
};
void capture_begin(struct capture *c, int fd);
char *capture_end(struct capture *c);

/* A reporter over streams in memory: nothing is a file. */
struct rig {
    struct mem m;
    struct reporter r;
    char *out, *err;
    size_t out_len, err_len;
};
void rig_open(struct rig *g, const char *format, const struct report_style *style);
void rig_close(struct rig *g);

/* Fails with both texts and the first place where they differ. */
void row_text_is(const char *got, const char *want);

extern const struct bench_context bench_example; /* the machine of the golden texts */

/* Rows of one family: two repetitions with counters, aggregates, complexity, and rows without a time. */
extern const struct row bench_rows[];
extern const size_t bench_nrows;
enum { ROW_FIRST, ROW_SECOND, ROW_MEAN, ROW_CV, ROW_FIT, ROW_RESIDUE, ROW_FAILED, ROW_SKIPPED };

#endif
