/* SPDX-License-Identifier: Apache-2.0
 * kernmark doctor: what makes this machine noisy, what it costs, and the commands that change it and bring it back. */
#include "harness/cli/doctoring.h"
#include "harness/command.h"
#include "reports/print.h"

#include <stdio.h>

struct options {
    struct common common;
    bool fix, restore;
};

#define FIELD(name) offsetof(struct options, name)
static const struct option_row rows[] = {
    { "fix", NULL, "change what can be changed safely and may be by this user; former values are remembered",
      OPTION_FLAG, FIELD(fix) },
    { "restore", NULL, "bring back every value that --fix changed", OPTION_FLAG, FIELD(restore) },
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

static int run(struct mem *m, void *options, const struct words *words, struct err *e)
{
    const struct options *o = options;
    const char *db = o->common.db ? o->common.db : ".kernmark/results.db";
    if (want_words(words, 0, 0, "no word", e))
        return -1;
    if (o->fix && o->restore)
        return err_set(e, EXIT_USAGE, "--fix and --restore are opposites: one of them");
    if (o->restore)
        return doctor_restore(m, doctor_keep(m, db), e) ? -1 : EXIT_PASS;
    return o->fix ? fix(m, db, e) : examine(m, o, db, e);
}

const struct command command_doctor = {
    .name = "doctor",
    .summary = "what makes this machine noisy, what it costs, and the commands that change it",
    .usage = "doctor [--fix | --restore] [options]",
    .about =
        "Looks at the machine for a second and prints what it found; below, for everything that is not good, what it\n"
        "costs, the command that fixes it and the one that undoes that. Nothing is changed without --fix, which sets\n"
        "governor, turbo, address randomisation, huge pages and NUMA balancing where they were found at fault and "
        "this\n"
        "user may write them, prints a command for each, and remembers the former values in host-settings beside the\n"
        "store until --restore has brought them back. Exit code 5: unfit to be measured on now, or --fix could not\n"
        "change everything.",
    .example = "  kernmark doctor\n"
               "  sudo kernmark doctor --fix; kernmark run; sudo kernmark doctor --restore",
    .options = rows,
    .options_size = sizeof(struct options),
    .run = run,
};
