/* SPDX-License-Identifier: Apache-2.0
 * The two sides of a paired run: from what was typed to something that can be run. */
#ifndef KM_CLI_SIDE_H
#define KM_CLI_SIDE_H

#include "harness/cli/revision.h"
#include "harness/measure/foreign.h"
#include "harness/pair/round.h"

struct side {
    const char *word;    /* as typed */
    const char *label;   /* "main (3f9a1c2b)", "build/kernmark" */
    const char *program; /* path of the executable */
    const char *share;   /* folder with its suites/; NULL: ours */
    bool foreign;        /* speaks Google Benchmark's flags instead of the worker protocol */
    struct foreign program_foreign;
    struct commit commit; /* hash NULL: not a revision */
    char code[17];        /* harness/host/code.h; "" if it cannot be read */
};

/* A side is ".", this very program; the path of an executable; or a git revision, which is built as `how` says. */
int side_find(struct mem *m, const char *word, const struct revision_how *how, const struct words *args,
              struct side *out, struct err *e);

/* Makes a side ready to run (a folder for foreign results) and tells how. After it, side_close(). */
int side_open(struct mem *m, struct side *s, struct pair_side *out, struct err *e);
void side_close(struct side *s);

/* Path of a file below the side's suites/. */
int side_share(struct mem *m, const struct side *s, const char *relative, const char **out, struct err *e);

#endif
