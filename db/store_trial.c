/* SPDX-License-Identifier: Apache-2.0
 * Paired runs with all their rounds. */
#include "db/pack.h"
#include "db/store.h"
#include "db/tables.h"

enum { PER_ROUND = 3 };

/* --- writing --- */

static int put_commit(struct store *s, const struct commit *c, struct arg *out, struct err *e)
{
    int64_t id;
    *out = arg_text(NULL);
    if (!c->hash)
        return 0;
    if (row_intern(s, &table_commit, c, &id, e) < 0)
        return -1;
    *out = arg_int(id);
    return 0;
}

static void pack(struct buf *out, const struct paired_result *r)
{
    for (size_t i = 0; i < r->nrounds; i++) {
        const double three[PER_ROUND] = { r->rounds[i].d, r->rounds[i].base, r->rounds[i].current };
        pack_samples(out, three, PER_ROUND);
    }
}

static int put_result(struct store *s, int64_t trial, size_t pos, const struct paired_result *r, struct err *e)
{
    int64_t benchmark;
    struct buf rounds = { 0 };
    if (row_intern(s, &table_benchmark, &r->bench, &benchmark, e) < 0)
        return -1;
    pack(&rounds, r);
    int rc = row_insert(s, &table_trial_verdict, &r->verdict, "trial, pos, benchmark, screening, rounds",
                        ARGS(arg_int(trial), arg_int((int64_t)pos), arg_int(benchmark), arg_int((int64_t)r->screening),
                             arg_blob(rounds.len ? rounds.data : "", rounds.len)),
                        NULL, e);
    buf_free(&rounds);
    return rc;
}

static int put(struct store *s, struct paired_run *run, struct err *e)
{
    struct arg base, current;
    if (row_intern(s, &table_host, &run->host, &run->host.id, e) < 0 || put_commit(s, &run->base.commit, &base, e) ||
        put_commit(s, &run->current.commit, &current, e) ||
        row_insert(s, &table_trial, run, "host, base_commit, current_commit, method",
                   ARGS(arg_int(run->host.id), base, current, arg_int(STORE_METHOD)), &run->id, e))
        return -1;
    for (size_t i = 0; i < run->nresults; i++)
        if (put_result(s, run->id, i, &run->results[i], e))
            return -1;
    return 0;
}

int store_trial(struct store *s, struct paired_run *run, struct err *e)
{
    return sql_begin(s, e) ? -1 : sql_end(s, put(s, run, e), e);
}

/* --- reading --- */

static int unpack(struct mem *m, sqlite3_stmt *st, int column, struct paired_result *r, struct err *e)
{
    double *values;
    size_t n;
    const void *bytes = sqlite3_column_blob(st, column);
    if (unpack_samples(m, bytes, (size_t)sqlite3_column_bytes(st, column), &values, &n, e))
        return -1;
    r->nrounds = n / PER_ROUND;
    r->rounds = mem_array(m, r->nrounds, sizeof *r->rounds);
    for (size_t i = 0; i < r->nrounds; i++)
        r->rounds[i] =
            (struct paired_values){ values[PER_ROUND * i], values[PER_ROUND * i + 1], values[PER_ROUND * i + 2] };
    if (n % PER_ROUND || r->screening > r->nrounds)
        return err_set(e, EXIT_STORE, "the rounds of a paired run are damaged: `kernmark db check` tells more");
    return 0;
}

static int read_result(struct store *s, struct mem *m, sqlite3_stmt *st, void *element, struct err *e)
{
    struct paired_result *r = element;
    int column = 2;
    *r = (struct paired_result){ .screening = (size_t)sqlite3_column_int64(st, 0) };
    if (unpack(m, st, 1, r, e) || row_read(s, m, st, &column, &table_benchmark, &r->bench, e))
        return -1;
    return row_read(s, m, st, &column, &table_trial_verdict, &r->verdict, e);
}

static int load_results(struct store *s, struct mem *m, struct paired_run *run, struct err *e)
{
    static const struct query q = { .head = "trial_verdict.screening, trial_verdict.rounds",
                                    .tables = { &table_benchmark, &table_trial_verdict },
                                    .tail = "FROM trial_verdict JOIN benchmark ON benchmark.id ="
                                            " trial_verdict.benchmark WHERE trial = ?1 ORDER BY pos",
                                    .size = sizeof(struct paired_result),
                                    .read = read_result };
    struct rows rows;
    if (row_all(s, m, &q, ARGS(arg_int(run->id)), &rows, e))
        return -1;
    run->results = rows.all;
    run->nresults = rows.n;
    return 0;
}

static int read_commit(struct store *s, struct mem *m, int64_t trial, const char *column, struct commit *out,
                       struct err *e)
{
    struct query q = { .head = "1",
                       .tables = { &table_commit },
                       .tail = mem_printf(m,
                                          "FROM trial JOIN git_commit ON git_commit.id = trial.%s WHERE trial.id ="
                                          " ?1",
                                          column) };
    sqlite3_stmt *st;
    int first = 1;
    if (row_query(s, &st, &q, ARGS(arg_int(trial)), e))
        return -1;
    int rc = sql_next(s, st, e);
    if (rc == 1)
        rc = row_read(s, m, st, &first, &table_commit, out, e);
    sql_done(&st);
    return rc;
}

static int read_trial(struct store *s, struct mem *m, sqlite3_stmt *st, void *element, struct err *e)
{
    struct paired_run *run = element;
    int column = 1;
    *run = (struct paired_run){ .id = sqlite3_column_int64(st, 0) };
    return row_read(s, m, st, &column, &table_trial, run, e) || row_read(s, m, st, &column, &table_host, &run->host, e);
}

/* Which one is meant, each by an index; only the last one of all hosts has to be looked for. */
static const char *which(int64_t id, int64_t host_id)
{
    return id        ? "FROM trial JOIN host ON host.id = trial.host WHERE trial.id = ?1 AND ?2 IN (0, trial.host)"
           : host_id ? "FROM trial JOIN host ON host.id = trial.host WHERE ?1 = 0 AND trial.host = ?2"
                       " ORDER BY trial.started DESC, trial.id DESC LIMIT 1"
                     : "FROM trial JOIN host ON host.id = trial.host WHERE ?1 = 0 AND ?2 = 0"
                       " ORDER BY trial.started DESC, trial.id DESC LIMIT 1";
}

int store_load_trial(struct store *s, struct mem *m, int64_t id, int64_t host_id, struct paired_run *run, struct err *e)
{
    struct query q = { .head = "trial.id",
                       .tables = { &table_trial, &table_host },
                       .tail = which(id, host_id),
                       .size = sizeof(struct paired_run),
                       .read = read_trial };
    struct rows rows;
    *run = (struct paired_run){ 0 };
    if (row_all(s, m, &q, ARGS(arg_int(id), arg_int(host_id)), &rows, e))
        return -1;
    if (!rows.n)
        return 0;
    *run = *(struct paired_run *)rows.all;
    if (read_commit(s, m, run->id, "base_commit", &run->base.commit, e) ||
        read_commit(s, m, run->id, "current_commit", &run->current.commit, e))
        return -1;
    return load_results(s, m, run, e);
}
