/* SPDX-License-Identifier: Apache-2.0
 * Sets of facts. The facts of a host rarely change, so that nearly every run shares the set of the run before it. */
#include "db/facts.h"

#include "db/tables.h"

int facts_load(struct store *s, struct mem *m, int64_t set, struct facts *out, struct err *e)
{
    static const struct query q = { .head = "pos",
                                    .tables = { &table_fact },
                                    .tail = "FROM fact WHERE fact_set = ?1 ORDER BY pos",
                                    .size = sizeof(struct fact) };
    struct rows rows;
    int rc = row_all(s, m, &q, ARGS(arg_int(set)), &rows, e);
    *out = (struct facts){ rows.all, rows.n };
    return rc;
}

int facts_add(struct store *s, const struct facts *facts, int64_t *set, struct err *e)
{
    if (sql_run(s, "INSERT INTO fact_set DEFAULT VALUES", NULL, e))
        return -1;
    *set = sqlite3_last_insert_rowid(s->db);
    for (size_t i = 0; i < facts->n; i++)
        if (row_insert(s, &table_fact, &facts->all[i], "fact_set, pos", ARGS(arg_int(*set), arg_int((int64_t)i)), NULL,
                       e))
            return -1;
    return 0;
}

static bool same(const struct facts *a, const struct facts *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (row_differs(&table_fact, &a->all[i], &b->all[i], 0, sizeof a->all[i], 0))
            return false;
    return true;
}

int facts_share(struct store *s, const struct facts *facts, const char *last, int64_t id, int64_t *set, struct err *e)
{
    int found = sql_int(s, set, last, ARGS(arg_int(id)), e);
    if (found <= 0)
        return found ? -1 : facts_add(s, facts, set, e);
    struct mem m = { 0 };
    struct facts have;
    int rc = facts_load(s, &m, *set, &have, e);
    if (!rc && !same(&have, facts))
        rc = facts_add(s, facts, set, e);
    mem_free(&m);
    return rc;
}
