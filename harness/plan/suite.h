/* SPDX-License-Identifier: Apache-2.0
 * A suite file (YAML, strict) as a struct. Every mistake is one message with file:line:column and what was expected. */
#ifndef KM_SUITE_H
#define KM_SUITE_H

#include "harness/base/err.h"
#include "harness/base/mem.h"
#include "harness/base/result.h"

/* How to measure. NAN or 0 in a profile means "as the built-in profile of that name, else quick". */
struct settings {
    enum mode mode;
    double sample_seconds;      /* least length of one batch; also at least 1,000 times the clock's resolution */
    int samples;                /* samples per round */
    double warmup_seconds;      /* per process */
    int min_rounds, max_rounds; /* fresh processes per benchmark */
    double precision;           /* stop when the median's interval is within this (0.01 is ±1%) */
    double budget_seconds;      /* per benchmark, over all its rounds */
    double timeout_seconds;     /* one turn */
    double memory_bytes;        /* limit of one process; 0: none */
    int warmup_calls, calls;    /* per_call mode: per round, 100 and 1000 in reference 002 */
};

struct profile {
    const char *name; /* "smoke", "quick", "full", or the suite's own */
    struct settings settings;
};

struct suite_place {
    int line, column;
};

/* One value of a parameter in a suite, and where it stands. */
struct suite_value {
    const char *word; /* NULL: a number */
    int64_t number;
    int line, column;
};

struct suite_param {
    const char *name;
    struct suite_value *values;
    size_t nvalues;
    int line, column;
};

/* A target may differ by CPU: the first row whose `cpu` (a substring of the CPU model, NULL: any) matches counts. */
struct suite_target {
    const char *cpu;
    double seconds; /* per unit */
};

struct suite_bench {
    const char *op, *dtype;
    struct suite_param *params;
    size_t nparams;
    struct suite_value *variants; /* words; NULL: all this CPU has */
    size_t nvariants;
    struct suite_value *threads; /* numbers, or the word "host"; NULL: 1 */
    size_t nthreads;
    struct entry entry; /* target is filled by plan_add(), which also replaces "{n}" in component by n's value */
    struct suite_target *targets;
    size_t ntargets;
    enum mode mode;
    bool has_mode;
    struct suite_place op_at, dtype_at;
    int line, column;
};

struct suite {
    const char *path, *name, *title, *why;
    struct profile *profiles;
    size_t nprofiles;
    double threshold;
    const char *metrics; /* to judge beside time, separated by commas; NULL: none */
    struct suite_bench *benches;
    size_t nbenches;
};

/* Reads one file; the format is described in suites/README.md. Kind of failure: EXIT_USAGE. */
int suite_load(struct mem *m, const char *path, struct suite *out, struct err *e);

/* The same from memory; `path` is for messages. */
int suite_parse(struct mem *m, const char *path, const char *text, size_t len, struct suite *out, struct err *e);

/* Settings of a profile by name; built-in values under the suite's own. Fails with the list of known names. */
int suite_settings(const struct suite *s, const char *profile, struct settings *out, struct err *e);

#endif
