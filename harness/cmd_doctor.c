/* SPDX-License-Identifier: Apache-2.0
 * kernmark doctor: what makes this machine noisy, what it costs, and the commands that change it and bring it back. */
#include "harness/cli/doctoring.h"
#include "harness/cli/gating.h"
#include "harness/command.h"
#include "harness/stats/floor.h"
#include "reports/print.h"

#include <stdio.h>

struct options {
    struct common common;
    struct pairing_options pair;
    int64_t sessions;
    bool fix, restore, noise;
};

#define FIELD(name) offsetof(struct options, name)
static const struct option_row rows[] = {
    { "fix", NULL, "change what can be changed safely and may be by this user; former values are remembered",
      OPTION_FLAG, FIELD(fix) },
    { "restore", NULL, "bring back every value that --fix changed", OPTION_FLAG, FIELD(restore) },
    { "noise", NULL, "measure what identical programs show here: the noise floor of every benchmark", OPTION_FLAG,
      FIELD(noise) },
    { "sessions", "N", "of --noise (default: until every benchmark has 20)", OPTION_COUNT, FIELD(sessions) },
    { "suite", "LIST", "of --noise: suites, separated by commas (default: core)", OPTION_TEXT, FIELD(pair.suites) },
    { "filter", "REGEX", "of --noise: only benchmarks whose name matches", OPTION_TEXT, FIELD(pair.filter) },
    { "threshold", "10%", "of --noise: what is to be gated at (default: as the suite says)", OPTION_PERCENT,
      FIELD(pair.threshold) },
    COMMON_DB,
    COMMON_FORMAT,
    OPTIONS_END,
};

static int examine(struct mem *m, const struct options *o, const char *db, struct err *e)
{
    struct examination x;
    doctor_examine(m, db, &x);
    enum format format = table_format(&o->common);
    struct table t = print_findings(m, x.findings, x.n, format);
    if (print_table(&o->common, &t, e))
        return -1;
    if (format == FORMAT_TEXT && (fputs(print_cures(m, x.findings, x.n), stdout) < 0 || fflush(stdout)))
        return err_set(e, EXIT_USAGE, "standard output cannot be written");
    return fitness_worst(x.findings, x.n) == FITNESS_UNFIT ? EXIT_ENVIRONMENT : EXIT_PASS;
}

static int fix(struct mem *m, const char *db, struct err *e)
{
    struct examination x;
    size_t open;
    doctor_examine(m, db, &x);
    if (doctor_fix(m, &x, doctor_keep(m, db), &open, e))
        return -1;
    return open ? EXIT_ENVIRONMENT : EXIT_PASS;
}

/* 0: every threshold can be held. Otherwise the worst is told. */
static int conclude(const struct floor_line *lines, size_t n)
{
    const struct floor_line *worst = NULL;
    for (size_t i = 0; i < n; i++)
        if (lines[i].floor > lines[i].threshold && (!worst || lines[i].floor > worst->floor))
            worst = &lines[i];
    if (!worst)
        return EXIT_PASS;
    fprintf(stderr, "cannot gate at %.3g%% here: floor %.3g%% (%s); see `kernmark doctor`, or raise its threshold\n",
            100 * worst->threshold, 100 * worst->floor, worst->name);
    return EXIT_INCONCLUSIVE;
}

/* Sessions that are missing until the floors are the benchmarks' own. */
static size_t sessions_wanted(const struct options *o, const struct floor_line *known, size_t n)
{
    size_t fewest = FLOOR_POINTS;
    if (o->sessions)
        return (size_t)o->sessions;
    for (size_t i = 0; i < n; i++)
        fewest = known[i].sessions < fewest ? known[i].sessions : fewest;
    return n ? FLOOR_POINTS - fewest : FLOOR_POINTS;
}

static int noise(struct mem *m, const struct options *o, struct store *s, struct err *e)
{
    static const double none = 0;
    struct pairing p;
    struct gates g = { 0 };
    struct floor_line *lines;
    size_t n;
    struct gating_options go = { .pair = o->pair, .effects = &none, .neffects = 1 };
    if (gating_plan(m, &go, &p, e) || gating_floors(m, s, &p, &lines, &n, e))
        return -1;
    go.gates = sessions_wanted(o, lines, n);
    if (go.gates && (gating_run(m, &go, &p, &g, e) || gating_store(s, &go, &p, &g, false, e) ||
                     gating_floors(m, s, &p, &lines, &n, e)))
        return -1;
    struct table t = print_floors(m, lines, n, table_format(&o->common));
    return print_table(&o->common, &t, e) ? -1 : conclude(lines, n);
}

static int measure_noise(struct mem *m, const struct options *o, struct err *e)
{
    struct store *s;
    if (open_store(&o->common, STORE_WRITE, &s, e))
        return -1;
    int code = noise(m, o, s, e);
    store_close(&s);
    return code;
}

static int run(struct mem *m, void *options, const struct words *words, struct err *e)
{
    const struct options *o = options;
    const char *db = o->common.db ? o->common.db : ".kernmark/results.db";
    if (want_words(words, 0, 0, "no word", e))
        return -1;
    if (o->fix + o->restore + o->noise > 1)
        return err_set(e, EXIT_USAGE, "--fix, --restore and --noise are three jobs: one of them");
    if (o->noise)
        return measure_noise(m, o, e);
    if (o->restore)
        return doctor_restore(m, doctor_keep(m, db), e) ? -1 : EXIT_PASS;
    return o->fix ? fix(m, db, e) : examine(m, o, db, e);
}

const struct command command_doctor = {
    .name = "doctor",
    .summary = "what makes this machine noisy, what it costs, and the commands that change it",
    .usage = "doctor [--fix | --restore | --noise] [options]",
    .about =
        "Looks at the machine for a second and prints what it found; below, for everything that is not good, what it\n"
        "costs, the command that fixes it and the one that undoes that. Nothing is changed without --fix, which sets\n"
        "governor, turbo, address randomisation, huge pages and NUMA balancing where they were found at fault and "
        "this\n"
        "user may write them, prints a command for each, and remembers the former values in host-settings beside the\n"
        "store until --restore has brought them back. Exit code 5: unfit to be measured on now, or --fix could not\n"
        "change everything.\n"
        "--noise runs this program against itself until each benchmark has 20 sessions, and prints how far apart they\n"
        "were: no change below that floor is ever called. Exit code 3: a threshold lies below its floor.",
    .example = "  kernmark doctor\n"
               "  kernmark doctor --noise --threshold=3%\n"
               "  sudo kernmark doctor --fix; kernmark run; sudo kernmark doctor --restore",
    .options = rows,
    .options_size = sizeof(struct options),
    .run = run,
};
