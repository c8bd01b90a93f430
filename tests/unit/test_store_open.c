/* SPDX-License-Identifier: Apache-2.0
 * Opening what cannot be opened: missing, empty, locked, read-only, damaged, full. Each has its sentence, and loses
 * nothing. */
#include "tests/unit/store_help.h"

#include "db/sql.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct plain one = { .started = 1000, .names = { "dot", "axpy" }, .state = RUN_COMPLETE };

static void a_missing_store_has_no_results_yet(void **state)
{
    struct place *p = *state;
    must_fail(p, store_open(&p->s, p->path, STORE_READ, &p->e), EXIT_STORE, "no results yet: run `kernmark run` first");
    assert_null(p->s);
    assert_int_equal(access(p->path, F_OK), -1);
    must_fail(p, store_open(&p->s, "", STORE_READ, &p->e), EXIT_USAGE, "empty");
}

static void a_new_store_gets_its_folder_and_a_log(void **state)
{
    struct place *p = *state;
    must(p, store_open(&p->s, p->path, STORE_WRITE, &p->e));
    assert_int_equal(access(p->path, F_OK), 0);
    sqlite3_stmt *st;
    must(p, sql_query(p->s, &st, "PRAGMA journal_mode", NULL, &p->e));
    assert_int_equal(sql_next(p->s, st, &p->e), 1);
    assert_string_equal(sql_text(&p->m, st, 0), "wal");
    sql_done(&st);
    assert_int_equal(ask(p, "PRAGMA synchronous"), 1);
    assert_int_equal(ask(p, "PRAGMA foreign_keys"), 1);
    assert_int_equal(ask(p, "PRAGMA busy_timeout"), 5000);
    store_close(&p->s);
    store_close(&p->s); /* twice is harmless */
    char deep[640];
    snprintf(deep, sizeof deep, "%s/none/none/r.db", p->dir);
    must_fail(p, store_open(&p->s, deep, STORE_WRITE, &p->e), EXIT_STORE, "cannot create a store in the directory");
}

static void an_empty_file_is_a_new_store(void **state)
{
    struct place *p = *state;
    char path[640];
    snprintf(path, sizeof path, "%s/empty.db", p->dir);
    spill(path, "", 0);
    must_fail(p, store_open(&p->s, path, STORE_READ, &p->e), EXIT_STORE, "no results yet");
    must(p, store_open(&p->s, path, STORE_WRITE, &p->e));
    put_plain(p, &one);
}

static void what_is_no_file_is_refused(void **state)
{
    struct place *p = *state;
    char under[640], file[640];
    for (int mode = STORE_WRITE; mode <= STORE_READ; mode++) {
        must_fail(p, store_open(&p->s, p->dir, (enum store_mode)mode, &p->e), EXIT_STORE, "a directory, not a store");
        must_fail(p, store_open(&p->s, "/dev/null", (enum store_mode)mode, &p->e), EXIT_STORE, "not a regular file");
    }
    snprintf(file, sizeof file, "%s/file", p->dir);
    snprintf(under, sizeof under, "%s/file/results.db", p->dir);
    spill(file, "text", 4);
    must_fail(p, store_open(&p->s, under, STORE_WRITE, &p->e), EXIT_STORE, under);
    must_fail(p, store_open(&p->s, under, STORE_READ, &p->e), EXIT_STORE, under);
    /* Even root cannot create anything there. */
    must_fail(p, store_open(&p->s, "/proc/self/nothing.db", STORE_WRITE, &p->e), EXIT_STORE, "/proc/self/nothing.db");
}

static void odd_names_are_only_names(void **state)
{
    struct place *p = *state;
    static const char *const names[] = { "a'b\"c;d.db", "x?mode=memory&y#z%41.db", "file:q.db", "tab\tnew\nline.db",
                                         "\xff\xfe.db" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[640];
        snprintf(path, sizeof path, "%s/%s", p->dir, names[i]);
        must(p, store_open(&p->s, path, STORE_WRITE, &p->e));
        put_plain(p, &one);
        store_close(&p->s);
        assert_int_equal(access(path, F_OK), 0);
        must(p, store_open(&p->s, path, STORE_READ, &p->e));
        assert_int_equal(ask(p, "SELECT count(*) FROM result"), 2);
        store_close(&p->s);
    }
}

/* --- locked --- */

