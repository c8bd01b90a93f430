/* SPDX-License-Identifier: Apache-2.0
 * kernmark report: the document of a host. */
#include "harness/cli/ceilings.h"
#include "harness/cli/edges.h"
#include "harness/cli/judging.h"
#include "harness/cli/paths.h"
#include "harness/cli/trace.h"
#include "harness/command.h"
#include "harness/host/fitness.h"
#include "harness/stats/calibration.h"
#include "reports/report.h"

#include <math.h>
#include <stdio.h>

struct options {
    struct common common;
    const char *run, *host, *baseline, *template, *out, *splice;
};

#define FIELD(name) offsetof(struct options, name)
static const struct option_row rows[] = {
    { "run", "RUN", "the run to report (default: latest)", OPTION_TEXT, FIELD(run) },
    { "host", "NAME", "fingerprint or name of another host (default: this one)", OPTION_TEXT, FIELD(host) },
    { "baseline", "NAME", "the baseline to compare with (default: as gate)", OPTION_TEXT, FIELD(baseline) },
    { "template", "PATH", "the document template (default: the shipped host.md)", OPTION_TEXT, FIELD(template) },
    { "out", "FOLDER", "where documents go (default: reports/out)", OPTION_TEXT, FIELD(out) },
    { "splice", "FILE", "instead, renew the marked tables inside this Markdown file", OPTION_TEXT, FIELD(splice) },
    COMMON_DB,
    OPTIONS_END,
};

enum { HISTORY_POINTS = 30 };

/* Only series that the reported run continues: others belong to another profile or to benchmarks that are gone. */
static void keep_current_series(struct series *all, size_t *n, int64_t run_id)
{
    size_t kept = 0;
    for (size_t i = 0; i < *n; i++)
        for (size_t k = 0; k < all[i].n; k++)
            if (all[i].points[k].run_id == run_id) {
                all[kept++] = all[i];
                break;
            }
    *n = kept;
}

/* What the gate decided of these two runs, suspects confirmed; j->n is 0 where it was not asked. */
static int stored_verdicts(struct store *s, struct mem *m, struct judging *j, struct err *e)
{
    int64_t base;
    if (store_load_verdicts(s, m, j->current.id, &base, &j->verdicts, &j->n, e))
        return -1;
    if (base != j->base.id)
        j->n = 0;
    return 0;
}

/* Verdicts are shown when the host has a baseline that is not this very run. */
static int add_baseline(struct store *s, struct mem *m, const char *name, struct judging *j, struct report_data *d,
                        struct err *e)
{
    bool found;
    j->accept = true;
    if (baseline_choose(s, m, j, &name, &found, e))
        return -1;
    if (!found)
        return 0;
    d->base = &j->base;
    if (j->base.id == j->current.id)
        return 0;
    if (stored_verdicts(s, m, j, e))
        return -1;
    if (!j->n && judge_runs(s, m, j, e))
        return -1;
    d->verdicts = j->verdicts;
    d->nverdicts = j->n;
    return 0;
}

static int add_trace(struct store *s, struct mem *m, int64_t host_id, struct report_data *d, struct err *e)
{
    struct trace t;
    if (trace_history(s, m, host_id, d->history, d->nhistory, NULL, &t, e))
        return -1;
    d->steps = t.steps;
    d->nsteps = t.nsteps;
    d->creeps = t.creeps;
    d->ncreeps = t.ncreeps;
    d->accepted = t.accepted;
    d->naccepted = t.naccepted;
    return 0;
}

/* What this host's gate is known to be worth. */
static int add_pairing(struct store *s, struct mem *m, struct report_data *d, struct err *e)
{
    struct paired_run *paired = mem_alloc(m, sizeof *paired);
    struct calibration *lines;
    if (store_load_trial(s, m, 0, d->run->host.id, paired, e) ||
        store_load_calibration(s, m, d->run->host.id, &lines, &d->ncalibration, e))
        return -1;
    d->ncalibration = calibration_pool(lines, d->ncalibration);
    d->calibration = lines;
    d->paired = paired->id ? paired : NULL;
    return 0;
}

/* The stored facts and states speak, not the machine this runs on. */
static void add_fitness(struct mem *m, const struct run *run, struct report_data *d)
{
    struct fitness_case c = { .host = run->host.facts,
                              .before = run->before,
                              .after = run->after,
                              .build = run->build.facts,
                              .last = run->build.facts };
    d->findings = fitness_findings(m, &c, &d->nfindings);
    d->unfit = host_state_verdict(m, &run->before, &run->after);
}

static int gather(struct store *s, struct mem *m, const struct options *o, struct judging *j, struct report_data *d,
                  struct err *e)
{
    struct host host;
    struct series *history;
    if (o->host ? store_host_id(s, o->host, &host.id, e) : this_host(s, m, &host, e))
        return -1;
    if (load_run(s, m, o->run ? o->run : "latest", host.id, &j->current, e))
        return -1;
    j->threshold = NAN;
    d->run = &j->current;
    d->generated = wall_clock();
    add_fitness(m, d->run, d);
    if (store_history(s, m, j->current.host.id, "*", HISTORY_POINTS, &history, &d->nhistory, e))
        return -1;
    keep_current_series(history, &d->nhistory, j->current.id);
    d->history = history;
    if (add_trace(s, m, j->current.host.id, d, e) || ceilings_for(s, m, &j->current, &d->ceilings, e) ||
        add_pairing(s, m, d, e))
        return -1;
    return add_baseline(s, m, o->baseline, j, d, e);
}

static int write_document(struct mem *m, const struct options *o, const struct report_data *d, struct err *e)
{
    const char *template = o->template, *path;
    if (o->splice) {
        if (report_splice(m, d, o->splice, e))
            return -1;
        printf("%s\n", o->splice);
        return EXIT_PASS;
    }
    if (!template && share_path(m, "reports/templates/host.md", &template, e))
        return -1;
    if (report_write(m, d, template, o->out ? o->out : "reports/out", &path, e))
        return -1;
    printf("%s\n", path);
    return EXIT_PASS;
}

static int run(struct mem *m, void *options, const struct words *words, struct err *e)
{
    const struct options *o = options;
    struct store *s;
    struct judging j = { 0 };
    struct report_data d = { 0 };
    if (want_words(words, 0, 0, "no word", e) || open_store(&o->common, STORE_READ, &s, e))
        return -1;
    int code = gather(s, m, o, &j, &d, e);
    store_close(&s);
    return code ? -1 : write_document(m, o, &d, e);
}

const struct command command_report = {
    .name = "report",
    .summary = "write a host's Markdown document with figures",
    .usage = "report [options]",
    .about =
        "Writes FOLDER/<host>.md and its figures from a document template, and prints the path. Without gnuplot the\n"
        "document has no figures and says so.",
    .example = "  kernmark report\n"
               "  kernmark report --run=latest~1 --out=/tmp/reports",
    .options = rows,
    .options_size = sizeof(struct options),
    .run = run,
};
