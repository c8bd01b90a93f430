/* SPDX-License-Identifier: Apache-2.0
 * kernmark accept: a known change becomes the level to judge against. */
#include "harness/cli/ancestry.h"
#include "harness/cli/date.h"
#include "harness/cli/edges.h"
#include "harness/command.h"
#include "reports/print.h"

#include <math.h>
#include <stdio.h>

struct options {
    struct common common;
    const char *reason, *expires, *run;
    bool list;
    int64_t rm;
};

#define FIELD(name) offsetof(struct options, name)
static const struct option_row rows[] = {
    { "reason", "TEXT", "why the change is accepted, kept with it", OPTION_TEXT, FIELD(reason) },
    { "expires", "DATE", "until when: 2026-12-31 (that day included, UTC) or 30d (default: for good)", OPTION_TEXT,
      FIELD(expires) },
    { "run", "RUN", "the run whose level is accepted (default: latest)", OPTION_TEXT, FIELD(run) },
    { "list", NULL, "list what this host accepted, expired or not", OPTION_FLAG, FIELD(list) },
    { "rm", "N", "remove accepted change number N", OPTION_COUNT, FIELD(rm) },
    COMMON_DB,
    COMMON_FORMAT,
    OPTIONS_END,
};

static int list(struct mem *m, const struct options *o, struct store *s, int64_t host_id, struct err *e)
{
    struct acceptance *all;
    size_t n;
    if (store_accepted(s, m, host_id, &all, &n, e))
        return -1;
    struct table t = print_accepted(m, all, n, wall_clock(), table_format(&o->common));
    return print_table(&o->common, &t, e);
}

static int rm(const struct options *o, struct store *s, int64_t host_id, struct err *e)
{
    if (store_accept_rm(s, o->rm, host_id, e))
        return -1;
    printf("accepted change %lld is removed: the baseline counts again\n", (long long)o->rm);
    return EXIT_PASS;
}

static int add(struct mem *m, const struct options *o, const char *pattern, struct store *s, int64_t host_id,
               struct err *e)
{
    struct acceptance a = {
        .pattern = pattern, .reason = o->reason, .author = user_name(m), .accepted = wall_clock(), .expires = NAN
    };
    if (o->expires && date_parse(o->expires, a.accepted, &a.expires, e))
        return -1;
    if (store_find(s, o->run ? o->run : "latest", host_id, &a.run_id, e) || store_accept(s, &a, e))
        return -1;
    printf("accepted change %lld: '%s' is judged against the level of run %lld from there on%s%s\n", (long long)a.id,
           host_clean_text(m, pattern), (long long)a.run_id, o->expires ? ", until " : "",
           o->expires ? show_date(m, a.expires) : "");
    return EXIT_PASS;
}

static int act(struct mem *m, const struct options *o, const struct words *words, struct store *s, struct err *e)
{
    struct host host;
    if (this_host(s, m, &host, e))
        return -1;
    if (o->list)
        return list(m, o, s, host.id, e);
    return o->rm ? rm(o, s, host.id, e) : add(m, o, words->all[0], s, host.id, e);
}

static int run(struct mem *m, void *options, const struct words *words, struct err *e)
{
    const struct options *o = options;
    struct store *s;
    size_t want = o->list || o->rm ? 0 : 1;
    if (want_words(words, want, want, want ? "one benchmark name or pattern such as 'gemv/*'" : "no word", e))
        return -1;
    if (want && !o->reason)
        return err_set(e, EXIT_USAGE, "--reason=TEXT was expected: who reads it later must know why");
    if (open_store(&o->common, o->list ? STORE_READ : STORE_WRITE, &s, e))
        return -1;
    int code = act(m, o, words, s, e);
    store_close(&s);
    return code;
}

const struct command command_accept = {
    .name = "accept",
    .summary = "accept a known change: from that run on its level is what counts",
    .usage = "accept NAME --reason=TEXT [options] | accept --list | accept --rm=N",
    .about =
        "`gate` and `report` judge the benchmarks whose names match NAME (wildcards * and ?) against the level of the\n"
        "accepted run instead of the baseline's, so the change itself no longer counts, but another one on top of it\n"
        "does. When the acceptance expires the baseline counts again, and the verdict says so. Kept with author (of\n"
        "git), date and reason, for this host.",
    .example = "  kernmark accept 'gemv/f32/*' --reason='checks its arguments now, issue 12' --expires=30d\n"
               "  kernmark accept --list",
    .options = rows,
    .options_size = sizeof(struct options),
    .run = run,
};
