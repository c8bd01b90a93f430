/* SPDX-License-Identifier: Apache-2.0
 * kernmark history: a benchmark over the runs of a host, its steps and its creep. */
#include "harness/cli/trace.h"
#include "harness/command.h"
#include "reports/print.h"

#include <stdio.h>

struct options {
    struct common common;
    const char *host, *since;
    int64_t limit;
    bool steps, creep;
};

#define FIELD(name) offsetof(struct options, name)
static const struct option_row rows[] = {
    { "host", "NAME", "fingerprint or name of another host (default: this one)", OPTION_TEXT, FIELD(host) },
    { "limit", "N", "the last N runs (default 30)", OPTION_COUNT, FIELD(limit) },
    { "since", "REV|RUN", "measure creep from here (default: accepted change, last release, or baseline)", OPTION_TEXT,
      FIELD(since) },
    { "steps", NULL, "only the lasting steps, one row each", OPTION_FLAG, FIELD(steps) },
    { "creep", NULL, "only what creeps, one row each", OPTION_FLAG, FIELD(creep) },
    COMMON_DB,
    COMMON_FORMAT,
    OPTIONS_END,
};

static struct table chosen(struct mem *m, const struct options *o, const struct series *series, size_t n,
                           const struct trace *t)
{
    enum format f = table_format(&o->common);
    if (o->steps)
        return print_steps(m, t->steps, t->nsteps, f);
    if (o->creep)
        return print_creep(m, t->creeps, t->ncreeps, f);
    return print_history(m, series, n, t->steps, t->nsteps, f);
}

static int history(struct mem *m, const struct options *o, const char *glob, struct store *s, struct err *e)
{
    struct host host;
    struct series *series;
    struct trace trace;
    size_t n;
    if (o->host ? store_host_id(s, o->host, &host.id, e) : this_host(s, m, &host, e))
        return -1;
    if (store_history(s, m, host.id, glob, o->limit ? (int)o->limit : 30, &series, &n, e))
        return -1;
    if (!n)
        return err_set(
            e, EXIT_USAGE,
            "no stored benchmark of this host matches '%s' (a glob, as in a shell): try '*', or `kernmark list`", glob);
    if (trace_history(s, m, host.id, series, n, o->since, &trace, e))
        return -1;
    struct table t = chosen(m, o, series, n, &trace);
    if (print_table(&o->common, &t, e))
        return -1;
    if (table_format(&o->common) == FORMAT_TEXT && !o->steps && !o->creep)
        printf("\n%s", trace_text(m, &trace));
    return EXIT_PASS;
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
    .summary = "a benchmark's medians over the stored runs, where they stepped and what creeps",
    .usage = "history NAME [options]",
    .about =
        "Prints the median and interval of every stored run, oldest first, with the change to the one before; then\n"
        "every lasting step, with its size, interval and the commit that did it as far as the measured commits tell;\n"
        "and slow creep since the last accepted change, release or baseline. NAME may contain the wildcards * and ?.\n"
        "A disturbance of fewer than 4 runs is no step. 1 or 2 series in 100 without a step are given one (4 with two\n"
        "modes, 5 where neighbouring runs resemble each other).",
    .example = "  kernmark history 'gemv/f32/avx512/*' --limit=10\n"
               "  kernmark history '*' --steps --format=json\n"
               "  kernmark history '*' --creep --since=v1.2",
    .options = rows,
    .options_size = sizeof(struct options),
    .run = run,
};
