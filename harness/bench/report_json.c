/* SPDX-License-Identifier: Apache-2.0
 * The JSON reporter. A regular file is a whole document after every call: each one overwrites the closing lines of the
 * one before with its rows and new closing lines. A pipe gets its closing lines at the end. */
#include "harness/bench/report.h"

#include "harness/format/jsonout.h"

#include <errno.h>
#include <string.h>

#define CLOSING "\n  ]\n}\n"

struct json {
    struct buf b;
    int64_t at;             /* where the closing lines begin; -1: a stream */
    bool began, whole, any; /* whole: the closing lines are there */
};

static int put(struct reporter *r, const char *old)
{
    struct json *j = r->state;
    size_t n = j->b.len;
    if (j->at < 0)
        return report_flush(r->out, &j->b);
    buf_puts(&j->b, CLOSING);
    int rc = report_file_replace(r->out, j->at, &j->b, old);
    j->at += rc ? 0 : (int64_t)n;
    j->whole = j->whole || !rc;
    j->b.len = 0;
    return rc;
}

static int json_context(struct reporter *r, const struct bench_context *c)
{
    struct json *j = r->state;
    j->at = report_file_position(r->out);
    j->began = true;
    r->closing = j->at < 0 ? CLOSING : NULL;
    buf_puts(&j->b, "{\n  \"context\": {");
    gbench_put_context(&j->b, c, 4);
    buf_puts(&j->b, "\n  },\n  \"benchmarks\": [\n");
    return put(r, "");
}

static int json_report(struct reporter *r, const struct row *rows, size_t n)
{
    struct json *j = r->state;
    if (!n)
        return 0;
    for (size_t i = 0; i < n; i++) {
        buf_puts(&j->b, i || j->any ? ",\n    {" : "    {");
        gbench_put_row(&j->b, &rows[i], 6);
        buf_puts(&j->b, "\n    }");
    }
    if (put(r, CLOSING))
        return -1;
    j->any = true;
    return 0;
}

static int json_finalize(struct reporter *r)
{
    struct json *j = r->state;
    if (j->began && j->at < 0)
        buf_puts(&j->b, CLOSING);
    int rc = j->whole ? report_file_end(r->out, j->at + (int64_t)strlen(CLOSING)) : report_flush(r->out, &j->b);
    int error = errno;
    buf_free(&j->b);
    errno = error;
    return rc;
}

static int json_list(struct reporter *r, const char *const *names, size_t n)
{
    struct json *j = r->state;
    buf_puts(&j->b, "{\n  \"benchmarks\": [");
    for (size_t i = 0; i < n; i++) {
        buf_puts(&j->b, i ? ",\n    {\n      \"name\": " : "\n    {\n      \"name\": ");
        json_put_string(&j->b, names[i]);
        buf_puts(&j->b, "\n    }");
    }
    buf_puts(&j->b, CLOSING);
    return report_flush(r->out, &j->b);
}

void report_json(struct reporter *r, struct mem *m)
{
    struct json *j = mem_alloc(m, sizeof *j);
    j->at = -1;
    r->state = j;
    r->context = json_context;
    r->report = json_report;
    r->finalize = json_finalize;
    r->list = json_list;
}
