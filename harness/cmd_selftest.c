/* SPDX-License-Identifier: Apache-2.0
 * kernmark selftest: proves on this host, now, that the gate can go red and that it stays green. */
#include "harness/cli/gating.h"
#include "harness/cli/percents.h"
#include "harness/command.h"
#include "harness/stats/calibration.h"
#include "reports/print.h"

#include <stdio.h>

struct options {
    struct common common;
    struct pairing_options pair;
    const char *effects;
    int64_t gates, plants;
    bool neighbour;
};

#define FIELD(name) offsetof(struct options, name)
static const struct option_row rows[] = {
    { "gates", "N", "gates of identical programs, and of each planted effect (default 4)", OPTION_COUNT, FIELD(gates) },
    { "effects", "LIST", "slowdowns to plant (default 0,5%,10%,12%,15%,25%; 0: none)", OPTION_TEXT, FIELD(effects) },
    { "plants", "N", "benchmarks slowed in each of those gates (default 1)", OPTION_COUNT, FIELD(plants) },
    { "neighbour", NULL, "with a process beside it that alternately takes caches and processor", OPTION_FLAG,
      FIELD(neighbour) },
    { "suite", "LIST", "suites to run, separated by commas (default: core)", OPTION_TEXT, FIELD(pair.suites) },
    { "filter", "REGEX", "only benchmarks whose name matches; a leading '-' negates", OPTION_TEXT, FIELD(pair.filter) },
    { "threshold", "10%", "of the gate (default: as the suite says)", OPTION_PERCENT, FIELD(pair.threshold) },
    { "seed", "N", "seed of inputs, order and plants (default: a new one)", OPTION_SEED, FIELD(pair.seed) },
    COMMON_DB,
    COMMON_FORMAT,
    OPTIONS_END,
};

static int keep(const struct options *o, const struct gating_options *go, const struct pairing *p, struct gates *g,
                struct err *e)
{
    struct store *s;
    if (open_store(&o->common, STORE_WRITE, &s, e))
        return -1;
    int rc = gating_store(s, go, p, g, true, e);
    store_close(&s);
    return rc;
}

/* For people the curve and, below, what other rules make of the same gates; for programs the curve alone. */
static int print(struct mem *m, const struct options *o, const struct gates *g, struct err *e)
{
    enum format f = table_format(&o->common);
    struct table curve = print_calibration(m, g->lines, g->nlines, f), rules = print_rules(m, g->lines, g->nlines, f);
    bool people = f == FORMAT_TEXT || f == FORMAT_MARKDOWN;
    if (print_table(&o->common, &curve, e))
        return -1;
    return people && (putchar('\n') == EOF || print_table(&o->common, &rules, e)) ? -1 : 0;
}

static int conclude(const struct gates *g, double threshold)
{
    static const char *const sentences[] = {
        [GATES_SOUND] = "PASS: the gate stays green on identical programs here and goes red on planted slowdowns",
        [GATES_TRIGGER_HAPPY] = "TRIGGER-HAPPY: the gate called changes that were none",
        [GATES_BLIND] = "BLIND: the gate missed planted slowdowns beyond its threshold",
        [GATES_UNDECIDED] = "UNDECIDED: most gates of identical programs settled nothing on this host",
    };
    enum gates_fault fault = gates_judge(g, threshold);
    if (!g->nlines) {
        fputs("interrupted before the first gate ended: nothing was tested\n", stderr);
        return EXIT_BENCH_FAILED;
    }
    fprintf(stderr, "%s\n", sentences[fault]);
    return fault == GATES_SOUND ? EXIT_PASS : EXIT_ENVIRONMENT;
}

static int run(struct mem *m, void *options, const struct words *words, struct err *e)
{
    const struct options *o = options;
    struct gating_options go = { .pair = o->pair,
                                 .gates = o->gates ? (size_t)o->gates : 4,
                                 .plants = o->plants ? (size_t)o->plants : 1,
                                 .neighbour = o->neighbour };
    struct pairing p;
    struct gates g;
    if (want_words(words, 0, 0, "no word", e) ||
        parse_percents(m, "effects", o->effects ? o->effects : "0,5%,10%,12%,15%,25%", &go.effects, &go.neffects, e) ||
        gating_run(m, &go, &p, &g, e) || keep(o, &go, &p, &g, e))
        return -1;
    g.nlines = calibration_pool(g.lines, g.nlines); /* for the bounds */
    if (print(m, o, &g, e))
        return -1;
    return conclude(&g, o->pair.threshold > 0 ? o->pair.threshold : p.plan.jobs[0].entry.threshold);
}

const struct command command_selftest = {
    .name = "selftest",
    .summary = "prove on this host that the gate can go red and stays green",
    .usage = "selftest [options]",
    .about = "Judges this program against itself, over and over: as it is, which must stay green, and with slowdowns\n"
             "planted in single benchmarks, which must be called. Prints the operating curve, the same data judged by\n"
             "other rules, and stores it; what identical programs showed becomes the noise floor of this host.\n"
             "Exit code 0 when the gate is sound, 5 when it is blind or trigger-happy here.",
    .example = "  kernmark selftest\n"
               "  kernmark selftest --gates=100 --effects=0,12%,15%,25% --neighbour",
    .options = rows,
    .options_size = sizeof(struct options),
    .run = run,
};
