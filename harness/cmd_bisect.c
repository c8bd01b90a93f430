/* SPDX-License-Identifier: Apache-2.0
 * kernmark bisect: the first bad commit, by paired runs over git history. */
#include "harness/cli/bisect.h"
#include "harness/cli/exec.h"
#include "harness/command.h"

#include <math.h>
#include <stdio.h>

struct options {
    struct common common;
    struct pairing_options pair;
    bool dry_run, all;
};

#define FIELD(name) offsetof(struct options, name)
static const struct option_row rows[] = {
    { "suite", "LIST", "suites to run, separated by commas (default: core)", OPTION_TEXT, FIELD(pair.suites) },
    { "filter", "REGEX", "only benchmarks whose name matches; a leading '-' negates", OPTION_TEXT, FIELD(pair.filter) },
    { "threshold", "10%", "how much slower BAD must be (default: as the suite says)", OPTION_PERCENT,
      FIELD(pair.threshold) },
    { "budget", "SECONDS", "stop a step after so long (default: 10 minutes)", OPTION_COUNT, FIELD(pair.budget) },
    { "all", NULL, "look into merged branches too (default: along first parents)", OPTION_FLAG, FIELD(all) },
    { "dry-run", NULL, "only list the commits between", OPTION_FLAG, FIELD(dry_run) },
    { "build", "COMMAND", "how a revision is built, in its root (default: make build/kernmark)", OPTION_TEXT,
      FIELD(pair.how.build) },
    { "program", "PATH", "what that makes, relative to the root (default: build/kernmark)", OPTION_TEXT,
      FIELD(pair.how.program) },
    { "trees", "FOLDER", "where revisions are checked out and built (default: .kernmark/trees)", OPTION_TEXT,
      FIELD(pair.how.cache) },
    COMMON_DB,
    COMMON_FORMAT,
    OPTIONS_END,
};

static struct table log_table(struct mem *m, const struct bisect *b)
{
    static const struct column columns[] = {
        { "commit", "commit", ALIGN_LEFT },   { "state", "state", ALIGN_LEFT },
        { "ratio", "ratio", ALIGN_RIGHT },    { "ratio_low", "from", ALIGN_RIGHT },
        { "ratio_high", "to", ALIGN_RIGHT },  { "first_bad", "first bad", ALIGN_LEFT },
        { "subject", "subject", ALIGN_LEFT }, { "note", "note", ALIGN_LEFT },
    };
    static const char *const states[] = { "", "good", "bad", "skipped" };
    struct table t = { .columns = columns, .ncolumns = sizeof columns / sizeof *columns };
    for (size_t i = 0; i < b->n; i++) {
        const struct bisect_commit *c = &b->commits[i];
        const double ratios[] = { c->verdict.cmp.ratio, c->verdict.cmp.low, c->verdict.cmp.high };
        bool first = b->benchmark && b->suspects == 1 && i == b->first_bad;
        struct cell *cells = table_row(m, &t);
        cells[0] = (struct cell){ c->commit.hash, NAN };
        cells[1] = (struct cell){ states[c->state], NAN };
        for (int k = 0; k < 3 && c->verdict.reason; k++)
            cells[2 + k] = (struct cell){ show_ratio(m, ratios[k]), ratios[k] };
        cells[5] = (struct cell){ first ? "yes" : NULL, NAN };
        cells[6] = (struct cell){ c->commit.subject, NAN };
        cells[7] = (struct cell){ c->why, NAN };
    }
    return t;
}

/* Where no GOOD is given. */
static int baseline_commit(struct mem *m, struct store *s, const char **good, struct err *e)
{
    struct host host;
    struct run run;
    if (this_host(s, m, &host, e) || load_run(s, m, "baseline", host.id, &run, e))
        return -1;
    *good = run.commit.hash;
    return *good ? 0 : err_set(e, EXIT_USAGE, "the baseline's commit is not known: name a good one");
}

static int print_log(struct mem *m, const struct options *o, const struct bisect *b, struct err *e)
{
    struct table t = log_table(m, b);
    if (print_table(&o->common, &t, e))
        return -1;
    if (o->dry_run)
        return EXIT_PASS;
    fprintf(table_format(&o->common) == FORMAT_TEXT ? stdout : stderr, "\n%s", bisect_text(m, b));
    return !b->benchmark ? EXIT_PASS : b->suspects == 1 ? EXIT_REGRESSION : EXIT_INCONCLUSIVE;
}

static int bisect(struct mem *m, const struct options *o, const struct words *words, struct store *s, struct err *e)
{
    struct bisect b;
    size_t named = words->n - words->rest;
    const char *good = named ? words->all[0] : NULL, *bad = named > 1 ? words->all[1] : "HEAD";
    if ((!good && baseline_commit(m, s, &good, e)) || bisect_open(m, good, bad, o->all, &b, e))
        return -1;
    if (!o->dry_run && bisect_run(m, s, &o->pair, words, &b, e))
        return -1;
    return print_log(m, o, &b, e);
}

static int run(struct mem *m, void *options, const struct words *words, struct err *e)
{
    const struct options *o = options;
    struct store *s;
    if (want_words(&(struct words){ words->all, words->n - words->rest, 0 }, 0, 2, "GOOD and BAD", e) ||
        open_store(&o->common, STORE_WRITE, &s, e))
        return -1;
    int code = bisect(m, o, words, s, e);
    store_close(&s);
    return code;
}

const struct command command_bisect = {
    .name = "bisect",
    .summary = "find the commit that made a benchmark slower, by paired runs over git history",
    .usage = "bisect [GOOD] [BAD] [options] [-- ARGUMENTS]",
    .about =
        "Builds GOOD (default: the baseline's commit) and BAD (default: HEAD), runs them side by side as `ab` does, "
        "and\n"
        "where something is slower, tries the commits between, half of what is left each time, against GOOD. A commit "
        "is\n"
        "bad if it is slower by more than half of the whole change. Commits that do not build or cannot be told are\n"
        "skipped. What was built is kept in the trees folder, so a second try is faster. Exit code 1 the first bad "
        "commit\n"
        "was found, 0 nothing is slower, 3 it is one of several that had to be skipped.",
    .example = "  kernmark bisect v1.2 --filter='^gemv/f32/avx512'\n"
               "  kernmark bisect --dry-run\n"
               "  kernmark bisect v1.2 HEAD --build='make bench-sort' --program=build/bench-sort",
    .options = rows,
    .options_size = sizeof(struct options),
    .run = run,
};
