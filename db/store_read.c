/* SPDX-License-Identifier: Apache-2.0
 * Reading runs, their results, and the hosts they ran on. */
#include "db/facts.h"
#include "db/pack.h"
#include "db/store.h"
#include "db/tables.h"

#include <string.h>

/* --- runs --- */

#define RUN_HEAD "run.id, run.host, run.build, run.host_facts, run.build_facts, run.before_facts, run.after_facts"
#define RUN_FROM                                                                                                       \
    "FROM run JOIN host ON host.id = run.host JOIN build ON build.id = run.build"                                      \
    " LEFT JOIN git_commit ON git_commit.id = run.git_commit "

static int read_run(struct store *s, struct mem *m, sqlite3_stmt *st, void *element, struct err *e)
{
    struct run *run = element;
    struct facts *const facts[] = { &run->host.facts, &run->build.facts, &run->before, &run->after };
    run->id = sqlite3_column_int64(st, 0);
    run->host.id = sqlite3_column_int64(st, 1);
    run->build.id = sqlite3_column_int64(st, 2);
    for (int i = 0; i < 4; i++)
        if (facts_load(s, m, sqlite3_column_int64(st, 3 + i), facts[i], e))
            return -1;
    int column = 7;
    if (row_read(s, m, st, &column, &table_run, run, e) || row_read(s, m, st, &column, &table_host, &run->host, e) ||
        row_read(s, m, st, &column, &table_build, &run->build, e) ||
        row_read(s, m, st, &column, &table_commit, &run->commit, e))
        return -1;
    return 0;
}

static int load_run(struct store *s, struct mem *m, int64_t run_id, struct run *out, struct err *e)
{
    static const struct query q = { .head = RUN_HEAD,
                                    .tables = { &table_run, &table_host, &table_build, &table_commit },
                                    .tail = RUN_FROM "WHERE run.id = ?1",
                                    .size = sizeof(struct run),
                                    .read = read_run };
    struct rows rows;
    *out = (struct run){ 0 };
    if (row_all(s, m, &q, ARGS(arg_int(run_id)), &rows, e))
        return -1;
    if (!rows.n)
        return err_set(e, EXIT_USAGE, "%s: there is no run %lld", s->path, (long long)run_id);
    *out = *(struct run *)rows.all;
    return 0;
}

/* One index holds the runs of a host by time, another those of all. */
#define RUNS(which) RUN_FROM "WHERE " which " ORDER BY run.started DESC, run.id DESC LIMIT ?2"

int store_runs(struct store *s, struct mem *m, int64_t host_id, int limit, struct run **out, size_t *n, struct err *e)
{
    const struct query q = { .head = RUN_HEAD,
                             .tables = { &table_run, &table_host, &table_build, &table_commit },
                             .tail = host_id ? RUNS("run.host = ?1") : RUNS("?1 = 0"),
                             .size = sizeof(struct run),
                             .read = read_run };
    struct rows rows;
    int rc = row_all(s, m, &q, ARGS(arg_int(host_id), arg_int(limit > 0 ? limit : -1)), &rows, e);
    *out = rows.all;
    *n = rows.n;
    return rc;
}

/* --- results --- */

static int load_params(struct store *s, struct mem *m, int64_t benchmark, struct bench *b, struct err *e)
{
    static const struct query q = { .head = "pos",
                                    .tables = { &table_param },
                                    .tail = "FROM param WHERE benchmark = ?1 ORDER BY pos",
                                    .size = sizeof(struct km_param) };
    struct rows rows;
    int rc = row_all(s, m, &q, ARGS(arg_int(benchmark)), &rows, e);
    b->params = rows.all;
    b->nparams = rows.n;
    return rc;
}

static int read_metric(struct store *s, struct mem *m, sqlite3_stmt *st, void *element, struct err *e)
{
    struct metric *metric = element;
    int column = 2;
    metric->value = sql_real(st, 0);
    if (unpack_samples(m, sqlite3_column_blob(st, 1), (size_t)sqlite3_column_bytes(st, 1), &metric->rounds,
                       &metric->nrounds, e))
        return -1;
    return row_read(s, m, st, &column, &table_kind, metric, e);
}

