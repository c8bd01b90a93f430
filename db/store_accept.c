/* SPDX-License-Identifier: Apache-2.0
 * Accepted changes. They never touch what was measured or decided. */
#include "db/store.h"
#include "db/tables.h"

#include <string.h>

static int check_text(const char *what, const char *text, size_t most, struct err *e)
{
    size_t n = text ? strlen(text) : 0;
    if (n && n <= most && strspn(text, " \t\r\n") < n)
        return 0;
    return err_set(e, EXIT_USAGE, "%s of 1 to %zu bytes is needed", what, most);
}

/* What nothing could be judged against cannot be accepted: that would hide a failure. */
static int check_matches(struct store *s, const struct acceptance *a, struct err *e)
{
    int64_t ok = 0, there = 0;
    if (sql_int(s, &there, "SELECT 1 FROM run WHERE id = ?1", ARGS(arg_int(a->run_id)), e) < 0)
        return -1;
    if (!there)
        return err_set(e, EXIT_USAGE, "%s: there is no run %lld", s->path, (long long)a->run_id);
    if (sql_int(s, &ok,
                "SELECT count(*) FROM result JOIN series ON series.id = result.series"
                " JOIN benchmark ON benchmark.id = series.benchmark"
                " WHERE result.run = ?1 AND result.status = 'ok' AND benchmark.name GLOB ?2",
                ARGS(arg_int(a->run_id), arg_text(a->pattern)), e) < 0)
        return -1;
    return ok ? 0
              : err_set(e, EXIT_USAGE, "run %lld has no measured benchmark that matches '%.200s'", (long long)a->run_id,
                        a->pattern);
}

static int put(struct store *s, struct acceptance *a, struct err *e)
{
    if (check_matches(s, a, e) ||
        sql_run(s,
                "INSERT INTO acceptance(host, run, pattern, reason, author, accepted_at, expires)"
                " SELECT host, id, ?2, ?3, ?4, ?5, ?6 FROM run WHERE id = ?1",
                ARGS(arg_int(a->run_id), arg_text(a->pattern), arg_text(a->reason), arg_text(a->author),
                     arg_real(a->accepted), arg_real(a->expires)),
                e))
        return -1;
    a->id = sqlite3_last_insert_rowid(s->db);
    return 0;
}

int store_accept(struct store *s, struct acceptance *a, struct err *e)
{
    if (check_text("a pattern over names", a->pattern, 512, e) || check_text("a reason", a->reason, 4096, e) ||
        sql_begin(s, e))
        return -1;
    return sql_end(s, put(s, a, e), e);
}

int store_accept_rm(struct store *s, int64_t id, int64_t host_id, struct err *e)
{
    if (sql_run(s, "DELETE FROM acceptance WHERE id = ?1 AND host = ?2", ARGS(arg_int(id), arg_int(host_id)), e))
        return -1;
    return sqlite3_changes(s->db)
               ? 0
               : err_set(e, EXIT_USAGE, "no accepted change %lld on this host: see accept --list", (long long)id);
}

int store_accepted(struct store *s, struct mem *m, int64_t host_id, struct acceptance **out, size_t *n, struct err *e)
{
    static const struct query q = { .head = "acceptance.id",
                                    .tables = { &table_acceptance },
                                    .tail = "FROM acceptance JOIN run ON run.id = acceptance.run"
                                            " WHERE acceptance.host = ?1 ORDER BY accepted_at, acceptance.id",
                                    .size = sizeof(struct acceptance) };
    struct rows rows;
    int rc = row_all(s, m, &q, ARGS(arg_int(host_id)), &rows, e);
    *out = rows.all;
    *n = rows.n;
    return rc;
}
