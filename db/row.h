/* SPDX-License-Identifier: Apache-2.0
 * Rows as structs. A struct table lists the columns of one SQL table and where each lives in a C struct, so that
 * writing and reading are the same list (db/tables.c). Inside this room only. */
#ifndef KM_ROW_H
#define KM_ROW_H

#include "db/sql.h"
#include "harness/base/buf.h"

enum column_type {
    COLUMN_TEXT,  /* const char * */
    COLUMN_CHARS, /* char array */
    COLUMN_REAL,  /* double; NAN is NULL */
    COLUMN_INT,   /* integer of `size` bytes; unsigned ones keep their bits */
    COLUMN_WORD,  /* enum, stored as its word */
};

struct column {
    const char *name; /* with a dot: qualified as it stands */
    enum column_type type;
    size_t at, size;          /* in the struct */
    const char *const *words; /* of an enum, NULL-terminated, in order of its values */
};

struct table {
    const char *name;
    const struct column *columns;
    size_t n;
    size_t keys; /* the first columns, which make a row unique */
};

/* Inserts obj. `fixed` are columns that obj does not hold: their names, comma separated, and their values.
 * *id (may be NULL) gets the new row's. */
int row_insert(struct store *s, const struct table *t, const void *obj, const char *fixed, const struct arg *values,
               int64_t *id, struct err *e);

/* The id of the row with obj's keys, which is inserted if new. Returns 1 if it was, 0 if not, -1 on failure. */
int row_intern(struct store *s, const struct table *t, const void *obj, int64_t *id, struct err *e);

/* Fills one element from the row at hand. */
typedef int row_reader(struct store *s, struct mem *m, sqlite3_stmt *st, void *element, struct err *e);

enum { QUERY_TABLES = 4 };

/* SELECT head, all columns of the tables, tail. */
struct query {
    const char *head;                         /* "result.id": one column or more */
    const struct table *tables[QUERY_TABLES]; /* up to the first NULL */
    const char *tail;                         /* "FROM ..." */
    size_t size;                              /* of an element, for row_all() */
    row_reader *read; /* for row_all(); NULL: the head is one column, the element holds tables[0] */
};
int row_query(struct store *s, sqlite3_stmt **st, const struct query *q, const struct arg *args, struct err *e);

struct rows {
    void *all; /* in m; NULL if none */
    size_t n;
};
int row_all(struct store *s, struct mem *m, const struct query *q, const struct arg *args, struct rows *out,
            struct err *e);

/* Fills obj from the columns that begin at *column, and moves *column behind them. */
int row_read(struct store *s, struct mem *m, sqlite3_stmt *st, int *column, const struct table *t, void *obj,
             struct err *e);

/* The first column in which two structs differ; NULL: none. Numbers may differ by `tolerance` relative to a. Only
 * columns within [from, to) bytes of the struct count. */
const struct column *row_differs(const struct table *t, const void *a, const void *b, size_t from, size_t to,
                                 double tolerance);

#endif
