/* SPDX-License-Identifier: Apache-2.0
 * Series over time. Both queries walk one index per series, newest first, and stop at the limit. */
#include "db/store.h"
#include "db/tables.h"

#include <string.h>

/* --- history --- */

struct history_row {
    const char *name;
    struct point point;
};

static int read_history(struct store *s, struct mem *m, sqlite3_stmt *st, void *element, struct err *e)
{
    struct history_row *row = element;
    int column = 1;
    row->name = sql_text(m, st, 0);
    if (row_read(s, m, st, &column, &table_point, &row->point, e))
        return -1;
    return row_read(s, m, st, &column, &table_commit, &row->point.commit, e);
}

/* The rows come by name and time. A name may have several series (builds, definitions), each with `limit` points. */
static struct series take_series(struct mem *m, const struct history_row *rows, size_t n, int limit)
{
    size_t keep = limit > 0 && n > (size_t)limit ? (size_t)limit : n;
    struct series series = { rows->name, mem_array(m, keep, sizeof(struct point)), keep };
    for (size_t i = 0; i < keep; i++)
        series.points[i] = rows[n - keep + i].point;
    return series;
}

/* A changed definition starts a new series, under the same name. */
static bool same_series(const struct history_row *a, const struct history_row *b)
{
    return !strcmp(a->name, b->name) && !strcmp(a->point.bench_hash, b->point.bench_hash);
}

static struct series *group_series(struct mem *m, const struct history_row *rows, size_t nrows, int limit, size_t *n)
{
    struct series *all = NULL;
    size_t cap = 0, end;
    for (size_t first = 0; first < nrows; first = end) {
        for (end = first + 1; end < nrows && same_series(&rows[end], &rows[first]);)
            end++;
        all = mem_grow(m, all, &cap, *n + 1, sizeof *all);
        all[(*n)++] = take_series(m, rows + first, end - first, limit);
    }
    return all;
}

int store_history(struct store *s, struct mem *m, int64_t host_id, const char *glob, int limit, struct series **out,
                  size_t *n, struct err *e)
{
    static const struct query q = {
        .head = "benchmark.name",
        .tables = { &table_point, &table_commit },
        .tail = "FROM benchmark JOIN series ON series.benchmark = benchmark.id AND series.host = ?1"
                " JOIN build ON build.id = series.build"
                " JOIN result ON result.id IN (SELECT last.id FROM result AS last WHERE last.series = series.id"
                "  ORDER BY last.started DESC, last.id DESC LIMIT ?3)"
                " JOIN run ON run.id = result.run LEFT JOIN git_commit ON git_commit.id = run.git_commit"
                " WHERE benchmark.name GLOB ?2"
                " ORDER BY benchmark.name, benchmark.id, result.started, result.id",
        .size = sizeof(struct history_row),
        .read = read_history,
    };
    struct rows rows;
    *out = NULL;
    *n = 0;
    if (row_all(s, m, &q, ARGS(arg_int(host_id), arg_text(glob), arg_int(limit > 0 ? limit : -1)), &rows, e))
        return -1;
    *out = group_series(m, rows.all, rows.n, limit, n);
    return 0;
}

/* --- noise --- */

struct noise_row {
    const char *name;
    int64_t benchmark;
    double median;
};

static int read_noise(struct store *s, struct mem *m, sqlite3_stmt *st, void *element, struct err *e)
{
    (void)s, (void)e;
    *(struct noise_row *)element = (struct noise_row){
        .name = sql_text(m, st, 0),
        .benchmark = sqlite3_column_int64(st, 1),
        .median = sql_real(st, 2),
    };
    return 0;
}

/* Without a run to compare with, two definitions may share a name: the later one is the series of today. */
static struct history_noise *group_noise(struct mem *m, const struct noise_row *rows, size_t nrows, size_t *n)
{
    struct history_noise *all = NULL;
    size_t cap = 0, end;
    for (size_t first = 0; first < nrows; first = end) {
        for (end = first; end < nrows && rows[end].benchmark == rows[first].benchmark;)
            end++;
        double *medians = mem_array(m, end - first, sizeof *medians);
        for (size_t i = first; i < end; i++)
            medians[i - first] = rows[i].median;
        if (!*n || strcmp(all[*n - 1].name, rows[first].name) != 0)
            (*n)++;
        all = mem_grow(m, all, &cap, *n, sizeof *all);
        all[*n - 1] = (struct history_noise){ rows[first].name, medians, end - first };
    }
    return all;
}

int store_noise(struct store *s, struct mem *m, int64_t host_id, const char *build_hash, int64_t before_run, int limit,
                struct history_noise **out, size_t *n, struct err *e)
{
    static const struct query q = {
        .head = "benchmark.name, benchmark.id, result.median",
        .tail = "FROM build JOIN series ON series.host = ?1 AND series.build = build.id"
                " JOIN benchmark ON benchmark.id = series.benchmark"
                " JOIN result ON result.id IN (SELECT past.id FROM result AS past JOIN run ON run.id = past.run"
                "  WHERE past.series = series.id AND past.status = 'ok' AND past.median NOT NULL"
                "  AND run.state = 'complete' AND (?3 = 0 OR ("
                "   (past.started, past.run) < (SELECT started, id FROM run WHERE id = ?3)"
                "   AND run.profile IS (SELECT profile FROM run WHERE id = ?3)))"
                "  ORDER BY past.started DESC, past.id DESC LIMIT ?4)"
                " WHERE build.hash = ?2 AND (?3 = 0 OR benchmark.id IN (SELECT now.benchmark FROM result"
                "  JOIN series AS now ON now.id = result.series WHERE result.run = ?3))"
                " ORDER BY benchmark.name, benchmark.id, result.started, result.id",
        .size = sizeof(struct noise_row),
        .read = read_noise,
    };
    struct rows rows;
    *out = NULL;
    *n = 0;
    if (row_all(s, m, &q,
                ARGS(arg_int(host_id), arg_text(build_hash), arg_int(before_run), arg_int(limit > 0 ? limit : -1)),
                &rows, e))
        return -1;
    *out = group_noise(m, rows.all, rows.n, n);
    return 0;
}
