/* SPDX-License-Identifier: Apache-2.0
 * Is the store sound? Every check is one line of the answer; damage that stops a check is its finding, so that the
 * others still run. */
#include "db/pack.h"
#include "db/store.h"
#include "db/tables.h"
#include "harness/stats/summary.h"

#include <string.h>

enum { SHOWN = 5 };

/* A query that names what is wrong, one text per row; no row is good. */
struct rule {
    const char *what, *sql;
};

static const struct rule rules[] = {
    { "file structure", "SELECT integrity_check FROM pragma_integrity_check(20) WHERE integrity_check <> 'ok'" },
    { "references", "SELECT printf('row %s of %s has no %s', rowid, \"table\", parent) FROM pragma_foreign_key_check" },
    { "results belong to their runs",
      "SELECT printf('result %d is of another host, build or time than run %d', result.id, run.id)"
      " FROM result JOIN run ON run.id = result.run JOIN series ON series.id = result.series"
      " WHERE series.host <> run.host OR series.build <> run.build OR result.started <> run.started" },
    { "samples are complete",
      "SELECT printf('result %d has %d samples in %d rounds, but %d and %d bytes of them', result.id, result.samples,"
      " result.rounds, ifnull(length(sample.data), 0), ifnull(length(sample.rounds), 0))"
      " FROM result LEFT JOIN sample ON sample.result = result.id"
      " WHERE result.samples * 8 <> ifnull(length(sample.data), 0)"
      " OR result.rounds * 40 <> ifnull(length(sample.rounds), 0)" },
    { "paired rounds are complete",
      "SELECT printf('benchmark %d of paired run %d has %d bytes of rounds, of which %d screened', pos, trial,"
      " length(rounds), screening) FROM trial_verdict"
      " WHERE length(rounds) % 24 <> 0 OR screening > length(rounds) / 24 OR screening < 0" },
    { "values of metrics are complete",
      "SELECT printf('metric %d of result %d has %d bytes of values', pos, result, length(rounds)) FROM metric"
      " WHERE length(rounds) % 8 <> 0" },
    { "no unused rows",
      "SELECT printf('%d of %s', n, what) FROM ("
      " SELECT 'fact_set' AS what, count(*) AS n FROM fact_set WHERE id NOT IN (SELECT host_facts FROM run"
      "  UNION SELECT build_facts FROM run UNION SELECT before_facts FROM run"
      "  UNION SELECT after_facts FROM run WHERE after_facts NOT NULL)"
      " UNION ALL SELECT 'entry', count(*) FROM entry WHERE id NOT IN (SELECT entry FROM result)"
      " UNION ALL SELECT 'series', count(*) FROM series WHERE id NOT IN (SELECT series FROM result)"
      " UNION ALL SELECT 'benchmark', count(*) FROM benchmark WHERE id NOT IN (SELECT benchmark FROM series"
      "  UNION SELECT benchmark FROM trial_verdict UNION SELECT benchmark FROM noise)"
      " UNION ALL SELECT 'metric_kind', count(*) FROM metric_kind WHERE id NOT IN (SELECT kind FROM metric)"
      ") WHERE n > 0" },
};

/* Adds one finding to the detail. */
static void found(struct buf *detail, int n, const char *text)
{
    if (n <= SHOWN)
        buf_printf(detail, "%s%s", n > 1 ? "; " : "", text);
    else if (n == SHOWN + 1)
        buf_puts(detail, "; ...");
}

static int check_rule(struct store *s, const struct rule *rule, struct buf *detail, struct err *e)
{
    sqlite3_stmt *st;
    if (sql_query(s, &st, rule->sql, NULL, e))
        return -1;
    int n = 0, rc;
    while ((rc = sql_next(s, st, e)) == 1) {
        const char *text = (const char *)sqlite3_column_text(st, 0);
        found(detail, ++n, text ? text : "?");
    }
    sql_done(&st);
    return rc < 0 ? -1 : n;
}

static int check_schema(struct store *s, struct buf *detail, struct err *e)
{
    int have, known;
    if (store_schema(s, &have, &known, e))
        return -1;
    buf_printf(detail, "version %d of %d", have, known);
    return have != known;
}

/* --- summaries --- */

/* Summaries are functions of the samples. Another compiler may add in another order: hence the tolerance. */
static const double tolerance = 1e-9;

static const char *stale_column(struct store *s, struct mem *m, sqlite3_stmt *st, int64_t *id, struct err *e)
{
    struct result stored = { 0 };
    int column = 3;
    *id = sqlite3_column_int64(st, 0);
    if (row_read(s, m, st, &column, &table_result, &stored, e) ||
        unpack_samples(m, sqlite3_column_blob(st, 1), (size_t)sqlite3_column_bytes(st, 1), &stored.samples,
                       &stored.nsamples, e) ||
        unpack_rounds(m, sqlite3_column_blob(st, 2), (size_t)sqlite3_column_bytes(st, 2), stored.nsamples,
                      &stored.rounds, &stored.nrounds, e))
        return e->text;
    struct result again = stored;
    summarize(&again);
    const struct column *c = row_differs(&table_result, &again, &stored, offsetof(struct result, summary),
                                         offsetof(struct result, summary) + sizeof(struct summary), tolerance);
    return c ? c->name : NULL;
}

static int check_summaries(struct store *s, struct buf *detail, struct err *e)
{
    static const struct query q = { .head = "result.id, sample.data, sample.rounds",
                                    .tables = { &table_result },
                                    .tail = "FROM sample JOIN result ON result.id = sample.result" };
    sqlite3_stmt *st;
    if (row_query(s, &st, &q, NULL, e))
        return -1;
    int bad = 0, all = 0, rc;
    while ((rc = sql_next(s, st, e)) == 1) {
        struct mem m = { 0 };
        struct buf text = { 0 };
        int64_t id;
        const char *stale = stale_column(s, &m, st, &id, e);
        buf_printf(&text, "result %lld: %s", (long long)id, stale ? stale : "");
        if (stale)
            found(detail, ++bad, buf_text(&text));
        buf_free(&text);
        mem_free(&m);
        all++;
    }
    sql_done(&st);
    if (!rc && !bad)
        buf_printf(detail, "%d recomputed", all);
    return rc < 0 ? -1 : bad;
}

/* --- all --- */

/* outcome: number of findings, or -1 with e where the check could not be made. */
static struct check_line line(struct mem *m, const char *what, int outcome, struct buf *detail, const struct err *e)
{
    struct check_line made = { .what = what, .ok = !outcome };
    made.detail = mem_dup(m, outcome < 0 ? e->text : buf_text(detail));
    buf_free(detail);
    return made;
}

int store_check(struct store *s, struct mem *m, struct check_line **out, size_t *n, struct err *e)
{
    enum { RULES = sizeof rules / sizeof *rules };
    struct buf detail = { 0 };
    struct check_line *lines = mem_array(m, RULES + 2, sizeof *lines);
    *n = 0;
    int outcome = check_schema(s, &detail, e);
    lines[(*n)++] = line(m, "schema", outcome, &detail, e);
    for (size_t i = 0; i < RULES; i++) {
        outcome = check_rule(s, &rules[i], &detail, e);
        lines[(*n)++] = line(m, rules[i].what, outcome, &detail, e);
    }
    outcome = check_summaries(s, &detail, e);
    lines[(*n)++] = line(m, "summaries agree with samples", outcome, &detail, e);
    *out = lines;
    return 0;
}
