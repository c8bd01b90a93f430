/* SPDX-License-Identifier: Apache-2.0
 * From what a person types to a run or a host. What is not found is answered with what there is. */
#include "db/store.h"
#include "db/tables.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_PREFIX = 4, CANDIDATES = 5 };

#define POSSIBLE                                                                                                       \
    "latest, latest~N, a run number, the first 4 or more characters of a run's or commit's hash, baseline, "           \
    "baseline:NAME"

/* Adds the first column of every row to `list`, at most CANDIDATES of them. Returns their number. */
static int list_rows(struct store *s, struct buf *list, const char *sql, const struct arg *args, struct err *e)
{
    sqlite3_stmt *st;
    if (sql_query(s, &st, sql, args, e))
        return -1;
    int n = 0, rc;
    while ((rc = sql_next(s, st, e)) == 1) {
        const char *text = (const char *)sqlite3_column_text(st, 0);
        if (n++ < CANDIDATES)
            buf_printf(list, "%s%s", n > 1 ? ", " : "", text ? text : "");
        else if (n == CANDIDATES + 1)
            buf_puts(list, ", ...");
    }
    sql_done(&st);
    return rc < 0 ? -1 : n;
}

/* --- latest --- */

/* The whole of `text` as a number, or -1. */
static int64_t number(const char *text)
{
    char *end;
    if (!isdigit((unsigned char)*text))
        return -1;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    return *end || errno ? -1 : v;
}

static int not_found(struct store *s, const char *spec, struct err *e)
{
    int64_t runs = 0;
    if (sql_int(s, &runs, "SELECT count(*) FROM run", NULL, e) < 0)
        return -1;
    if (!runs)
        return err_set(e, EXIT_STORE, "%s: no results yet: run `kernmark run` first", s->path);
    int64_t last = 0;
    if (sql_int(s, &last, "SELECT max(id) FROM run", NULL, e) < 0)
        return -1;
    return err_set(e, EXIT_USAGE,
                   "no run '%.80s' among the %lld stored (the last has number %lld). Possible: " POSSIBLE, spec,
                   (long long)runs, (long long)last);
}

/* A run that was killed before anything was measured holds only what this machine cannot run: nobody means that one. */
#define HAS_RESULTS                                                                                                    \
    " EXISTS (SELECT 1 FROM result WHERE result.run = run.id"                                                          \
    " AND (run.state <> 'open' OR result.status <> 'unsupported'))"

/* One index holds the runs of a host by time, another those of all. */
#define LATEST(which)                                                                                                  \
    "SELECT id FROM run WHERE " which " AND" HAS_RESULTS " ORDER BY started DESC, id DESC LIMIT 1 OFFSET ?2"

static int find_latest(struct store *s, const char *back, int64_t host_id, int64_t *run_id, struct err *e)
{
    int64_t n = *back == '~' ? number(back + 1) : *back ? -1 : 0;
    if (n < 0)
        return 0;
    return sql_int(s, run_id, host_id ? LATEST("host = ?1") : LATEST("?1 = 0"), ARGS(arg_int(host_id), arg_int(n)), e);
}

/* --- baseline --- */

static int find_baseline(struct store *s, const char *name, int64_t host_id, int64_t *run_id, struct err *e)
{
    struct buf hosts = { 0 };
    name = *name == ':' ? name + 1 : STORE_BASELINE;
    const struct arg *args = ARGS(arg_text(name), arg_int(host_id));
    int n = list_rows(s, &hosts,
                      "SELECT host.name FROM baseline JOIN host ON host.id = baseline.host"
                      " WHERE baseline.name = ?1 AND (?2 = 0 OR baseline.host = ?2) ORDER BY host.name",
                      args, e);
    int rc = n < 0 ? -1 : 0;
    if (n == 1)
        rc = sql_int(s, run_id, "SELECT run FROM baseline WHERE name = ?1 AND (?2 = 0 OR host = ?2)", args, e);
    else if (n > 1)
        rc = err_set(e, EXIT_USAGE, "baseline '%.80s' exists on several hosts (%s): name one", name, buf_text(&hosts));
    else if (!n)
        rc = err_set(e, EXIT_INCONCLUSIVE, "no baseline '%.80s'%s: set one with `kernmark baseline set`", name,
                     host_id ? " on this host" : "");
    buf_free(&hosts);
    return rc;
}

/* --- number or hash --- */

