/* SPDX-License-Identifier: Apache-2.0
 * Writing a run. Each public function is one short transaction: after a kill, what it had returned for is there. */
#include "db/facts.h"
#include "db/pack.h"
#include "db/store.h"
#include "db/tables.h"

/* --- a run begins --- */

struct begin {
    int64_t host, build, commit, run;
    int64_t host_facts, build_facts, before;
};

static int put_host(struct store *s, const struct host *h, struct begin *b, struct err *e)
{
    if (row_intern(s, &table_host, h, &b->host, e) < 0 ||
        sql_run(s, "UPDATE host SET name = ?1 WHERE id = ?2 AND name IS NOT ?1",
                ARGS(arg_text(h->name), arg_int(b->host)), e))
        return -1;
    return facts_share(s, &h->facts,
                       "SELECT host_facts FROM run WHERE host = ?1 ORDER BY started DESC, id DESC LIMIT 1", b->host,
                       &b->host_facts, e);
}

static int put_build(struct store *s, const struct build *build, struct begin *b, struct err *e)
{
    if (row_intern(s, &table_build, build, &b->build, e) < 0)
        return -1;
    return facts_share(s, &build->facts,
                       "SELECT build_facts FROM run WHERE build = ?1 ORDER BY started DESC, id DESC LIMIT 1", b->build,
                       &b->build_facts, e);
}

/* A commit seen first in a shallow clone may lack what a later run knows. */
static int put_commit(struct store *s, const struct commit *c, struct begin *b, struct err *e)
{
    if (!c->hash)
        return 0;
    if (row_intern(s, &table_commit, c, &b->commit, e) < 0)
        return -1;
    return sql_run(s,
                   "UPDATE git_commit SET parents = coalesce(parents, ?2), date = coalesce(date, ?3),"
                   " subject = coalesce(subject, ?4)"
                   " WHERE id = ?1 AND (parents IS NULL OR date IS NULL OR subject IS NULL)",
                   ARGS(arg_int(b->commit), arg_text(c->parents), arg_text(c->date), arg_text(c->subject)), e);
}

static int refuse_again(struct store *s, const struct run *run, struct err *e)
{
    int64_t id = 0;
    int rc = sql_int(s, &id, "SELECT id FROM run WHERE uuid = ?1", ARGS(arg_text(run->uuid)), e);
    if (rc == 1)
        return err_set(e, EXIT_STORE, "%s: run %s is already stored, as number %lld", s->path, run->uuid,
                       (long long)id);
    return rc;
}

static int begin(struct store *s, const struct run *run, struct begin *b, struct err *e)
{
    if (refuse_again(s, run, e) || put_host(s, &run->host, b, e) || put_build(s, &run->build, b, e) ||
        put_commit(s, &run->commit, b, e) || facts_add(s, &run->before, &b->before, e))
        return -1;
    struct arg commit = b->commit ? arg_int(b->commit) : arg_text(NULL);
    return row_insert(s, &table_run, run, "host, build, git_commit, host_facts, build_facts, before_facts",
                      ARGS(arg_int(b->host), arg_int(b->build), commit, arg_int(b->host_facts), arg_int(b->build_facts),
                           arg_int(b->before)),
                      &b->run, e);
}

int store_begin(struct store *s, struct run *run, struct err *e)
{
    struct begin b = { 0 };
    if (sql_begin(s, e) || sql_end(s, begin(s, run, &b, e), e))
        return -1;
    run->id = b.run;
    run->host.id = b.host;
    run->build.id = b.build;
    return 0;
}

/* --- a result --- */

/* Where a result belongs. */
struct place {
    int64_t run, host, build, benchmark, series, entry;
    double started;
};

static int find_run(struct store *s, struct place *p, struct err *e)
{
    sqlite3_stmt *st;
    if (sql_query(s, &st, "SELECT host, build, started, state = 'open' FROM run WHERE id = ?1", ARGS(arg_int(p->run)),
                  e))
        return -1;
    int rc = sql_next(s, st, e);
    bool open = false;
    if (rc == 1) {
        p->host = sqlite3_column_int64(st, 0);
        p->build = sqlite3_column_int64(st, 1);
        p->started = sqlite3_column_double(st, 2);
        open = sqlite3_column_int(st, 3);
    }
    sql_done(&st);
    if (!rc)
        return err_set(e, EXIT_USAGE, "%s: there is no run %lld", s->path, (long long)p->run);
    if (rc == 1 && !open)
        return err_set(e, EXIT_STORE, "%s: run %lld has ended: no result can be added", s->path, (long long)p->run);
    return rc < 0 ? -1 : 0;
}

static int put_benchmark(struct store *s, const struct bench *b, int64_t *id, struct err *e)
{
    int fresh = row_intern(s, &table_benchmark, b, id, e);
    for (size_t i = 0; fresh == 1 && i < b->nparams; i++)
        if (row_insert(s, &table_param, &b->params[i], "benchmark, pos", ARGS(arg_int(*id), arg_int((int64_t)i)), NULL,
                       e))
            return -1;
    return fresh < 0 ? -1 : 0;
}