static void a_locked_store_says_so(void **state)
{
    struct place *p = *state;
    struct store_options o = store_options_default();
    sqlite3 *other;
    o.busy_ms = 30;
    int64_t run = put_plain(p, &(struct plain){ .started = 1000, .names = { "dot" } });
    store_close(&p->s);
    assert_int_equal(sqlite3_open(p->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", 0, 0, 0), SQLITE_OK);
    must(p, store_open_with(&p->s, p->path, STORE_WRITE, &o, &p->e));
    struct result r = plain_result(&p->m, "axpy", 1e-6);
    must_fail(p, store_result(p->s, run, &r, &p->e), EXIT_STORE, "another process holds the store: try again or wait");
    /* Reading goes on meanwhile. */
    struct run back;
    must(p, store_load(p->s, &p->m, run, &back, &p->e));
    assert_int_equal(back.nresults, 1);
    assert_int_equal(sqlite3_exec(other, "ROLLBACK", 0, 0, 0), SQLITE_OK);
    must(p, store_result(p->s, run, &r, &p->e));
    sqlite3_close(other);
}

static void a_fully_locked_store_cannot_be_opened(void **state)
{
    struct place *p = *state;
    struct store_options o = store_options_default();
    sqlite3 *other;
    o.busy_ms = 30;
    put_plain(p, &one);
    store_close(&p->s);
    assert_int_equal(sqlite3_open(p->path, &other), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(other, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE t(x)", 0, 0, 0), SQLITE_OK);
    for (int mode = STORE_WRITE; mode <= STORE_READ; mode++)
        must_fail(p, store_open_with(&p->s, p->path, (enum store_mode)mode, &o, &p->e), EXIT_STORE,
                  "another process holds the store");
    sqlite3_close(other);
    must(p, store_open(&p->s, p->path, STORE_READ, &p->e));
    assert_int_equal(ask(p, "SELECT count(*) FROM result"), 2);
}

/* --- damaged --- */

static void check_refused_unchanged(struct place *p, const char *path, const void *bytes, size_t len)
{
    spill(path, bytes, len);
    for (int mode = STORE_WRITE; mode <= STORE_READ; mode++) {
        must_fail(p, store_open(&p->s, path, (enum store_mode)mode, &p->e), EXIT_STORE, path);
        assert_null(p->s);
    }
    size_t after;
    const char *is = slurp(&p->m, path, &after);
    assert_int_equal(after, len);
    assert_memory_equal(is, bytes, len);
}

static void garbage_is_refused_and_kept(void **state)
{
    struct place *p = *state;
    char path[640], noise[8192];
    snprintf(path, sizeof path, "%s/bad.db", p->dir);
    unsigned x = 1;
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)((x = x * 1103515245u + 12345u) >> 16);
    check_refused_unchanged(p, path, noise, sizeof noise);
    check_refused_unchanged(p, path, "{\"context\": {}}", 15);
    spill(path, noise, sizeof noise);
    must_fail(p, store_open(&p->s, path, STORE_WRITE, &p->e), EXIT_STORE, "move it aside to begin a new one");
    /* A good beginning followed by nothing or by noise. */
    store_close(&p->s);
    must(p, store_open(&p->s, p->path, STORE_WRITE, &p->e));
    put_plain(p, &one);
    store_close(&p->s);
    size_t len;
    char *good = slurp(&p->m, p->path, &len);
    check_refused_unchanged(p, path, good, 60);
    memset(good + 20, 0x55, 60);
    check_refused_unchanged(p, path, good, len);
}

/* 1: the file was refused or found damaged, 0: nothing was noticed. Never a crash. */
static int try_damaged(struct place *p, const char *path)
{
    struct store *s;
    struct run run;
    struct mem m = { 0 };
    struct check_line *lines;
    size_t n;
    int noticed = 0;
    if (store_open(&s, path, STORE_READ, &p->e)) {
        assert_int_equal(p->e.kind, EXIT_STORE);
        return 1;
    }
    if (store_load(s, &m, 1, &run, &p->e))
        noticed = 1;
    if (store_check(s, &m, &lines, &n, &p->e))
        noticed = 1;
    else
        for (size_t i = 0; i < n; i++)
            noticed |= !lines[i].ok;
    mem_free(&m);
    store_close(&s);
    return noticed;
}

static void a_truncated_store_is_noticed(void **state)
{
    struct place *p = *state;
    char path[640];
    size_t len;
    put_plain(p, &one);
    store_close(&p->s);
    const char *good = slurp(&p->m, p->path, &len);
    snprintf(path, sizeof path, "%s/cut.db", p->dir);
    spill(path, good, len);
    assert_int_equal(try_damaged(p, path), 0);
    for (size_t cut = 4096; cut < len; cut += 4096) {
        spill(path, good, cut);
        assert_int_equal(try_damaged(p, path), 1);
    }
    /* The last page is empty, so that nothing is lost with its end. */
    spill(path, good, len - 100);
    try_damaged(p, path);
}

static void overwritten_pages_are_noticed(void **state)
{
    struct place *p = *state;
    char path[640];
    size_t len;
    put_plain(p, &one);
    store_close(&p->s);
    const char *good = slurp(&p->m, p->path, &len);
    char *bad = mem_alloc(&p->m, len);
    snprintf(path, sizeof path, "%s/over.db", p->dir);
    int noticed = 0, all = 0;
    for (size_t page = 0; page < len; page += 4096, all++) {
        memcpy(bad, good, len);
        memset(bad + page, 0x5a, 4096);
        spill(path, bad, len);
        noticed += try_damaged(p, path);
    }
    assert_int_equal(noticed, all);
}

/* Single flipped bits may hit what no check covers (a subject's letter), but never crash anything. */
static void flipped_bits_never_crash(void **state)
{
    struct place *p = *state;
    char path[640];
    size_t len;
    put_plain(p, &one);
    store_close(&p->s);
    char *bytes = slurp(&p->m, p->path, &len);
    snprintf(path, sizeof path, "%s/flip.db", p->dir);
    unsigned x = 7;
    for (int i = 0; i < 150; i++) {
        x = x * 1103515245u + 12345u;
        size_t at = (x >> 8) % len;
        bytes[at] = (char)(bytes[at] ^ (1 << (i % 8)));
        spill(path, bytes, len);
        try_damaged(p, path);
        bytes[at] = (char)(bytes[at] ^ (1 << (i % 8)));
    }
}

/* --- read-only --- */

static int in_child_without_rights(struct place *p, int (*fn)(struct place *p))
{
    int status;
    fflush(NULL);
    pid_t child = fork();
    if (!child) {
        /* Permissions do not bind root. */
        if (!geteuid() && (setgid(65534) || setuid(65534)))
            _exit(77);
        _exit(fn(p));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static bool says(const struct place *p, const char *part)
{
    if (p->e.kind == EXIT_STORE && strstr(p->e.text, part))
        return true;
    fprintf(stderr, "expected '%s', got: %s\n", part, p->e.text);
    return false;
}

static int write_is_refused_read_works(struct place *p)
{
    struct store *s;
    struct run run;
    if (store_open(&s, p->path, STORE_WRITE, &p->e) != -1 || !says(p, p->path))
        return 1;
    if (!strstr(p->e.text, "read-only") && !strstr(p->e.text, "Permission denied"))
        return 2;
    if (store_open(&s, p->path, STORE_READ, &p->e) || store_load(s, &p->m, 1, &run, &p->e)) {
        fprintf(stderr, "%s\n", p->e.text);
        return 3;
    }
    return run.nresults == 2 ? 0 : 4;
}

static int nothing_is_created(struct place *p)
{
    struct store *s;
    char path[640];
    snprintf(path, sizeof path, "%s/new.db", p->dir);
    if (store_open(&s, path, STORE_WRITE, &p->e) != -1 || !says(p, "Permission denied"))
        return 1;
    snprintf(path, sizeof path, "%s/folder/new.db", p->dir);
    return store_open(&s, path, STORE_WRITE, &p->e) == -1 && says(p, "Permission denied") ? 0 : 2;
}

static void a_read_only_store_is_read_but_not_written(void **state)
{
    struct place *p = *state;
    char inner[600];
    snprintf(inner, sizeof inner, "%s/.kernmark", p->dir);
    put_plain(p, &one);
    store_close(&p->s);
    assert_int_equal(chmod(p->dir, 0755), 0);
    /* Only the file, then the folder too. */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(chmod(p->path, 0444), 0);
        assert_int_equal(chmod(inner, i ? 0555 : 0777), 0);
        int rc = in_child_without_rights(p, write_is_refused_read_works);
        if (rc == 77)
            skip();
        assert_int_equal(rc, 0);
    }
    assert_int_equal(chmod(p->dir, 0555), 0);
    assert_int_equal(in_child_without_rights(p, nothing_is_created), 0);
    assert_int_equal(chmod(p->dir, 0755), 0);
    assert_int_equal(chmod(inner, 0755), 0);
}

/* --- full --- */

static void a_full_disk_keeps_what_was_stored(void **state)
{
    struct place *p = *state;
    struct store_options o = store_options_default();
    o.max_pages = 60;
    must(p, store_open_with(&p->s, p->path, STORE_WRITE, &o, &p->e));
    struct run run = plain_run(&p->m, &(struct plain){ .started = 1000 }), back;
    must(p, store_begin(p->s, &run, &p->e));
    size_t stored = 0;
    int rc = 0;
    while (!rc && stored < 500) {
        struct result r = plain_result(&p->m, mem_printf(&p->m, "bench%zu", stored), 1e-6);
        rc = store_result(p->s, run.id, &r, &p->e);
        stored += !rc;
    }
    must_fail(p, rc, EXIT_STORE, "no space left for the store");
    assert_in_range(stored, 5, 499);
    must(p, store_load(p->s, &p->m, run.id, &back, &p->e));
    assert_int_equal(back.nresults, stored);
    /* With space again, the run goes on. */
    store_close(&p->s);
    must(p, store_open(&p->s, p->path, STORE_WRITE, &p->e));
    struct result r = plain_result(&p->m, "one more", 1e-6);
    must(p, store_result(p->s, run.id, &r, &p->e));
    assert_int_equal(ask(p, "SELECT count(*) FROM result"), stored + 1);
}

static void a_full_disk_at_birth(void **state)
{
    struct place *p = *state;
    struct store_options o = store_options_default();
    o.max_pages = 4;
    must_fail(p, store_open_with(&p->s, p->path, STORE_WRITE, &o, &p->e), EXIT_STORE, "no space left");
    must(p, store_open(&p->s, p->path, STORE_WRITE, &p->e));
    put_plain(p, &one);
}

/* --- no shared memory, as on some network file systems --- */

static void without_shared_memory_there_is_no_log(void **state)
{
    struct place *p = *state;
    struct store_options o = store_options_default();
    o.vfs = "unix-dotfile";
    must(p, store_open_with(&p->s, p->path, STORE_WRITE, &o, &p->e));
    assert_int_equal(ask(p, "PRAGMA synchronous"), 2);
    put_plain(p, &one);
    store_close(&p->s);
    must(p, store_open_with(&p->s, p->path, STORE_READ, &o, &p->e));
    assert_int_equal(ask(p, "SELECT count(*) FROM result"), 2);
}

static void a_store_with_a_log_is_taken_whole(void **state)
{
    struct place *p = *state;
    struct store_options o = store_options_default();
    o.vfs = "unix-dotfile";
    put_plain(p, &one);
    store_close(&p->s);
    must(p, store_open_with(&p->s, p->path, STORE_WRITE, &o, &p->e));
    put_plain(p, &(struct plain){ .started = 2000, .names = { "dot" } });
    store_close(&p->s);
    must(p, store_open_with(&p->s, p->path, STORE_READ, &o, &p->e));
    assert_int_equal(ask(p, "SELECT count(*) FROM result"), 3);
}

/* Reading leaves the file as it was. */
static void reading_changes_nothing(void **state)
{
    struct place *p = *state;
    size_t before, after;
    int64_t run = put_plain(p, &one);
    store_close(&p->s);
    const char *was = slurp(&p->m, p->path, &before);
    struct run back;
    must(p, store_open(&p->s, p->path, STORE_READ, &p->e));
    must(p, store_load(p->s, &p->m, run, &back, &p->e));
    must_fail(p, store_baseline_set(p->s, "x", run, NULL, &p->e), EXIT_STORE, "read-only");
    store_close(&p->s);
    const char *is = slurp(&p->m, p->path, &after);
    assert_int_equal(before, after);
    assert_memory_equal(was, is, before);
}

int main(void)
{
#define BARE(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)
#define TEST(f) cmocka_unit_test_setup_teardown(f, place_open, place_remove)
    const struct CMUnitTest tests[] = {
        BARE(a_missing_store_has_no_results_yet),
        BARE(a_new_store_gets_its_folder_and_a_log),
        BARE(an_empty_file_is_a_new_store),
        BARE(what_is_no_file_is_refused),
        BARE(odd_names_are_only_names),
        TEST(a_locked_store_says_so),
        TEST(a_fully_locked_store_cannot_be_opened),
        BARE(garbage_is_refused_and_kept),
        TEST(a_truncated_store_is_noticed),
        TEST(overwritten_pages_are_noticed),
        TEST(flipped_bits_never_crash),
        TEST(a_read_only_store_is_read_but_not_written),
        BARE(a_full_disk_keeps_what_was_stored),
        BARE(a_full_disk_at_birth),
        BARE(without_shared_memory_there_is_no_log),
        TEST(a_store_with_a_log_is_taken_whole),
        TEST(reading_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
