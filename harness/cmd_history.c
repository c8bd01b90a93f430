/* SPDX-License-Identifier: Apache-2.0
 * kernmark history: a benchmark over the runs of a host. */
#include "harness/command.h"
#include "reports/print.h"

struct options {
    struct common common;
    const char *host;
    int64_t limit;
};

static const struct option_row rows[] = {
    { "host", "NAME", "fingerprint or name of another host (default: this one)", OPTION_TEXT,
      offsetof(struct options, host) },
    { "limit", "N", "the last N runs (default 30)", OPTION_COUNT, offsetof(struct options, limit) },
    COMMON_DB,
    COMMON_FORMAT,
    OPTIONS_END,
};

static int history(struct mem *m, const struct options *o, const char *glob, struct store *s, struct err *e)
{
    struct host host;
    struct series *series;
    size_t n;
    if (o->host ? store_host_id(s, o->host, &host.id, e) : this_host(s, m, &host, e))
        return -1;
    if (store_history(s, m, host.id, glob, o->limit ? (int)o->limit : 30, &series, &n, e))
        return -1;
    if (!n)
        return err_set(e, EXIT_USAGE, "no stored benchmark of this host matches '%s': try '*', or `kernmark list`",
                       glob);
    struct table t = print_history(m, series, n, table_format(&o->common));
    return print_table(&o->common, &t, e);
}

static int run(struct mem *m, void *options, const struct words *words, struct err *e)
{
    const struct options *o = options;
    struct store *s;
    if (want_words(words, 1, 1, "one benchmark name or pattern such as 'gemv/*'", e) ||
        open_store(&o->common, STORE_READ, &s, e))
        return -1;
    int code = history(m, o, words->all[0], s, e);
    store_close(&s);
    return code;
}

const struct command command_history = {
    .name = "history",
    .summary = "a benchmark's medians over the stored runs",
    .usage = "history NAME [options]",
    .about =
        "Prints the median and interval of every stored run, oldest first, with the change to the one before. NAME\n"
        "may contain the wildcards * and ?.",
    .example = "  kernmark history 'gemv/f32/avx512/*' --limit=10",
    .options = rows,
    .options_size = sizeof(struct options),
    .run = run,
};
