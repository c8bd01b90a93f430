/* SPDX-License-Identifier: Apache-2.0
 * kernmark ab: two programs side by side, in turns, until it is known which is faster. */
#include "harness/cli/exec.h"
#include "harness/cli/lock.h"
#include "harness/cli/pairing.h"
#include "harness/command.h"

struct options {
    struct common common;
    struct pairing_options pair;
    const char *metrics;
};

#define FIELD(name) offsetof(struct options, pair.name)
static const struct option_row rows[] = {
    { "suite", "LIST", "suites to run, separated by commas (default: core)", OPTION_TEXT, FIELD(suites) },
    { "filter", "REGEX", "only benchmarks whose name matches; a leading '-' negates", OPTION_TEXT, FIELD(filter) },
    { "threshold", "10%", "slower than this is a regression (default: as the suite says)", OPTION_PERCENT,
      FIELD(threshold) },
    { "strict", NULL, "the interval's lower bound itself must exceed the threshold", OPTION_FLAG, FIELD(strict) },
    OPTION_METRIC(struct options, metrics),
    { "budget", "SECONDS", "stop after so long (default: 10 minutes; a suite of 30 takes well under one)", OPTION_COUNT,
      FIELD(budget) },
    { "seed", "N", "seed of inputs and order (default: a new one, stored with the verdicts)", OPTION_SEED,
      FIELD(seed) },
    { "build", "COMMAND", "how a revision is built, in its root (default: make build/kernmark)", OPTION_TEXT,
      FIELD(how.build) },
    { "program", "PATH", "what that makes, relative to the root (default: build/kernmark)", OPTION_TEXT,
      FIELD(how.program) },
    { "trees", "FOLDER", "where revisions are checked out and built (default: .kernmark/trees)", OPTION_TEXT,
      FIELD(how.cache) },
    COMMON_DB,
    COMMON_FORMAT,
    OPTIONS_END,
};

/* What does the same again. */
static const char *command_line(struct mem *m, const struct options *o, const struct words *words,
                                const struct pairing *p)
{
    const char *c = mem_printf(m, "kernmark ab --seed=%llu", (unsigned long long)p->options.seed);
    const struct {
        const char *name, *value;
    } texts[] = { { "suite", o->pair.suites },
                  { "filter", o->pair.filter },
                  { "metric", o->metrics },
                  { "build", o->pair.how.build },
                  { "program", o->pair.how.program } };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i].value)
            c = mem_printf(m, "%s --%s=%s", c, texts[i].name, shell_quote(m, texts[i].value));
    if (o->pair.threshold > 0)
        c = mem_printf(m, "%s --threshold=%g%%", c, 100 * o->pair.threshold);
    if (o->pair.strict)
        c = mem_printf(m, "%s --strict", c);
    for (size_t i = 0; i < words->n; i++)
        c = mem_printf(m, "%s%s %s", c, i + words->rest == words->n ? " --" : "", shell_quote(m, words->all[i]));
    return c;
}

static int measure(struct mem *m, const struct options *o, struct store *s, struct pairing *p, struct err *e)
{
    int lock = lock_host(e);
    if (lock < 0 || pairing_learn(m, s, p, e))
        return -1;
    pairing_run(m, p);
    unlock_host(lock);
    return pairing_store(m, s, p, e) ? -1 : print_judging(&o->common, m, &p->judging, e);
}

static int run(struct mem *m, void *options, const struct words *words, struct err *e)
{
    struct options *o = options;
    struct pairing p;
    struct store *s;
    if (want_words(&(struct words){ words->all, words->n - words->rest, 0 }, 1, 2, "BASE and HEAD", e) ||
        parse_metrics(m, o->metrics, &o->pair.metrics, e) || pairing_open(m, &o->pair, words, &p, e))
        return -1;
    p.command = command_line(m, o, words, &p);
    if (open_store(&o->common, STORE_WRITE, &s, e))
        return -1;
    int code = measure(m, o, s, &p, e);
    store_close(&s);
    pairing_close(&p);
    return code;
}

const struct command command_ab = {
    .name = "ab",
    .summary = "two programs or git revisions side by side, in turns, until it is known which is faster",
    .usage = "ab BASE [HEAD] [options] [-- ARGUMENTS]",
    .about =
        "Runs the benchmarks of BASE and HEAD alternately on the same cores, a millisecond each, in fresh pairs of\n"
        "processes, until every verdict is settled; suspects are measured again before they are called REGRESSED.\n"
        "A side is a git revision (checked out and built once per tree), '.' for this very program (the default\n"
        "HEAD), or the path of an executable: another kernmark, or any that speaks Google Benchmark's flags, which\n"
        "gets the ARGUMENTS and alternates by whole short runs. Metrics asked for with --metric get verdicts of their\n"
        "own: counters of foreign programs, perf events and the numbers that our own benchmarks state (cycles,\n"
        "page-faults, rmse), rates (items_per_second, bytes_per_second, flops_per_second, ops_per_second), and\n"
        "instructions, which are counted one by one. Rates are better higher, costs lower; NAME:higher and NAME:lower\n"
        "say it of others. Exit code 0 pass, 1 regression, 3 inconclusive, 4 a benchmark failed or is missing,\n"
        "5 unrelated benchmarks moved together.",
    .example = "  kernmark ab main\n"
               "  kernmark ab v1.2 HEAD --threshold=3% --filter='^gemv/'\n"
               "  kernmark ab ./bench-old ./bench-new --metric=items_per_second,allocs:lower=0%+2",
    .options = rows,
    .options_size = sizeof(struct options),
    .run = run,
};
