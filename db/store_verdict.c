/* SPDX-License-Identifier: Apache-2.0
 * Verdicts with everything they were drawn from. Judging again adds; nothing that was once decided is lost. */
#include "db/store.h"
#include "db/tables.h"

static int put(struct store *s, int64_t run_id, int64_t base_id, const struct verdict *v, size_t n, struct err *e)
{
    int64_t judgement;
    struct arg base = base_id ? arg_int(base_id) : arg_text(NULL);
    if (sql_run(s, "INSERT INTO judgement(run, base, method, judged_at) VALUES (?1, ?2, ?3, " SQL_NOW ")",
                ARGS(arg_int(run_id), base, arg_int(STORE_METHOD)), e))
        return -1;
    judgement = sqlite3_last_insert_rowid(s->db);
    for (size_t i = 0; i < n; i++)
        if (row_insert(s, &table_verdict, &v[i], "judgement, pos", ARGS(arg_int(judgement), arg_int((int64_t)i)), NULL,
                       e))
            return -1;
    return 0;
}

int store_verdicts(struct store *s, int64_t run_id, int64_t base_id, const struct verdict *v, size_t n, struct err *e)
{
    return sql_begin(s, e) ? -1 : sql_end(s, put(s, run_id, base_id, v, n, e), e);
}

int store_load_verdicts(struct store *s, struct mem *m, int64_t run_id, int64_t *base_id, struct verdict **v, size_t *n,
                        struct err *e)
{
    static const struct query q = { .head = "pos",
                                    .tables = { &table_verdict },
                                    .tail = "FROM verdict WHERE judgement = ?1 ORDER BY pos",
                                    .size = sizeof(struct verdict) };
    int64_t judgement = 0; /* none has this number */
    struct rows rows;
    *base_id = 0;
    if (sql_int(s, &judgement, "SELECT max(id) FROM judgement WHERE run = ?1", ARGS(arg_int(run_id)), e) < 0 ||
        sql_int(s, base_id, "SELECT base FROM judgement WHERE id = ?1", ARGS(arg_int(judgement)), e) < 0)
        return -1;
    int rc = row_all(s, m, &q, ARGS(arg_int(judgement)), &rows, e);
    *v = rows.all;
    *n = rows.n;
    return rc;
}
