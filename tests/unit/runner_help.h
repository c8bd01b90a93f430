/* SPDX-License-Identifier: Apache-2.0
 * For the tests of the runner: operations that do right and every kind of wrong, plans of them, and a runner whose
 * worker is the test program itself. */
#ifndef RUNNER_HELP_H
#define RUNNER_HELP_H

#include "harness/measure/runner.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(undefined_behavior_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* First thing in main(): if this process was started as a worker, works and exits. */
void help_worker(int argc, char **argv);

/* A job of that operation; its name is "OP/f32/ref/n:8". Small settings: 2 rounds of 3 samples. */
struct job help_job(const char *op);

enum { HELP_VISITS = 2048 };

/* What the observer saw. */
struct help_log {
    const char *visits[HELP_VISITS]; /* names, in order of the turns */
    size_t nvisits, nfinished;
    double least_left;      /* of all estimates that were numbers; 0 before any */
    size_t estimates;       /* that were numbers */
    size_t interrupt_after; /* >0: after so many turns */
    size_t fail_after;      /* >0: finished() fails at that call */
    volatile int interrupted;
};

/* Options and edges to be changed before the run; `log` may be read after it. */
struct help_run {
    struct runner_options options;
    struct runner_edges edges;
    struct help_log log;
    struct mem mem;
    struct result *results;
    struct err err;
    char dir[64]; /* a fresh folder, also options.data_dir */
};

void help_open(struct help_run *h);
int help_go(struct help_run *h, struct job *jobs, size_t n);
void help_close(struct help_run *h);

/* A number that an operation left in the folder under that name; -1: none. */
long help_note(const struct help_run *h, const char *name);
bool help_alive(long pid); /* and no zombie */
size_t help_open_files(void);

#endif
