/* SPDX-License-Identifier: Apache-2.0
 * Every flag and environment variable of Google Benchmark, and ours beside them, as one table (flags.c). */
#ifndef KM_BENCH_FLAGS_H
#define KM_BENCH_FLAGS_H

#include "harness/base/mem.h"

#include <stdbool.h>
#include <stdint.h>

struct bench_flags {
    /* theirs: same names, defaults and environment variables (BENCHMARK_FILTER, ...) */
    bool list_tests, dry_run, random_interleaving, aggregates_only, display_aggregates_only, counters_tabular;
    const char *filter, *format, *out, *out_format, *color, *perf_counters, *time_unit, *context;
    double min_time;        /* seconds; NAN where min_iterations is set */
    int64_t min_iterations; /* of "100x"; 0: by time */
    double min_warmup_time;
    int32_t repetitions, v;
    /* ours */
    double target_ci;     /* --benchmark_target_ci=1%: stop each benchmark when its median is known so well; 0: off */
    double max_time;      /* --benchmark_max_time=SECONDS per benchmark; 0: none */
    double total_time;    /* --benchmark_total_time=SECONDS for all; 0: none */
    bool isolate;         /* --benchmark_isolate: every benchmark in a process of its own */
    bool keep_samples;    /* --benchmark_samples: every sample in the JSON */
    const char *cpus;     /* --benchmark_cpus=0,2-3: pin to these */
    uint64_t seed;        /* --benchmark_seed: of random interleaving; 0: a new one */
    const char *baseline; /* --benchmark_baseline=NAME: rows relative to this benchmark */
    const char *min_time_text; /* of min_time and min_iterations, as given */
    bool min_time_given;       /* not the default */
};

/* Sets defaults, then the environment, then argv; recognised flags are taken out of argv and *argc lowered, as theirs.
 * Strings default to "" (format: "console", out_format: "json", color: "auto"); none is NULL. A number of theirs that is
 * none is told on stderr and stays in argv, or, in the environment, counts as not set, as theirs; any other bad value is
 * an error. Returns 0; or -1 after printing what is wrong to stderr; or 1 after --help (printed to stdout). Strings are
 * borrowed or live in m. */
int bench_flags_read(struct mem *m, struct bench_flags *f, int *argc, char **argv);

/* For every word left in argv: "ARGV0: error: unrecognized command-line flag: X" on stderr. Returns their number. */
int bench_flags_report_unrecognized(int argc, char **argv);

/* A copy fit for a terminal: control bytes as '?'. */
const char *bench_flag_shown(struct mem *m, const char *s);

/* Whether a word means yes: one character is true if it is a letter or digit other than 0, f, n; a longer word unless it
 * is false, no or off; the empty word is true. Case does not matter. */
bool bench_flag_truth(const char *word);

/* The pairs of --benchmark_context, in order: *key and *value live in m; returns the rest of the text, NULL at its end.
 * The text is one that bench_flags_read() took. */
const char *bench_flags_next_pair(struct mem *m, const char *text, char **key, char **value);

#endif
