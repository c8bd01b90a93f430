/* SPDX-License-Identifier: Apache-2.0
 * kernmark gate: judges the latest run against the baseline. */
#include "harness/cli/confirm.h"
#include "harness/cli/judging.h"
#include "harness/command.h"

#include <math.h>
#include <stdio.h>

struct options {
    struct common common;
    const char *baseline, *run, *metrics;
    double threshold;
    bool strict, adopt, unconfirmed;
    struct revision_how how;
};

#define FIELD(name) offsetof(struct options, name)
static const struct option_row rows[] = {
    { "baseline", "NAME", "the baseline to judge against (default: default/SUITES, else default)", OPTION_TEXT,
      FIELD(baseline) },
    { "run", "RUN", "the run to judge (default: latest)", OPTION_TEXT, FIELD(run) },
    { "threshold", "10%", "slower than this is a regression (default: as the suite says)", OPTION_PERCENT,
      FIELD(threshold) },
    { "strict", NULL, "the interval's lower bound itself must exceed the threshold", OPTION_FLAG, FIELD(strict) },
    { "adopt", NULL, "where this host has no baseline of these suites yet, make the run the baseline and pass",
      OPTION_FLAG, FIELD(adopt) },
    { "unconfirmed", NULL, "call a regression by stored results alone, without measuring suspects side by side",
      OPTION_FLAG, FIELD(unconfirmed) },
    { "build", "COMMAND", "how the baseline's commit is built for that (default: make build/kernmark)", OPTION_TEXT,
      FIELD(how.build) },
    OPTION_METRIC(struct options, metrics),
    COMMON_DB,
    COMMON_FORMAT,
    OPTIONS_END,
};

static int adopt(struct store *s, const struct run *current, const char *name, struct err *e)
{
    if (store_baseline_set(s, name, current->id, "first run on this host", e))
        return -1;
    printf("This is the first run on %s: run %lld is now its baseline '%s'.\n", current->host.name,
           (long long)current->id, name);
    return EXIT_PASS;
}

static int advance(struct store *s, struct mem *m, const char *name, const struct run *current, struct err *e)
{
    bool moved;
    if (baseline_advance(s, m, name, current, &moved, e))
        return -1;
    if (moved)
        fprintf(stderr, "Baseline '%s' follows: it is run %lld now.\n", name, (long long)current->id);
    return EXIT_PASS;
}

static int gate(struct mem *m, const struct options *o, struct store *s, struct err *e)
{
    const char *name = o->baseline;
    struct host host;
    struct judging j = { .threshold = o->threshold > 0 ? o->threshold : NAN, .strict = o->strict, .accept = true };
    if (parse_metrics(m, o->metrics, &j.metrics, e) || this_host(s, m, &host, e) ||
        load_run(s, m, o->run ? o->run : "latest", host.id, &j.current, e))
        return -1;
    bool found;
    if (baseline_choose(s, m, &j, &name, &found, e))
        return -1;
    if (!found && o->adopt)
        return adopt(s, &j.current, name, e);
    if (!found)
        return err_set(e, EXIT_INCONCLUSIVE,
                       "host %s has no baseline '%s': `kernmark baseline set %s latest` makes the latest run one",
                       j.current.host.name, name, name);
    if (judge_runs(s, m, &j, e) || (!o->unconfirmed && confirm_suspects(m, s, &j, &o->how, e)) ||
        store_verdicts(s, j.current.id, j.base.id, j.verdicts, j.n, e))
        return -1;
    int code = print_judging(&o->common, m, &j, e);
    return code == EXIT_PASS ? advance(s, m, name, &j.current, e) : code;
}

static int run(struct mem *m, void *options, const struct words *words, struct err *e)
{
    const struct options *o = options;
    struct store *s;
    if (want_words(words, 0, 0, "no word", e) || open_store(&o->common, STORE_WRITE, &s, e))
        return -1;
    int code = gate(m, o, s, e);
    store_close(&s);
    return code;
}

const struct command command_gate = {
    .name = "gate",
    .summary = "judge the latest run against the baseline; the exit code says it all",
    .usage = "gate [options]",
    .about =
        "Compares a run (default: this host's latest) with a named baseline of the same host, stores and prints one\n"
        "verdict per benchmark with its ratio, interval, noise floor and minimum detectable effect. A benchmark that\n"
        "the stored results suspect of a regression is measured again, side by side with a build of the baseline's\n"
        "commit; where that cannot be built it is INCONCLUSIVE. Where no baseline is named, runs of other suites or\n"
        "programs than those of 'default' have one of their own, 'default/SUITES'; and where that baseline's commit\n"
        "is no ancestor of the run's (another branch), the nearest ancestor measured on this host takes its place.\n"
        "Accepted changes (`kernmark accept`) count as the level. Exit code 0 pass, 1 regression,\n"
        "3 inconclusive or no baseline, 4 a benchmark failed or is missing, 5 the whole machine moved.",
    .example = "  kernmark gate --threshold=10%\n"
               "  kernmark gate --baseline=v1.0 --run=latest~1 --format=json",
    .options = rows,
    .options_size = sizeof(struct options),
    .run = run,
};
