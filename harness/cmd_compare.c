/* SPDX-License-Identifier: Apache-2.0
 * kernmark compare: two stored runs, or two Google Benchmark JSON files. */
#include "harness/cli/judging.h"
#include "harness/command.h"
#include "harness/import/gbench_read.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

struct options {
    struct common common;
    double threshold;
    bool strict;
    const char *metrics;
};

static const struct option_row rows[] = {
    { "threshold", "10%", "slower than this is a regression (default: as the suite says, else 10%)", OPTION_PERCENT,
      offsetof(struct options, threshold) },
    { "strict", NULL, "the interval's lower bound itself must exceed the threshold", OPTION_FLAG,
      offsetof(struct options, strict) },
    OPTION_METRIC(struct options, metrics),
    COMMON_DB,
    COMMON_FORMAT,
    OPTIONS_END,
};

static bool is_file(const char *word)
{
    size_t len = strlen(word);
    return strchr(word, '/') || (len > 5 && !strcmp(word + len - 5, ".json")) || access(word, F_OK) == 0;
}

/* The store is opened only when a word needs it: comparing two files works without one. */
static int load_side(struct mem *m, const struct options *o, const char *word, struct store **s, struct run *out,
                     struct err *e)
{
    struct host host;
    if (is_file(word))
        return gbench_read(m, word, out, e);
    if (!*s && open_store(&o->common, STORE_READ, s, e))
        return -1;
    if (this_host(*s, m, &host, e))
        return -1;
    return load_run(*s, m, word, host.id, out, e);
}

static int judged(struct mem *m, const struct options *o, struct judging *j, struct store *s, struct err *e)
{
    if (judge_runs(j->current.id ? s : NULL, m, j, e))
        return -1;
    return print_judging(&o->common, m, j, e);
}

static int compare(struct mem *m, const struct options *o, const struct words *w, struct store **s, struct err *e)
{
    struct judging j = { .threshold = o->threshold > 0 ? o->threshold : NAN, .strict = o->strict };
    if (parse_metrics(m, o->metrics, &j.metrics, e) || load_side(m, o, w->all[0], s, &j.base, e) ||
        load_side(m, o, w->all[1], s, &j.current, e))
        return -1;
    return judged(m, o, &j, *s, e);
}

/* Without a first word the baseline is chosen as `gate` does. */
static int compare_with_baseline(struct mem *m, const struct options *o, const char *word, struct store **s,
                                 struct err *e)
{
    struct judging j = { .threshold = o->threshold > 0 ? o->threshold : NAN, .strict = o->strict, .accept = true };
    const char *name = NULL;
    bool found;
    if (parse_metrics(m, o->metrics, &j.metrics, e) || load_side(m, o, word, s, &j.current, e))
        return -1;
    if (!j.current.id)
        return err_set(e, EXIT_USAGE, "'%s' is a file: what to compare it with?", word);
    if (baseline_choose(*s, m, &j, &name, &found, e))
        return -1;
    if (!found)
        return err_set(e, EXIT_INCONCLUSIVE, "no baseline '%s' on this host: set one with `kernmark baseline set`",
                       name);
    return judged(m, o, &j, *s, e);
}

static int run(struct mem *m, void *options, const struct words *words, struct err *e)
{
    struct store *s = NULL;
    if (want_words(words, 1, 2, "two runs or JSON files, the older first,", e))
        return -1;
    int code =
        words->n == 1 ? compare_with_baseline(m, options, words->all[0], &s, e) : compare(m, options, words, &s, e);
    store_close(&s);
    return code;
}

const struct command command_compare = {
    .name = "compare",
    .summary = "compare two stored runs or two Google Benchmark JSON files",
    .usage = "compare [A] B [options]",
    .about =
        "Prints one verdict per benchmark of B against A. A and B are runs (a number, latest, latest~1, a commit\n"
        "hash, baseline, baseline:NAME) or files that Google Benchmark or `run --benchmark_out` wrote.\n"
        "Without A it is the baseline, chosen as `gate` does. Metrics asked for with --metric get verdicts of their\n"
        "own, from their values in the rounds or repetitions of both sides. Nothing is stored. Exit codes as `kernmark "
        "gate`.",
    .example = "  kernmark compare latest~1 latest\n"
               "  kernmark compare before.json after.json --threshold=5%\n"
               "  kernmark compare baseline latest --metric=bytes_per_second,instructions=1%",
    .options = rows,
    .options_size = sizeof(struct options),
    .run = run,
};
