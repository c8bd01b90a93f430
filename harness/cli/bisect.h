/* SPDX-License-Identifier: Apache-2.0
 * The first bad commit between two revisions, by paired runs of each against the good one. */
#ifndef KM_BISECT_H
#define KM_BISECT_H

#include "harness/cli/pairing.h"

enum bisect_state { BISECT_UNTRIED, BISECT_GOOD, BISECT_BAD, BISECT_SKIPPED };

struct bisect_commit {
    struct commit commit; /* hash and subject */
    enum bisect_state state;
    struct verdict verdict; /* of the benchmark, good..this one; reason NULL: it was not measured */
    const char *why;        /* of a skip */
};

struct bisect {
    const char *good;              /* full hash */
    struct bisect_commit *commits; /* after good, oldest first; the last one is bad */
    size_t n;
    const char *benchmark; /* the one that is followed; NULL: none is slower */
    size_t first_bad;      /* index */
    size_t suspects;       /* commits of which one is the first bad: 1 where none had to be skipped */
};

/* Lists the commits. EXIT_USAGE: a revision is unknown, bad does not descend from good, or there are more than
 * COMMITS_MAX commits. all: into merged branches too, instead of along first parents only. */
int bisect_open(struct mem *m, const char *good, const char *bad, bool all, struct bisect *out, struct err *e);

/* The next commit to try between the newest good and the oldest bad one: the middle, or what was not tried that is nearest
 * to it. False: nothing is left. */
bool bisect_next(const struct bisect *b, size_t *at);

/* Measures good..bad first; where something is REGRESSED, follows the benchmark that slowed down most, and calls a commit
 * bad that is slower by more than half of that (log scale). Commits that do not build, do not run, or stay undecided are
 * skipped. Every step is told on standard error and stored. words: those of the command, for the arguments of a program. */
int bisect_run(struct mem *m, struct store *s, const struct pairing_options *o, const struct words *words,
               struct bisect *b, struct err *e);

/* The newest good and the oldest bad commit's sentence for people. */
const char *bisect_text(struct mem *m, const struct bisect *b);

#endif
