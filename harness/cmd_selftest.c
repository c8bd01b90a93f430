/* SPDX-License-Identifier: Apache-2.0
 * kernmark selftest: proves on this host, now, that the gate can go red and that it stays green. */
#include "harness/base/progress.h"
#include "harness/cli/edges.h"
#include "harness/cli/interrupt.h"
#include "harness/cli/lock.h"
#include "harness/cli/neighbour.h"
#include "harness/cli/pairing.h"
#include "harness/cli/percents.h"
#include "harness/command.h"
#include "harness/host/host.h"
#include "harness/measure/clock.h"
#include "harness/pair/gates.h"
#include "reports/print.h"

#include <math.h>
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

struct watch {
    struct progress progress;
    size_t done, total;
    double began;
};

static void on_gate(void *ctx, size_t done, size_t total)
{
    struct watch *w = ctx;
    w->done = done;
    w->total = total;
}

/* Gates take about as long as each other. */
static void on_round(void *ctx, const struct job *job, size_t settled, size_t total, double left)
{
    struct watch *w = ctx;
    (void)settled, (void)total;
    double each = w->done ? (clock_seconds() - w->began) / (double)w->done : left;
    progress_show(&w->progress, job->bench.name, w->done, w->total, each * (double)(w->total - w->done));
}

static int measure(struct mem *m, const struct options *o, struct pairing *p, struct gates *g, struct err *e)
{
    struct gates_options go = { .plan = &p->plan,
                                .pair = p->options,
                                .gates = o->gates ? (size_t)o->gates : 4,
                                .plants = o->plants ? (size_t)o->plants : 1 };
    struct watch w = { .began = clock_seconds() };
    pid_t neighbour = 0;
    if (parse_percents(m, "effects", o->effects ? o->effects : "0,5%,10%,12%,15%,25%", &go.effects, &go.neffects, e) ||
        (o->neighbour && neighbour_start(&neighbour, e)))
        return -1;
    go.pair.interrupted = interrupt_watch();
    progress_init(&w.progress);
    gates_run(m, &go, &(struct pair_edges){ .ctx = &w, .progress = on_round },
              &(struct gates_observer){ .ctx = &w, .gate = on_gate }, g);
    progress_clear(&w.progress);
    neighbour_stop(neighbour);
    return 0;
}

static int keep(struct mem *m, const struct options *o, const struct pairing *p, struct gates *g, struct err *e)
{
    struct store *s;
    struct host host;
    for (size_t i = 0; i < g->nlines; i++) {
        struct calibration *c = &g->lines[i];
        c->measured = wall_clock();
        c->version = build_version();
        c->suites = p->suites;
        c->filter = o->pair.filter;
        c->seed = p->options.seed;
        c->neighbour = o->neighbour;
        c->threshold = p->options.policy.rule.threshold;
    }
    host_read(m, host_edge(), &host);
    if (open_store(&o->common, STORE_WRITE, &s, e))
        return -1;
    int rc = store_calibration(s, &host, g->lines, g->nlines, e) ||
             (!o->neighbour && store_noise_points(s, &host, g->noise, g->nnoise, e));
    store_close(&s);
    return rc ? -1 : 0;
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
    fprintf(stderr, "%s\n", sentences[fault]);
    return fault == GATES_SOUND ? EXIT_PASS : EXIT_ENVIRONMENT;
}

static int run(struct mem *m, void *options, const struct words *words, struct err *e)
{
    static const char *self[] = { ".", "." };
    struct options *o = options;
    struct pairing p;
    struct gates g;
    if (want_words(words, 0, 0, "no word", e) || pairing_open(m, &o->pair, &(struct words){ self, 2, 0 }, &p, e))
        return -1;
    int lock = lock_host(e);
    if (lock < 0 || measure(m, o, &p, &g, e) || keep(m, o, &p, &g, e))
        return -1;
    unlock_host(lock);
    pairing_close(&p);
    struct table curve = print_calibration(m, g.lines, g.nlines, table_format(&o->common));
    struct table rules = print_rules(m, g.lines, g.nlines, table_format(&o->common));
    bool text = table_format(&o->common) == FORMAT_TEXT || table_format(&o->common) == FORMAT_MARKDOWN;
    if (print_table(&o->common, &curve, e) || (text && (putchar('\n') == EOF || print_table(&o->common, &rules, e))))
        return -1;
    double threshold = p.plan.jobs[0].entry.threshold;
    return conclude(&g, o->pair.threshold > 0 ? o->pair.threshold : threshold);
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