static int load_metrics(struct store *s, struct mem *m, struct result *r, struct err *e)
{
    static const struct query q = { .head = "metric.value, metric.rounds",
                                    .tables = { &table_kind },
                                    .tail = "FROM metric JOIN metric_kind ON metric_kind.id = metric.kind"
                                            " WHERE metric.result = ?1 ORDER BY metric.pos",
                                    .size = sizeof(struct metric),
                                    .read = read_metric };
    struct rows rows;
    int rc = row_all(s, m, &q, ARGS(arg_int(r->id)), &rows, e);
    r->metrics = rows.all;
    r->nmetrics = rows.n;
    return rc;
}

static int read_samples(struct store *s, struct mem *m, sqlite3_stmt *st, int column, struct result *r, struct err *e)
{
    const void *data = sqlite3_column_blob(st, column), *rounds = sqlite3_column_blob(st, column + 1);
    size_t data_len = (size_t)sqlite3_column_bytes(st, column),
           rounds_len = (size_t)sqlite3_column_bytes(st, column + 1);
    if (unpack_samples(m, data, data_len, &r->samples, &r->nsamples, e) ||
        unpack_rounds(m, rounds, rounds_len, r->nsamples, &r->rounds, &r->nrounds, e))
        return err_wrap(e, "%s: result %lld", s->path, (long long)r->id);
    return 0;
}

static int read_result(struct store *s, struct mem *m, sqlite3_stmt *st, void *element, struct err *e)
{
    struct result *r = element;
    r->id = sqlite3_column_int64(st, 0);
    int column = 4;
    if (row_read(s, m, st, &column, &table_result, r, e) ||
        row_read(s, m, st, &column, &table_benchmark, &r->bench, e) ||
        row_read(s, m, st, &column, &table_entry, &r->entry, e) || read_samples(s, m, st, 2, r, e))
        return -1;
    return load_params(s, m, sqlite3_column_int64(st, 1), &r->bench, e) || load_metrics(s, m, r, e) ? -1 : 0;
}

static int load_suite_metrics(struct store *s, struct mem *m, struct run *run, struct err *e)
{
    sqlite3_stmt *st;
    int rc;
    if (sql_query(s, &st, "SELECT suite, metrics FROM suite_metrics WHERE run = ?1", ARGS(arg_int(run->id)), e))
        return -1;
    while ((rc = sql_next(s, st, e)) == 1) {
        const char *suite = sql_text(m, st, 0), *metrics = sql_text(m, st, 1);
        for (size_t i = 0; suite && i < run->nresults; i++)
            if (run->results[i].entry.suite && !strcmp(run->results[i].entry.suite, suite))
                run->results[i].entry.metrics = metrics;
    }
    sql_done(&st);
    return rc;
}

int store_load(struct store *s, struct mem *m, int64_t run_id, struct run *out, struct err *e)
{
    static const struct query q = {
        .head = "result.id, series.benchmark, sample.data, sample.rounds",
        .tables = { &table_result, &table_benchmark, &table_entry },
        .tail = "FROM result JOIN series ON series.id = result.series"
                " JOIN benchmark ON benchmark.id = series.benchmark JOIN entry ON entry.id = result.entry"
                " LEFT JOIN sample ON sample.result = result.id WHERE result.run = ?1"
                " ORDER BY result.position, result.id",
        .size = sizeof(struct result),
        .read = read_result,
    };
    struct rows rows;
    if (load_run(s, m, run_id, out, e) || row_all(s, m, &q, ARGS(arg_int(run_id)), &rows, e))
        return -1;
    out->results = rows.all;
    out->nresults = rows.n;
    return load_suite_metrics(s, m, out, e);
}

/* --- hosts --- */

static int read_host(struct store *s, struct mem *m, sqlite3_stmt *st, void *element, struct err *e)
{
    struct host *h = element;
    int column = 2;
    h->id = sqlite3_column_int64(st, 0);
    if (row_read(s, m, st, &column, &table_host, h, e))
        return -1;
    return facts_load(s, m, sqlite3_column_int64(st, 1), &h->facts, e);
}

int store_hosts(struct store *s, struct mem *m, struct host **out, size_t *n, struct err *e)
{
    static const struct query q = {
        .head = "host.id, (SELECT host_facts FROM run WHERE run.host = host.id ORDER BY started DESC, id DESC LIMIT 1)",
        .tables = { &table_host },
        .tail = "FROM host ORDER BY host.name, host.id",
        .size = sizeof(struct host),
        .read = read_host,
    };
    struct rows rows;
    int rc = row_all(s, m, &q, NULL, &rows, e);
    *out = rows.all;
    *n = rows.n;
    return rc;
}
