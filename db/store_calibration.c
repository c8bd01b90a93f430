/* SPDX-License-Identifier: Apache-2.0
 * What is known about this host's noise and about the gate itself. */
#include "db/store.h"
#include "db/tables.h"

#include <stdio.h>

/* --- noise of identical programs --- */

static int put_points(struct store *s, const struct host *host, const struct noise_point *p, size_t n, struct err *e)
{
    int64_t id, benchmark;
    if (row_intern(s, &table_host, host, &id, e) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (row_intern(s, &table_benchmark, &p[i].bench, &benchmark, e) < 0 ||
            sql_run(s,
                    "INSERT INTO noise(host, benchmark, measured_at, change, error, rounds)"
                    " VALUES (?1, ?2, " SQL_NOW ", ?3, ?4, ?5)",
                    ARGS(arg_int(id), arg_int(benchmark), arg_real(p[i].change), arg_real(p[i].error),
                         arg_int((int64_t)p[i].rounds)),
                    e))
            return -1;
    }
    return 0;
}

int store_noise_points(struct store *s, const struct host *host, const struct noise_point *points, size_t n,
                       struct err *e)
{
    return sql_begin(s, e) ? -1 : sql_end(s, put_points(s, host, points, n, e), e);
}

static int read_point(struct store *s, struct mem *m, sqlite3_stmt *st, void *element, struct err *e)
{
    (void)s, (void)e;
    struct noise_point *p = element;
    *p = (struct noise_point){ .bench = { .name = sql_text(m, st, 0) },
                               .change = sql_real(st, 2),
                               .error = sql_real(st, 3),
                               .rounds = (size_t)sqlite3_column_int64(st, 4) };
    snprintf(p->bench.hash, sizeof p->bench.hash, "%s", sql_text(m, st, 1));
    return 0;
}

int store_load_noise_points(struct store *s, struct mem *m, int64_t host_id, int limit, struct noise_point **out,
                            size_t *n, struct err *e)
{
    static const struct query q = { .head = "benchmark.name, benchmark.hash, noise.change, noise.error, noise.rounds",
                                    .tail = "FROM (SELECT DISTINCT benchmark FROM noise WHERE host = ?1) AS known"
                                            " JOIN benchmark ON benchmark.id = known.benchmark"
                                            " JOIN noise ON noise.id IN (SELECT id FROM noise AS past"
                                            "  WHERE past.host = ?1 AND past.benchmark = known.benchmark"
                                            "  ORDER BY past.measured_at DESC, past.id DESC LIMIT ?2)"
                                            " ORDER BY benchmark.name, benchmark.hash, noise.measured_at, noise.id",
                                    .size = sizeof(struct noise_point),
                                    .read = read_point };
    struct rows rows;
    int rc = row_all(s, m, &q, ARGS(arg_int(host_id), arg_int(limit > 0 ? limit : -1)), &rows, e);
    *out = rows.all;
    *n = rows.n;
    return rc;
}

/* --- calibration --- */

static int put_rows(struct store *s, const struct host *host, const struct calibration *rows, size_t n, struct err *e)
{
    int64_t id;
    if (row_intern(s, &table_host, host, &id, e) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (row_insert(s, &table_calibration, &rows[i], "host, method", ARGS(arg_int(id), arg_int(STORE_METHOD)), NULL,
                       e))
            return -1;
    return 0;
}

int store_calibration(struct store *s, const struct host *host, const struct calibration *rows, size_t n, struct err *e)
{
    return sql_begin(s, e) ? -1 : sql_end(s, put_rows(s, host, rows, n, e), e);
}

int store_load_calibration(struct store *s, struct mem *m, int64_t host_id, struct calibration **out, size_t *n,
                           struct err *e)
{
    static const struct query q = { .head = "id",
                                    .tables = { &table_calibration },
                                    .tail = "FROM calibration WHERE host = ?1 AND method = ?2"
                                            " ORDER BY measured_at, effect",
                                    .size = sizeof(struct calibration) };
    struct rows rows;
    int rc = row_all(s, m, &q, ARGS(arg_int(host_id), arg_int(STORE_METHOD)), &rows, e);
    *out = rows.all;
    *n = rows.n;
    return rc;
}
