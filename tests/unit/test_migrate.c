/* SPDX-License-Identifier: Apache-2.0
 * Migrations: from every historic version, refused ones, failing ones, and two processes at once. */
#include "tests/unit/store_help.h"

#include "db/sql.h"
#include "harness/base/buf.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int open_known(struct place *p, struct migrations known, enum store_mode mode)
{
    struct store_options o = store_options_default();
    o.migrations = known;
    return store_open_with(&p->s, p->path, mode, &o, &p->e);
}

/* The schema as text, for comparing. */
static const char *schema(struct place *p)
{
    struct buf b = { 0 };
    sqlite3_stmt *st;
    must(p, sql_query(p->s, &st, "SELECT name, sql FROM sqlite_schema ORDER BY name", NULL, &p->e));
    while (sql_next(p->s, st, &p->e) == 1)
        buf_printf(&b, "%s: %s\n", (const char *)sqlite3_column_text(st, 0),
                   sqlite3_column_text(st, 1) ? (const char *)sqlite3_column_text(st, 1) : "");
    sql_done(&st);
    const char *text = mem_dup(&p->m, buf_text(&b));
    buf_free(&b);
    return text;
}

static void migrations_are_numbered_without_gaps(void **state)
{
    (void)state;
    struct migrations known = migrations_known();
    assert_true(known.n >= 2);
    for (int i = 0; i < known.n; i++) {
        char number[16];
        snprintf(number, sizeof number, "%03d_", i + 1);
        assert_memory_equal(known.all[i].name, number, 4);
        assert_true(strstr(known.all[i].sql, "CREATE TABLE") || strstr(known.all[i].sql, "ALTER TABLE"));
    }
}

/* A store left by any earlier version, with rows in it, becomes what a new store is, and keeps its rows. */
static void every_version_becomes_the_newest(void **state)
{
    struct place *p = *state;
    struct migrations known = migrations_known();
    must(p, store_open(&p->s, p->path, STORE_WRITE, &p->e));
    const char *newest = schema(p);
    for (int from = 1; from <= known.n; from++) {
        store_close(&p->s);
        assert_int_equal(unlink(p->path), 0);
        must(p, open_known(p, (struct migrations){ known.all, from }, STORE_WRITE));
        int64_t run =
            put_plain(p, &(struct plain){ .started = 1000, .names = { "dot", "axpy" }, .state = RUN_COMPLETE });
        store_close(&p->s);
        must(p, store_open(&p->s, p->path, STORE_WRITE, &p->e));
        assert_string_equal(schema(p), newest);
        int have, can;
        must(p, store_schema(p->s, &have, &can, &p->e));
        assert_int_equal(have, known.n);
        assert_int_equal(can, known.n);
        struct run back;
        must(p, store_load(p->s, &p->m, run, &back, &p->e));
        assert_int_equal(back.nresults, 2);
        assert_int_equal(back.results[1].nsamples, 24);
        must(p, store_baseline_set(p->s, STORE_BASELINE, run, NULL, &p->e));
    }
}

static void an_older_schema_is_not_read(void **state)
{
    struct place *p = *state;
    must(p, open_known(p, (struct migrations){ migrations_known().all, 1 }, STORE_WRITE));
    store_close(&p->s);
    must_fail(p, store_open(&p->s, p->path, STORE_READ, &p->e), EXIT_STORE, "the store has schema 1");
    assert_null(p->s);
    must(p, open_known(p, (struct migrations){ migrations_known().all, 1 }, STORE_READ));
}

static void a_newer_schema_is_refused(void **state)
{
    struct place *p = *state;
    size_t before, after;
    tamper(p, "PRAGMA user_version = 7");
    store_close(&p->s);
    const char *was = slurp(&p->m, p->path, &before);
    char want[64];
    snprintf(want, sizeof want, "schema 7, this kernmark knows 1..%d", migrations_known().n);
    must_fail(p, store_open(&p->s, p->path, STORE_WRITE, &p->e), EXIT_STORE, want);
    must_fail(p, store_open(&p->s, p->path, STORE_READ, &p->e), EXIT_STORE, want);
    const char *is = slurp(&p->m, p->path, &after);
    assert_int_equal(before, after);
    assert_memory_equal(was, is, before);
}

static void anothers_database_is_refused(void **state)
{
    struct place *p = *state;
    char other[600];
    sqlite3 *db;
    size_t before, after;
    for (int version = 0; version < 2; version++) {
        snprintf(other, sizeof other, "%s/other%d.db", p->dir, version);
        assert_int_equal(sqlite3_open(other, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, "CREATE TABLE theirs(x); INSERT INTO theirs VALUES (1)", 0, 0, 0), SQLITE_OK);
        if (version)
            assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 1", 0, 0, 0), SQLITE_OK);
        sqlite3_close(db);
        const char *was = slurp(&p->m, other, &before);
        must_fail(p, store_open(&p->s, other, STORE_WRITE, &p->e), EXIT_STORE, "a database of another program");
        const char *is = slurp(&p->m, other, &after);
        assert_int_equal(before, after);
        assert_memory_equal(was, is, before);
    }
}

