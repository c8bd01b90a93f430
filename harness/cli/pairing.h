/* SPDX-License-Identifier: Apache-2.0
 * The steps of a paired run that the commands share: sides, plan, trial, verdicts. */
#ifndef KM_CLI_PAIRING_H
#define KM_CLI_PAIRING_H

#include "harness/cli/asking.h"
#include "harness/cli/judging.h"
#include "harness/cli/options.h"
#include "harness/cli/side.h"
#include "harness/pair/trial.h"

struct pairing_options {
    const char *suites, *filter; /* NULL: core, everything */
    double threshold;            /* not above 0: the suite's */
    bool strict;
    int64_t budget; /* seconds; 0: 10 minutes */
    uint64_t seed;  /* 0: a new one */
    struct revision_how how;
    struct asking metrics; /* to judge beside time */
    bool no_suite_metrics; /* not those too that the suites want */
};

struct pairing {
    struct host host;
    double started;
    const char *filter, *command;
    struct side side[PAIR_SIDES];
    struct pair_side runs[PAIR_SIDES];
    struct plan plan;    /* what HEAD has */
    struct plan missing; /* what only BASE has */
    const char *suites;
    bool identical;
    struct pair_options options;
    struct pair_trial trial;
    struct judging judging; /* filled by pairing_run() */
    size_t *tracks;         /* of the verdicts, but for those on benchmarks that HEAD has not */
    size_t ntracks;
};

/* Finds and builds the sides (words: BASE, and HEAD or nothing for "."), and makes the plan. */
int pairing_open(struct mem *m, const struct pairing_options *o, const struct words *words, struct pairing *out,
                 struct err *e);

/* Measures until every verdict is settled, the time is spent or somebody presses Ctrl-C, and judges. */
void pairing_run(struct mem *m, struct pairing *p);

void pairing_close(struct pairing *p);

/* Before the run: gives every benchmark the noise floor that the store knows for this host. */
int pairing_learn(struct mem *m, struct store *s, struct pairing *p, struct err *e);

/* After it: stores rounds and verdicts; of identical programs also what they showed of this host's noise. */
int pairing_store(struct mem *m, struct store *s, struct pairing *p, struct err *e);

#endif