static int put_series(struct store *s, struct place *p, struct err *e)
{
    const struct arg *key = ARGS(arg_int(p->host), arg_int(p->build), arg_int(p->benchmark));
    int rc = sql_int(s, &p->series, "SELECT id FROM series WHERE host = ?1 AND build = ?2 AND benchmark = ?3", key, e);
    if (rc)
        return rc < 0 ? -1 : 0;
    if (sql_run(s, "INSERT INTO series(host, build, benchmark) VALUES (?1, ?2, ?3)", key, e))
        return -1;
    p->series = sqlite3_last_insert_rowid(s->db);
    return 0;
}

static int refuse_twice(struct store *s, const struct place *p, const char *name, struct err *e)
{
    int64_t id;
    int rc = sql_int(s, &id, "SELECT id FROM result WHERE run = ?1 AND series = ?2",
                     ARGS(arg_int(p->run), arg_int(p->series)), e);
    if (rc == 1)
        return err_set(e, EXIT_STORE, "%s: run %lld already has a result of '%s'", s->path, (long long)p->run, name);
    return rc;
}

static int put_samples(struct store *s, int64_t id, const struct result *r, struct err *e)
{
    if (!r->nsamples && !r->nrounds)
        return 0;
    struct buf data = { 0 }, rounds = { 0 };
    pack_samples(&data, r->samples, r->nsamples);
    pack_rounds(&rounds, r->rounds, r->nrounds);
    int rc = sql_run(s, "INSERT INTO sample(result, data, rounds) VALUES (?1, ?2, ?3)",
                     ARGS(arg_int(id), arg_blob(data.data, data.len), arg_blob(rounds.data, rounds.len)), e);
    buf_free(&data);
    buf_free(&rounds);
    return rc;
}

static int put_metric(struct store *s, int64_t id, size_t pos, const struct metric *metric, struct err *e)
{
    int64_t kind;
    if (row_intern(s, &table_kind, metric, &kind, e) < 0)
        return -1;
    struct buf rounds = { 0 };
    pack_samples(&rounds, metric->rounds, metric->nrounds);
    int rc = sql_run(s, "INSERT INTO metric(result, pos, kind, value, rounds) VALUES (?1, ?2, ?3, ?4, ?5)",
                     ARGS(arg_int(id), arg_int((int64_t)pos), arg_int(kind), arg_real(metric->value),
                          rounds.len ? arg_blob(rounds.data, rounds.len) : arg_text(NULL)),
                     e);
    buf_free(&rounds);
    return rc;
}

/* All benchmarks of a suite say the same. */
static int put_suite_metrics(struct store *s, int64_t run, const struct entry *entry, struct err *e)
{
    if (!entry->suite || !entry->metrics)
        return 0;
    return sql_run(s, "INSERT OR IGNORE INTO suite_metrics(run, suite, metrics) VALUES (?1, ?2, ?3)",
                   ARGS(arg_int(run), arg_text(entry->suite), arg_text(entry->metrics)), e);
}

static int put_result(struct store *s, struct place *p, const struct result *r, int64_t *id, struct err *e)
{
    if (find_run(s, p, e) || put_benchmark(s, &r->bench, &p->benchmark, e) || put_series(s, p, e) ||
        refuse_twice(s, p, r->bench.name, e) || row_intern(s, &table_entry, &r->entry, &p->entry, e) < 0)
        return -1;
    if (row_insert(s, &table_result, r, "run, series, entry, started",
                   ARGS(arg_int(p->run), arg_int(p->series), arg_int(p->entry), arg_real(p->started)), id, e) ||
        put_samples(s, *id, r, e) || put_suite_metrics(s, p->run, &r->entry, e))
        return -1;
    for (size_t i = 0; i < r->nmetrics; i++)
        if (put_metric(s, *id, i, &r->metrics[i], e))
            return -1;
    return 0;
}

int store_result(struct store *s, int64_t run_id, struct result *r, struct err *e)
{
    struct place p = { .run = run_id };
    int64_t id = 0;
    if (sql_begin(s, e) || sql_end(s, put_result(s, &p, r, &id, e), e))
        return -1;
    r->id = id;
    return 0;
}

/* --- a run ends --- */

static int finish(struct store *s, const struct run *run, struct err *e)
{
    int64_t after;
    if (facts_add(s, &run->after, &after, e) ||
        sql_run(s, "UPDATE run SET state = ?2, finished = ?3, after_facts = ?4 WHERE id = ?1",
                ARGS(arg_int(run->id), arg_text(run_states[run->state]), arg_real(run->finished), arg_int(after)), e))
        return -1;
    if (!sqlite3_changes(s->db))
        return err_set(e, EXIT_USAGE, "%s: there is no run %lld", s->path, (long long)run->id);
    return 0;
}

int store_finish(struct store *s, const struct run *run, struct err *e)
{
    return sql_begin(s, e) ? -1 : sql_end(s, finish(s, run, e), e);
}