static void a_failing_migration_changes_nothing(void **state)
{
    struct place *p = *state;
    const struct migration good = migrations_known().all[0];
    const struct migration bad[] = {
        good,
        { "002_bad", "CREATE TABLE half(x); INSERT INTO nowhere VALUES (1);" },
    };
    must_fail(p, open_known(p, (struct migrations){ bad, 2 }, STORE_WRITE), EXIT_STORE, "migration 002_bad failed");
    must(p, open_known(p, (struct migrations){ &good, 1 }, STORE_WRITE));
    assert_int_equal(ask(p, "PRAGMA user_version"), 1);
    assert_int_equal(ask(p, "SELECT count(*) FROM sqlite_schema WHERE name = 'half'"), 0);
}

static void a_migration_that_breaks_references_is_undone(void **state)
{
    struct place *p = *state;
    const struct migration steps[] = {
        migrations_known().all[0],
        { "002_cut", "DELETE FROM host;" },
    };
    must(p, open_known(p, (struct migrations){ steps, 1 }, STORE_WRITE));
    put_plain(p, &(struct plain){ .started = 1000, .names = { "dot" } });
    store_close(&p->s);
    must_fail(p, open_known(p, (struct migrations){ steps, 2 }, STORE_WRITE), EXIT_STORE, "would refer to nothing");
    must(p, open_known(p, (struct migrations){ steps, 1 }, STORE_WRITE));
    assert_int_equal(ask(p, "SELECT count(*) FROM host"), 1);
    assert_int_equal(ask(p, "PRAGMA foreign_keys"), 1);
}

/* A rebuilt table is dropped while others refer to it; that must not delete them. */
static void a_migration_may_rebuild_a_table(void **state)
{
    struct place *p = *state;
    const struct migration steps[] = {
        migrations_known().all[0],
        { "002_rebuild", "CREATE TABLE new_run AS SELECT * FROM run; DROP TABLE run; "
                         "CREATE TABLE run(id INTEGER PRIMARY KEY, uuid TEXT);"
                         "INSERT INTO run SELECT id, uuid FROM new_run; DROP TABLE new_run;" },
    };
    must(p, open_known(p, (struct migrations){ steps, 1 }, STORE_WRITE));
    put_plain(p, &(struct plain){ .started = 1000, .names = { "dot", "axpy" } });
    store_close(&p->s);
    must(p, open_known(p, (struct migrations){ steps, 2 }, STORE_WRITE));
    assert_int_equal(ask(p, "SELECT count(*) FROM result"), 2);
    assert_int_equal(ask(p, "SELECT count(*) FROM run"), 1);
}

/* Several processes open a store that is not there yet, and each stores a run. */
static void many_may_begin_at_once(void **state)
{
    enum { PROCESSES = 6 };
    struct place *p = *state;
    pid_t children[PROCESSES];
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (!children[i]) {
            struct mem m = { 0 };
            struct err e;
            struct store *s;
            struct run run = plain_run(&m, &(struct plain){ .started = 1000 + i });
            struct result r = plain_result(&m, "dot", 1e-6);
            int rc =
                store_open(&s, p->path, STORE_WRITE, &e) || store_begin(s, &run, &e) || store_result(s, run.id, &r, &e);
            if (rc)
                fprintf(stderr, "child %d: %s\n", i, e.text);
            _exit(rc);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    must(p, store_open(&p->s, p->path, STORE_WRITE, &p->e));
    assert_int_equal(ask(p, "SELECT count(*) FROM run"), PROCESSES);
    assert_int_equal(ask(p, "SELECT count(*) FROM host"), 1);
    assert_int_equal(ask(p, "SELECT count(*) FROM series"), 1);
    assert_int_equal(ask(p, "SELECT count(*) FROM result"), PROCESSES);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(migrations_are_numbered_without_gaps),
        TEST(every_version_becomes_the_newest),
        TEST(an_older_schema_is_not_read),
        cmocka_unit_test_setup_teardown(a_newer_schema_is_refused, place_open, place_remove),
        TEST(anothers_database_is_refused),
        TEST(a_failing_migration_changes_nothing),
        TEST(a_migration_that_breaks_references_is_undone),
        TEST(a_migration_may_rebuild_a_table),
        TEST(many_may_begin_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
