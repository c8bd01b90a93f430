/* SPDX-License-Identifier: Apache-2.0
 * A git revision as a program: its own work tree, its own build folder, built once per tree. */
#ifndef KM_CLI_REVISION_H
#define KM_CLI_REVISION_H

#include "harness/base/err.h"
#include "harness/base/mem.h"
#include "harness/base/result.h"
#include "harness/cli/options.h"

struct revision_how {
    const char *cache;   /* folder of the work trees: ".kernmark/trees" */
    const char *build;   /* shell command that builds, in the root of the work tree; NULL: make */
    const char *program; /* what it builds, relative to that root; NULL: build/kernmark */
};

struct revision {
    struct commit commit;
    const char *tree;    /* its tree hash */
    const char *root;    /* its work tree */
    const char *program; /* the executable */
    bool cached;         /* it had been built before */
};

/* Is the word a commit of the repository around the current folder? */
bool revision_known(struct mem *m, const char *word);

/* Checks the revision out into CACHE/TREE and builds it there, unless that was done before with the same command and
 * compiler. The build's output goes to a log file, which the error names. EXIT_USAGE: no such revision, or it does not
 * build. */
int revision_build(struct mem *m, const char *word, const struct revision_how *how, struct revision *out,
                   struct err *e);

#endif
