/* SPDX-License-Identifier: Apache-2.0
 * Opening and closing. Whatever is wrong with the file is found here, before anything is measured. */
#include "db/store.h"

#include "db/open.h"
#include "harness/base/buf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_MS = 5000, STRICT_TABLES = 3037000 };

struct store_options store_options_default(void)
{
    return (struct store_options){ .busy_ms = BUSY_MS, .migrations = migrations_known() };
}

/* A new store needs a folder, made here if it is the only one missing, that can be written. */
static int make_parent(const char *path, struct err *e)
{
    struct mem m = { 0 };
    const char *slash = strrchr(path, '/'), *parent = ".";
    if (slash)
        parent = slash == path ? "/" : mem_dupn(&m, path, (size_t)(slash - path));
    int rc = 0;
    if ((mkdir(parent, 0777) && errno != EEXIST) || access(parent, W_OK | X_OK))
        rc = err_set(e, EXIT_STORE, "%s: cannot create a store in the directory '%s': %s", path, parent,
                     strerror(errno));
    mem_free(&m);
    return rc;
}

/* What SQLite would say less clearly, or not at all. */
static int check_path(const char *path, enum store_mode mode, struct err *e)
{
    struct stat st;
    if (!path || !*path)
        return err_set(e, EXIT_USAGE, "--db: the path is empty");
    if (stat(path, &st)) {
        if (mode == STORE_WRITE)
            return make_parent(path, e);
        if (errno == ENOENT)
            return err_set(e, EXIT_STORE, "%s: no results yet: run `kernmark run` first", path);
        return err_set(e, EXIT_STORE, "%s: cannot read the store: %s", path, strerror(errno));
    }
    if (S_ISDIR(st.st_mode))
        return err_set(e, EXIT_STORE, "%s: a directory, not a store: name a file in it", path);
    if (!S_ISREG(st.st_mode))
        return err_set(e, EXIT_STORE, "%s: not a regular file, so no store can be there", path);
    if (mode == STORE_READ && !st.st_size)
        return err_set(e, EXIT_STORE, "%s: no results yet: run `kernmark run` first", path);
    return 0;
}

static int open_file(struct store *s, const char *name, int flags, const struct store_options *o, struct err *e)
{
    if (sqlite3_open_v2(name, &s->db, flags | SQLITE_OPEN_EXRESCODE, o->vfs) != SQLITE_OK)
        return s->db ? sql_fail(s, e) : err_set(e, EXIT_INTERNAL, "%s: out of memory", s->path);
    sqlite3_busy_timeout(s->db, o->busy_ms);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return sql_script(s, "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON", e);
}

/* The first touch of the file: from here on the header is known to be good. */
static int touch(struct store *s, struct err *e)
{
    int version;
    return migrate_version(s, &version, e);
}

static bool cannot_share(struct store *s)
{
    int code = sqlite3_errcode(s->db) & 0xff;
    return code == SQLITE_CANTOPEN || code == SQLITE_READONLY || code == SQLITE_IOERR || code == SQLITE_PROTOCOL;
}

/* A store that was last written with a write-ahead log wants to put shared memory beside it. Where nothing can be
 * written there, nobody else can be writing either, and the file may be read as it stands. */
static int reopen_immutable(struct store *s, const char *path, const struct store_options *o, struct err *e)
{
    struct buf uri = { 0 };
    buf_puts(&uri, "file:");
    for (const unsigned char *p = (const unsigned char *)path; *p; p++)
        buf_printf(&uri, "%%%02X", *p);
    buf_puts(&uri, "?immutable=1");
    sqlite3_close_v2(s->db);
    s->db = NULL;
    int rc = open_file(s, buf_text(&uri), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, o, e);
    buf_free(&uri);
    return rc ? rc : touch(s, e);
}

static int open_read(struct store *s, const struct store_options *o, struct err *e)
{
    if (open_file(s, s->path, SQLITE_OPEN_READONLY, o, e))
        return -1;
    int rc = touch(s, e);
    if (rc && cannot_share(s)) {
        struct buf log = { 0 };
        struct stat st;
        buf_printf(&log, "%s-wal", s->path);
        if (stat(buf_text(&log), &st) || !st.st_size)
            rc = reopen_immutable(s, s->path, o, e);
        buf_free(&log);
    }
    return rc;
}

/* A write-ahead log needs shared memory, which some file systems lack: a new store there keeps the rollback journal,
 * which needs full syncs to be as safe. */
static int use_log(struct store *s, struct err *e)
{
    struct err ignored;
    sqlite3_stmt *st;
    bool wal = false;
    if (!sql_query(s, &st, "PRAGMA journal_mode = WAL", NULL, &ignored)) {
        wal = sql_next(s, st, &ignored) == 1 && !sqlite3_stricmp((const char *)sqlite3_column_text(st, 0), "wal");
        sql_done(&st);
    }
    return sql_script(s, wal ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL", e);
}

static int open_write(struct store *s, const struct store_options *o, struct err *e)
{
    char limit[64];
    if (open_file(s, s->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, o, e))
        return -1;
    if (sqlite3_db_readonly(s->db, "main") == 1)
        return err_set(e, EXIT_STORE, "%s: the store is read-only: change its permissions, or use another --db",
                       s->path);
    /* A store that has a write-ahead log, on a file system without shared memory, is opened for this process alone. */
    if (touch(s, e) && (!cannot_share(s) || sql_script(s, "PRAGMA locking_mode = EXCLUSIVE", e) || touch(s, e)))
        return -1;
    snprintf(limit, sizeof limit, "PRAGMA max_page_count = %d", o->max_pages);
    return o->max_pages ? sql_script(s, limit, e) : 0;
}

int store_open_with(struct store **out, const char *path, enum store_mode mode, const struct store_options *o,
                    struct err *e)
{
    *out = NULL;
    if (sqlite3_libversion_number() < STRICT_TABLES)
        return err_set(e, EXIT_STORE, "SQLite %s is too old: 3.37 or newer is needed", sqlite3_libversion());
    if (check_path(path, mode, e))
        return -1;
    struct store *s = calloc(1, sizeof *s);
    if (!s)
        return err_set(e, EXIT_INTERNAL, "out of memory");
    s->path = mem_dup(&s->mem, path);
    int rc = mode == STORE_READ ? open_read(s, o, e) : open_write(s, o, e);
    if (!rc)
        rc = migrate_check(s, o->migrations, mode, e);
    if (!rc && mode == STORE_WRITE)
        rc = use_log(s, e) || migrate(s, o->migrations, e) ? -1 : 0;
    if (rc)
        store_close(&s);
    *out = s;
    return rc;
}

int store_open(struct store **out, const char *path, enum store_mode mode, struct err *e)
{
    struct store_options o = store_options_default();
    return store_open_with(out, path, mode, &o, e);
}

void store_close(struct store **s)
{
    if (!*s)
        return;
    sqlite3_close_v2((*s)->db);
    mem_free(&(*s)->mem);
    free(*s);
    *s = NULL;
}

int store_schema(struct store *s, int *have, int *known, struct err *e)
{
    *known = s->known;
    return migrate_version(s, have, e);
}