static bool is_hash(const char *spec, char low[65])
{
    size_t n = strlen(spec);
    if (n < MIN_PREFIX || n > 64 || strspn(spec, "0123456789abcdefABCDEF") != n)
        return false;
    for (size_t i = 0; i <= n; i++)
        low[i] = (char)tolower((unsigned char)spec[i]);
    return true;
}

/* Both hashes are lower-case hex, so that everything with a prefix lies between it and it followed by 'g'. A commit
 * stands for its latest run with results. Columns: the text for people, the run. */
#define PREFIXED                                                                                                       \
    "SELECT 'run ' || id || ' (' || substr(uuid, 1, 12) || ')' AS text, id AS run FROM run"                            \
    " WHERE uuid >= ?1 AND uuid < ?1 || 'g'"                                                                           \
    " UNION ALL SELECT 'commit ' || substr(hash, 1, 12), (SELECT run.id FROM run"                                      \
    "  WHERE run.git_commit = git_commit.id AND (?2 = 0 OR run.host = ?2)"                                             \
    "  AND" HAS_RESULTS                                                                                                \
    "  ORDER BY started DESC, id DESC LIMIT 1) FROM git_commit WHERE hash >= ?1 AND hash < ?1 || 'g'"

static int find_prefix(struct store *s, const char *spec, int64_t host_id, int64_t *run_id, struct err *e)
{
    char low[65];
    if (!is_hash(spec, low))
        return 0;
    struct buf list = { 0 };
    const struct arg *args = ARGS(arg_text(low), arg_int(host_id));
    int rc = list_rows(s, &list, "SELECT text FROM (" PREFIXED ") WHERE run NOT NULL", args, e);
    if (rc == 1)
        rc = sql_int(s, run_id, "SELECT run FROM (" PREFIXED ") WHERE run NOT NULL", args, e);
    else if (rc > 1)
        rc = err_set(e, EXIT_USAGE, "'%s' could be %s: type more of it", spec, buf_text(&list));
    buf_free(&list);
    return rc;
}

static int find_number(struct store *s, const char *spec, int64_t *run_id, struct err *e)
{
    int64_t n = number(spec);
    return n < 0 ? 0 : sql_int(s, run_id, "SELECT id FROM run WHERE id = ?1", ARGS(arg_int(n)), e);
}

static bool begins(const char *spec, const char *word, char then)
{
    size_t n = strlen(word);
    return !strncmp(spec, word, n) && (!spec[n] || spec[n] == then);
}

int store_find(struct store *s, const char *spec, int64_t host_id, int64_t *run_id, struct err *e)
{
    int rc;
    if (begins(spec, "latest", '~')) {
        rc = find_latest(s, spec + strlen("latest"), host_id, run_id, e);
    } else if (begins(spec, "baseline", ':')) {
        rc = find_baseline(s, spec + strlen("baseline"), host_id, run_id, e);
    } else {
        rc = find_number(s, spec, run_id, e);
        if (!rc)
            rc = find_prefix(s, spec, host_id, run_id, e);
    }
    if (!rc)
        return not_found(s, spec, e);
    return rc < 0 ? -1 : 0;
}

/* --- hosts --- */

#define HOSTS_NAMED "FROM host WHERE fingerprint = ?1 OR name = ?1"

int store_host_id(struct store *s, const char *fingerprint_or_name, int64_t *id, struct err *e)
{
    struct buf list = { 0 };
    const struct arg *args = ARGS(arg_text(fingerprint_or_name));
    int n = list_rows(s, &list, "SELECT fingerprint || ' (' || name || ')' " HOSTS_NAMED " ORDER BY name, id", args, e);
    int rc = n < 0 ? -1 : 0;
    if (n == 1) {
        rc = sql_int(s, id, "SELECT id " HOSTS_NAMED, args, e) < 0 ? -1 : 0;
    } else if (n > 1) {
        rc = err_set(e, EXIT_USAGE, "several hosts are called '%.80s': %s. Give the fingerprint", fingerprint_or_name,
                     buf_text(&list));
    } else if (!n) {
        n = list_rows(s, &list, "SELECT name || ' (' || fingerprint || ')' FROM host ORDER BY name, id", NULL, e);
        if (n >= 0)
            err_set(e, EXIT_USAGE, "no host '%.80s' in the store. There is: %s", fingerprint_or_name,
                    n ? buf_text(&list) : "none yet");
        rc = -1;
    }
    buf_free(&list);
    return rc;
}
