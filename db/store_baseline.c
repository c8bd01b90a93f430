/* SPDX-License-Identifier: Apache-2.0
 * Named baselines. A failing value never becomes one. */
#include "db/store.h"
#include "db/tables.h"

#include <string.h>

enum { NAME_MAX_LEN = 64, NAMED = 5 };

/* A name is typed after "baseline:" and printed everywhere, so it is a word. */
static int check_name(const char *name, struct err *e)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/+-";
    size_t n = strlen(name);
    if (n && n <= NAME_MAX_LEN && strspn(name, allowed) == n)
        return 0;
    return err_set(e, EXIT_USAGE, "baseline name '%.80s': 1 to %d letters, digits and . _ / + - expected", name,
                   NAME_MAX_LEN);
}

/* Fails with "run N ...: names" if the query (?1 is the run) gives any. */
static int refuse(struct store *s, int64_t run_id, const char *sql, const char *what, struct err *e)
{
    sqlite3_stmt *st;
    if (sql_query(s, &st, sql, ARGS(arg_int(run_id)), e))
        return -1;
    struct buf names = { 0 };
    int n = 0, rc;
    while ((rc = sql_next(s, st, e)) == 1)
        if (n++ < NAMED)
            buf_printf(&names, "%s%s", n > 1 ? ", " : "", (const char *)sqlite3_column_text(st, 0));
    sql_done(&st);
    if (!rc && n)
        rc = err_set(e, EXIT_BENCH_FAILED, "run %lld cannot become a baseline: %s: %s%s", (long long)run_id, what,
                     buf_text(&names), n > NAMED ? ", ..." : "");
    buf_free(&names);
    return rc;
}

static int check_complete(struct store *s, int64_t run_id, struct err *e)
{
    int64_t complete = 0, good = 0;
    int rc = sql_int(s, &complete, "SELECT state = 'complete' FROM run WHERE id = ?1", ARGS(arg_int(run_id)), e);
    if (!rc)
        return err_set(e, EXIT_USAGE, "%s: there is no run %lld", s->path, (long long)run_id);
    if (rc == 1 && !complete)
        return err_set(e, EXIT_BENCH_FAILED, "run %lld cannot become a baseline: it did not run to its end",
                       (long long)run_id);
    if (rc == 1)
        rc = sql_int(s, &good, "SELECT 1 FROM result WHERE run = ?1 AND status = 'ok' LIMIT 1", ARGS(arg_int(run_id)),
                     e);
    if (!rc)
        return err_set(e, EXIT_BENCH_FAILED, "run %lld cannot become a baseline: it has no result", (long long)run_id);
    return rc < 0 ? -1 : 0;
}

static int check_run(struct store *s, int64_t run_id, const char *reason, struct err *e)
{
    if (check_complete(s, run_id, e) ||
        refuse(s, run_id,
               "SELECT benchmark.name || ' (' || result.status || ')' FROM result"
               " JOIN series ON series.id = result.series JOIN benchmark ON benchmark.id = series.benchmark"
               " WHERE result.run = ?1 AND result.status NOT IN ('ok', 'unsupported') ORDER BY result.id",
               "it has failed benchmarks", e))
        return -1;
    if (reason && *reason)
        return 0;
    return refuse(s, run_id,
                  "SELECT name FROM verdict WHERE decision = 'regressed'"
                  " AND judgement = (SELECT max(id) FROM judgement WHERE run = ?1) ORDER BY pos",
                  "it was judged slower (give a reason to accept that)", e);
}

static int set(struct store *s, const char *name, int64_t run_id, const char *reason, bool follow, struct err *e)
{
    if (check_run(s, run_id, reason, e))
        return -1;
    return sql_run(s,
                   "INSERT INTO baseline(name, host, run, reason, set_at, follows)"
                   " SELECT ?1, host, id, ?3, " SQL_NOW ", ?4 FROM run WHERE id = ?2"
                   " ON CONFLICT(name, host) DO UPDATE SET run = excluded.run, set_at = excluded.set_at,"
                   " reason = CASE WHEN ?4 THEN coalesce(excluded.reason, reason) ELSE excluded.reason END,"
                   " follows = excluded.follows",
                   ARGS(arg_text(name), arg_int(run_id), arg_text(reason), arg_int(follow)), e);
}

static int set_checked(struct store *s, const char *name, int64_t run_id, const char *reason, bool follow,
                       struct err *e)
{
    if (check_name(name, e) || sql_begin(s, e))
        return -1;
    return sql_end(s, set(s, name, run_id, reason, follow, e), e);
}

int store_baseline_set(struct store *s, const char *name, int64_t run_id, const char *reason, struct err *e)
{
    return set_checked(s, name, run_id, reason, false, e);
}

int store_baseline_follow(struct store *s, const char *name, int64_t run_id, const char *reason, struct err *e)
{
    return set_checked(s, name, run_id, reason, true, e);
}

static int read_fit(struct store *s, struct mem *m, sqlite3_stmt *st, void *element, struct err *e)
{
    (void)s, (void)e;
    *(struct run *)element = (struct run){ .id = sqlite3_column_int64(st, 0),
                                           .started = sql_real(st, 1),
                                           .suites = sql_text(m, st, 2),
                                           .profile = sql_text(m, st, 3),
                                           .commit = { .hash = sql_text(m, st, 4) } };
    return 0;
}

int store_fit_runs(struct store *s, struct mem *m, int64_t host_id, struct run **out, size_t *n, struct err *e)
{
    static const struct query q = {
        .head = "run.id, run.started, run.suites, run.profile, git_commit.hash",
        .tail = "FROM run JOIN git_commit ON git_commit.id = run.git_commit"
                " WHERE run.host = ?1 AND run.state = 'complete' AND NOT run.dirty"
                " AND EXISTS (SELECT 1 FROM result WHERE result.run = run.id AND status = 'ok')"
                " AND NOT EXISTS (SELECT 1 FROM result WHERE result.run = run.id"
                "  AND status NOT IN ('ok', 'unsupported'))"
                " AND NOT EXISTS (SELECT 1 FROM verdict WHERE decision = 'regressed'"
                "  AND judgement = (SELECT max(id) FROM judgement WHERE judgement.run = run.id))"
                " ORDER BY run.started DESC, run.id DESC",
        .size = sizeof(struct run),
        .read = read_fit
    };
    struct rows rows;
    int rc = row_all(s, m, &q, ARGS(arg_int(host_id)), &rows, e);
    *out = rows.all;
    *n = rows.n;
    return rc;
}

int store_baseline_rm(struct store *s, const char *name, int64_t host_id, struct err *e)
{
    if (sql_run(s, "DELETE FROM baseline WHERE name = ?1 AND host = ?2", ARGS(arg_text(name), arg_int(host_id)), e))
        return -1;
    return sqlite3_changes(s->db) ? 0 : err_set(e, EXIT_USAGE, "no baseline '%.80s' on this host", name);
}

int store_baselines(struct store *s, struct mem *m, struct baseline **out, size_t *n, struct err *e)
{
    static const struct query q = { .head = "baseline.id",
                                    .tables = { &table_baseline },
                                    .tail = "FROM baseline JOIN host ON host.id = baseline.host"
                                            " ORDER BY baseline.name, host.name, host.id",
                                    .size = sizeof(struct baseline) };
    struct rows rows;
    int rc = row_all(s, m, &q, NULL, &rows, e);
    *out = rows.all;
    *n = rows.n;
    return rc;
}
