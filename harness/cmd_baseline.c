/* SPDX-License-Identifier: Apache-2.0
 * kernmark baseline: names runs to judge against. */
#include "harness/command.h"
#include "reports/print.h"

#include <stdio.h>
#include <string.h>

struct options {
    struct common common;
    const char *reason;
    bool follow;
};

static const struct option_row rows[] = {
    { "reason", "TEXT", "why this run is the baseline, kept with it", OPTION_TEXT, offsetof(struct options, reason) },
    { "follow", NULL, "move to every later run that passes the gate against it (default: pinned)", OPTION_FLAG,
      offsetof(struct options, follow) },
    COMMON_DB,
    COMMON_FORMAT,
    OPTIONS_END,
};

struct request {
    struct mem *m;
    const struct options *o;
    struct store *s;
    const struct words *w;
    struct host host;
};

static const char *name_word(const struct request *r)
{
    return r->w->n > 1 ? r->w->all[1] : "default";
}

static int set(struct request *r, struct err *e)
{
    int64_t id;
    const char *spec = r->w->n > 2 ? r->w->all[2] : "latest";
    if (store_find(r->s, spec, r->host.id, &id, e) ||
        (r->o->follow ? store_baseline_follow : store_baseline_set)(r->s, name_word(r), id, r->o->reason, e))
        return -1;
    printf("run %lld is now the baseline '%s' of its host%s\n", (long long)id, name_word(r),
           r->o->follow ? ", which follows" : "");
    return EXIT_PASS;
}

static int list(struct request *r, struct err *e)
{
    struct baseline *all;
    size_t n;
    if (store_baselines(r->s, r->m, &all, &n, e))
        return -1;
    struct table t = print_baselines(r->m, all, n, table_format(&r->o->common));
    return print_table(&r->o->common, &t, e);
}

static int show(struct request *r, struct err *e)
{
    struct run run;
    const char *spec = mem_printf(r->m, "baseline:%s", name_word(r));
    if (load_run(r->s, r->m, spec, r->host.id, &run, e))
        return -1;
    struct table t = print_results(r->m, &run, table_format(&r->o->common));
    return print_table(&r->o->common, &t, e);
}

static int rm(struct request *r, struct err *e)
{
    if (store_baseline_rm(r->s, name_word(r), r->host.id, e))
        return -1;
    printf("baseline '%s' of this host is removed; its run stays\n", name_word(r));
    return EXIT_PASS;
}

static const struct action {
    const char *name;
    size_t max_words;
    enum store_mode mode;
    int (*run)(struct request *r, struct err *e);
} actions[] = {
    { "set", 3, STORE_WRITE, set },
    { "list", 1, STORE_READ, list },
    { "show", 2, STORE_READ, show },
    { "rm", 2, STORE_WRITE, rm },
};

static int act(struct mem *m, const struct action *a, const struct options *o, const struct words *w, struct err *e)
{
    struct request r = { .m = m, .o = o, .w = w };
    if (want_words(w, 1, a->max_words, "baseline set [NAME] [RUN], list, show [NAME] or rm [NAME]", e) ||
        open_store(&o->common, a->mode, &r.s, e))
        return -1;
    int code = this_host(r.s, m, &r.host, e) ? -1 : a->run(&r, e);
    store_close(&r.s);
    return code;
}

static int run(struct mem *m, void *options, const struct words *words, struct err *e)
{
    for (size_t i = 0; words->n && i < sizeof actions / sizeof *actions; i++)
        if (!strcmp(words->all[0], actions[i].name))
            return act(m, &actions[i], options, words, e);
    return err_set(e, EXIT_USAGE, "baseline needs one of: set [NAME] [RUN], list, show [NAME], rm [NAME]");
}

const struct command command_baseline = {
    .name = "baseline",
    .summary = "set, list, show or remove the named baselines of this host",
    .usage = "baseline set [NAME] [RUN] | list | show [NAME] | rm [NAME]",
    .about =
        "A baseline is a name for a stored run of one host; `gate` uses the one called default. A run with a failed\n"
        "benchmark cannot become a baseline. It is pinned, or with --follow it moves to every complete run of a clean\n"
        "commit that passes the gate against it; small changes then add up unseen by the gate, but `history` tells "
        "them\n"
        "as creep since the last release.",
    .example = "  kernmark baseline set default latest --reason='new compiler'\n"
               "  kernmark baseline set default latest --follow\n"
               "  kernmark baseline list",
    .options = rows,
    .options_size = sizeof(struct options),
    .run = run,
};
