/* SPDX-License-Identifier: Apache-2.0
 * Migrations. The SQL of db/migrations/ is compiled in, so that a program and its schema cannot be separated. */
#include "db/migrate.h"

#include <stdio.h>

/* The longest string that C11 promises is shorter than a schema; GCC and Clang have no such limit. */
#pragma GCC diagnostic ignored "-Woverlength-strings"
static const struct migration all[] = {
#include "db/migrations.inc"
};

/* "KmDB", in the header of every store: tells it from other programs' databases. */
#define APPLICATION_ID 1265452098

struct migrations migrations_known(void)
{
    return (struct migrations){ all, sizeof all / sizeof *all };
}

static int pragma_int(struct store *s, const char *pragma, int *out, struct err *e)
{
    int64_t value = 0;
    int rc = sql_int(s, &value, pragma, NULL, e);
    *out = (int)value;
    return rc < 0 ? -1 : 0;
}

int migrate_version(struct store *s, int *version, struct err *e)
{
    return pragma_int(s, "PRAGMA user_version", version, e);
}

static int check_owner(struct store *s, int version, struct err *e)
{
    int tables = 0, owner = 0;
    /* In this order: another process may create the store meanwhile, and who sees its tables must see its mark too. */
    if (!version && pragma_int(s, "SELECT count(*) FROM sqlite_schema", &tables, e))
        return -1;
    if (pragma_int(s, "PRAGMA application_id", &owner, e))
        return -1;
    if (owner == APPLICATION_ID || (!version && !tables && !owner))
        return 0;
    return err_set(e, EXIT_STORE, "%s: a database of another program; nothing was changed. Use another --db", s->path);
}

static int check_references(struct store *s, struct err *e)
{
    sqlite3_stmt *st;
    if (sql_query(s, &st, "PRAGMA foreign_key_check", NULL, e))
        return -1;
    int rc = sql_next(s, st, e);
    if (rc == 1)
        rc = err_set(e, EXIT_STORE, "%s: a row of table %s would refer to nothing", s->path,
                     (const char *)sqlite3_column_text(st, 0));
    sql_done(&st);
    return rc;
}

static int set_version(struct store *s, int version, struct err *e)
{
    char pragmas[96];
    snprintf(pragmas, sizeof pragmas, "PRAGMA application_id = %d; PRAGMA user_version = %d;", APPLICATION_ID, version);
    return sql_script(s, pragmas, e);
}

/* Another process may have applied it while this one waited for the lock. */
static int apply_in_transaction(struct store *s, const struct migration *m, int version, struct err *e)
{
    int have;
    if (migrate_version(s, &have, e))
        return -1;
    if (have >= version)
        return 0;
    if (sql_script(s, m->sql, e) || check_references(s, e) || set_version(s, version, e))
        return err_wrap(e, "migration %s failed, nothing was changed", m->name);
    return 0;
}

static int apply(struct store *s, const struct migration *m, int version, struct err *e)
{
    if (sql_begin(s, e))
        return -1;
    return sql_end(s, apply_in_transaction(s, m, version, e), e);
}

static int check_readable(struct store *s, int have, int known, struct err *e)
{
    if (!have)
        return err_set(e, EXIT_STORE, "%s: no results yet: run `kernmark run` first", s->path);
    if (have < known)
        return err_set(
            e, EXIT_STORE,
            "%s: the store has schema %d, this kernmark reads %d: `kernmark db migrate` brings it up to date", s->path,
            have, known);
    return 0;
}

int migrate_check(struct store *s, struct migrations known, enum store_mode mode, struct err *e)
{
    int have;
    s->known = known.n;
    if (migrate_version(s, &have, e) || check_owner(s, have, e))
        return -1;
    if (have > known.n)
        return err_set(e, EXIT_STORE,
                       "%s: the store has schema %d, this kernmark knows 1..%d: update kernmark or use another --db",
                       s->path, have, known.n);
    return mode == STORE_READ ? check_readable(s, have, known.n, e) : 0;
}

int migrate(struct store *s, struct migrations known, struct err *e)
{
    int have;
    if (migrate_version(s, &have, e))
        return -1;
    if (have >= known.n)
        return 0;
    /* A migration that rebuilds a table needs this off, and it cannot be changed inside a transaction. */
    int rc = sql_script(s, "PRAGMA foreign_keys = OFF", e);
    for (int i = have; !rc && i < known.n; i++)
        rc = apply(s, &known.all[i], i + 1, e);
    struct err second; /* must not hide the first */
    return sql_script(s, "PRAGMA foreign_keys = ON", rc ? &second : e) ? -1 : rc;
}
