/* SPDX-License-Identifier: Apache-2.0
 * SQLite in one readable C line per query. Inside this room only.
 *
 * Text and numbers are always bound, never put into SQL. All functions return -1 with kind EXIT_STORE on failure, and
 * a message that names the file and what to do. */
#ifndef KM_SQL_H
#define KM_SQL_H

#include "harness/base/err.h"
#include "harness/base/mem.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store {
    sqlite3 *db;
    const char *path;
    int known; /* newest schema this program knows */
    struct mem mem;
};

/* --- values to bind --- */
enum arg_type { ARG_END, ARG_INT, ARG_REAL, ARG_TEXT, ARG_BLOB };

struct arg {
    enum arg_type type;
    int64_t integer;
    double real;       /* NAN binds NULL */
    const void *bytes; /* text (NULL binds NULL) or blob */
    size_t len;        /* of a blob */
};

/* clang-format off */
static inline struct arg arg_int(int64_t v) { return (struct arg){ .type = ARG_INT, .integer = v }; }
static inline struct arg arg_real(double v) { return (struct arg){ .type = ARG_REAL, .real = v }; }
static inline struct arg arg_text(const char *v) { return (struct arg){ .type = ARG_TEXT, .bytes = v }; }
static inline struct arg arg_blob(const void *v, size_t len)
{ return (struct arg){ .type = ARG_BLOB, .bytes = v, .len = len }; }
/* clang-format on */

/* ARGS(arg_int(id), arg_text(name)) is the list for ?1, ?2, ...; no values: NULL. */
#define ARGS(...)                                                                                                      \
    (const struct arg[])                                                                                               \
    {                                                                                                                  \
        __VA_ARGS__,                                                                                                   \
        {                                                                                                              \
            .type = ARG_END                                                                                            \
        }                                                                                                              \
    }

/* --- statements --- */

/* Prepares and binds. Bound text and blobs must live until sql_done(). On failure *st is NULL. */
int sql_query(struct store *s, sqlite3_stmt **st, const char *sql, const struct arg *args, struct err *e);
/* 1: a row is there; 0: no more. */
int sql_next(struct store *s, sqlite3_stmt *st, struct err *e);
void sql_done(sqlite3_stmt **st);

/* Binds one value; `index` counts from 1. */
int sql_bind(struct store *s, sqlite3_stmt *st, int index, struct arg value, struct err *e);

/* Runs one statement that gives no rows. */
int sql_run(struct store *s, const char *sql, const struct arg *args, struct err *e);
/* First column of the first row: 1, or 0 where there is no row or it is NULL (*out stays). */
int sql_int(struct store *s, int64_t *out, const char *sql, const struct arg *args, struct err *e);
/* Runs a script of several statements, without values. */
int sql_script(struct store *s, const char *script, struct err *e);

/* Columns; text is copied to m, NULL stays NULL, a number that is NULL is NAN. */
const char *sql_text(struct mem *m, sqlite3_stmt *st, int column);
double sql_real(sqlite3_stmt *st, int column);

/* Seconds since 1970, now. */
#define SQL_NOW "(julianday('now') - 2440587.5) * 86400.0"

/* --- transactions --- */
int sql_begin(struct store *s, struct err *e);
/* Commits where rc is 0, else (or where that fails) rolls back and keeps the error. Returns the outcome. */
int sql_end(struct store *s, int rc, struct err *e);

/* Fills e from the connection's last error and returns -1. */
int sql_fail(struct store *s, struct err *e);

#endif
