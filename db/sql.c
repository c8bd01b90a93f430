/* SPDX-License-Identifier: Apache-2.0
 * The thin layer over SQLite, and the one place where its errors become sentences. */
#include "db/sql.h"

#include <math.h>
#include <string.h>

static const struct {
    int code;
    const char *advice;
} failures[] = {
    { SQLITE_BUSY, "another process holds the store: try again or wait" },
    { SQLITE_LOCKED, "another process holds the store: try again or wait" },
    { SQLITE_PROTOCOL, "another process holds the store: try again or wait" },
    { SQLITE_NOTADB,
      "not a kernmark store, or damaged; nothing was changed. Check it with `kernmark db check`, or move "
      "it aside to begin a new one" },
    { SQLITE_CORRUPT, "the store is damaged. See `kernmark db check`, or move it aside to begin a new one" },
    { SQLITE_FULL, "no space left for the store: free some; what was stored before is safe" },
    { SQLITE_IOERR, "cannot read or write the store; what was stored before is kept" },
    { SQLITE_READONLY, "the store is read-only: change its permissions, or use another --db" },
    { SQLITE_CANTOPEN, "cannot open the store: check that the path exists and can be written" },
    { SQLITE_PERM, "no permission for the store" },
};

int sql_fail(struct store *s, struct err *e)
{
    int code = sqlite3_extended_errcode(s->db);
    const char *said = sqlite3_errmsg(s->db);
    int system = sqlite3_system_errno(s->db);
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        if (failures[i].code != (code & 0xff))
            continue;
        bool about_file = failures[i].code == SQLITE_CANTOPEN || failures[i].code == SQLITE_IOERR;
        if (about_file && system)
            said = strerror(system);
        return err_set(e, EXIT_STORE, "%s: %s (%s)", s->path, failures[i].advice, said);
    }
    return err_set(e, EXIT_STORE, "%s: %s", s->path, said);
}

static int bind_value(sqlite3_stmt *st, int index, const struct arg *a)
{
    if (a->type == ARG_INT)
        return sqlite3_bind_int64(st, index, a->integer);
    if (a->type == ARG_REAL && !isnan(a->real))
        return sqlite3_bind_double(st, index, a->real);
    if (a->type == ARG_TEXT && a->bytes)
        return sqlite3_bind_text(st, index, a->bytes, -1, SQLITE_STATIC);
    if (a->type == ARG_BLOB && a->len)
        return sqlite3_bind_blob64(st, index, a->bytes, a->len, SQLITE_STATIC);
    if (a->type == ARG_BLOB)
        return sqlite3_bind_zeroblob(st, index, 0);
    return sqlite3_bind_null(st, index);
}

int sql_bind(struct store *s, sqlite3_stmt *st, int index, struct arg value, struct err *e)
{
    return bind_value(st, index, &value) == SQLITE_OK ? 0 : sql_fail(s, e);
}

int sql_query(struct store *s, sqlite3_stmt **st, const char *sql, const struct arg *args, struct err *e)
{
    *st = NULL;
    if (sqlite3_prepare_v2(s->db, sql, -1, st, NULL) != SQLITE_OK)
        return sql_fail(s, e);
    for (int i = 0; args && args[i].type != ARG_END; i++) {
        if (sql_bind(s, *st, i + 1, args[i], e)) {
            sql_done(st);
            return -1;
        }
    }
    return 0;
}

int sql_next(struct store *s, sqlite3_stmt *st, struct err *e)
{
    int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW)
        return 1;
    return rc == SQLITE_DONE ? 0 : sql_fail(s, e);
}

void sql_done(sqlite3_stmt **st)
{
    sqlite3_finalize(*st);
    *st = NULL;
}

int sql_run(struct store *s, const char *sql, const struct arg *args, struct err *e)
{
    sqlite3_stmt *st;
    if (sql_query(s, &st, sql, args, e))
        return -1;
    int rc;
    do
        rc = sql_next(s, st, e);
    while (rc == 1);
    sql_done(&st);
    return rc;
}

int sql_int(struct store *s, int64_t *out, const char *sql, const struct arg *args, struct err *e)
{
    sqlite3_stmt *st;
    if (sql_query(s, &st, sql, args, e))
        return -1;
    int rc = sql_next(s, st, e);
    if (rc == 1 && sqlite3_column_type(st, 0) == SQLITE_NULL)
        rc = 0;
    if (rc == 1)
        *out = sqlite3_column_int64(st, 0);
    sql_done(&st);
    return rc;
}

int sql_script(struct store *s, const char *script, struct err *e)
{
    return sqlite3_exec(s->db, script, NULL, NULL, NULL) == SQLITE_OK ? 0 : sql_fail(s, e);
}

const char *sql_text(struct mem *m, sqlite3_stmt *st, int column)
{
    return mem_dup(m, (const char *)sqlite3_column_text(st, column));
}

double sql_real(sqlite3_stmt *st, int column)
{
    return sqlite3_column_type(st, column) == SQLITE_NULL ? NAN : sqlite3_column_double(st, column);
}

/* IMMEDIATE: a writer waits for its turn at the start, where waiting is possible, and not half way through. */
int sql_begin(struct store *s, struct err *e)
{
    return sql_script(s, "BEGIN IMMEDIATE", e);
}

int sql_end(struct store *s, int rc, struct err *e)
{
    if (!rc && !sql_script(s, "COMMIT", e))
        return 0;
    /* SQLite has rolled back by itself after some errors. */
    if (!sqlite3_get_autocommit(s->db))
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return -1;
}
