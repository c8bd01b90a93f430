/* SPDX-License-Identifier: Apache-2.0
 * The plain structs that cross the borders between rooms: what was measured, where, and what was decided. No functions.
 *
 * All values are SI base units (seconds, bytes, counts); scaling is the table writer's work. A missing number is NAN.
 * A missing string is NULL. Strings and arrays live in the `struct mem` of whoever made the struct. */
#ifndef KM_RESULT_H
#define KM_RESULT_H

#include "kernmark/binding.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- what is measured ------------------------------------------------------------------------------------------- */

struct bench {
    const char *name;   /* "gemv/f32/avx512/m:384/k:384": family, parameters, threads:N where the suite says threads */
    const char *family; /* "gemv/f32/avx512" */
    const char *op, *dtype, *variant;
    const struct km_param *params;
    size_t nparams;
    int threads;
    const char *definition; /* canonical text of everything that changes what is measured */
    char hash[17];          /* 16 hex digits of it; another hash is another series */
};

/* How a suite wants a benchmark shown and judged. A "unit" is what the reader thinks in: "100 characters". */
struct entry {
    const char *suite;     /* "core" */
    const char *section;   /* report section, "Dense" */
    const char *component; /* row title, "Mat-vec 384×384"; the same for all variants of it */
    const char *why;       /* one sentence: why this benchmark exists */
    const char *unit;      /* "per 100 characters"; NULL: per call */
    double unit_items;     /* items in one unit (100); 0: one unit is one iteration */
    double target;         /* seconds per unit; NAN: none */
    const char *priority;  /* "critical", "high", "medium", "low"; NULL: none */
    double threshold;      /* gate: 0.10 is 10% slower */
    const char *metrics;   /* to judge beside time, as --metric takes them; NULL: none */
};

/* --- what came out ---------------------------------------------------------------------------------------------- */

enum status {
    STATUS_OK,
    STATUS_WRONG,   /* answer off against the reference: no time */
    STATUS_CRASHED, /* killed by a signal */
    STATUS_TIMEOUT,
    STATUS_OOM,         /* memory limit or out-of-memory kill */
    STATUS_FAILED,      /* exited or misbehaved otherwise */
    STATUS_UNSUPPORTED, /* not on this CPU or build; `message` says why; no failure */
    STATUS_INTERRUPTED, /* Ctrl-C before it had any sample */
};

enum stop_reason { STOP_NONE, STOP_PRECISION, STOP_BUDGET, STOP_COUNT, STOP_INTERRUPT, STOP_FAILURE };

enum mode { MODE_BATCH, MODE_PER_CALL };

/* One turn: one fresh process of one benchmark. Its samples are result.samples[first .. first+count). */
struct round {
    size_t first, count;
    uint64_t iterations; /* per sample; 1 in per_call mode */
    double started;      /* seconds since the run began */
    double cpu_seconds;  /* CPU time per iteration over the timed part; NAN if unknown */
};

struct summary {
    uint64_t iterations; /* in all samples together */
    size_t samples, rounds;
    double min, max, mean, median, stddev, mad, cv;
    double p5, p25, p75, p95, p99;
    double ci_low, ci_high, ci_level;     /* interval of the median between processes: see stats/summary.h */
    double sample_ci_low, sample_ci_high; /* exact order-statistic interval over all samples, process effects ignored */
    double ops_per_second, bytes_per_second, flops_per_second, items_per_second; /* NAN where cost is 0 */
    size_t mild_outliers, severe_outliers; /* Tukey: beyond 1.5 and 3 interquartile ranges */
    bool rule_outliers;                    /* max - median > 3 stddev, the rule of reference 002 */
    bool multimodal, trend;
    double trend_slope; /* relative change of the median from first to last round; NAN unless trend */
};

/* A counter beside time: instructions, cycles, ... per iteration. value is NAN and why says so where unavailable. */
struct metric {
    const char *name, *unit;
    double value; /* mean of the rounds */
    const char *why;
    double *rounds; /* of the rounds that had a value, in order; of old stores none are known */
    size_t nrounds;
};

struct result {
    int position; /* in the plan, from 0: the order in which suites list their benchmarks */
    struct bench bench;
    struct entry entry;
    struct km_cost cost;
    enum status status;
    const char *message; /* why, when not OK: signal name, last words of the process */
    int signal;
    enum mode mode;
    enum stop_reason stop;
    double *samples; /* seconds per iteration, in order of measurement */
    size_t nsamples;
    struct round *rounds;
    size_t nrounds;
    struct summary summary;
    struct metric *metrics;
    size_t nmetrics;
    double sampling_seconds; /* wall time inside samples */
    double wall_seconds;     /* wall time of all its turns, processes included */
    int64_t id;              /* of the store; 0: not stored */
};

/* --- where ------------------------------------------------------------------------------------------------------ */

/* One thing known about a host, a build or a moment. */
struct fact {
    const char *key;   /* "cpu.model": stable, lower case, dotted */
    const char *title; /* "CPU": for people */
    const char *value; /* text; NULL if not available */
    const char *why;   /* why not available */
};

struct facts {
    struct fact *all;
    size_t n;
};

struct host {
    const char *fingerprint; /* 16 hex digits of the facts that identify the machine */
    const char *name;        /* host name, cleaned to [A-Za-z0-9._-] */
    struct facts facts;
    int64_t id;
};

struct build {
    const char *hash; /* 16 hex digits of compiler, flags and library versions */
    struct facts facts;
    int64_t id;
};

struct commit {
    const char *hash;    /* NULL: not in a git repository; then why says so */
    const char *parents; /* space separated */
    const char *branch;  /* NULL: detached */
    const char *date;    /* ISO 8601 of the committer */
    const char *subject;
    bool dirty;
    const char *why;
};

enum run_state { RUN_OPEN, RUN_COMPLETE, RUN_INTERRUPTED };

struct run {
    int64_t id;
    const char *uuid; /* 32 hex digits */
    double started;   /* seconds since 1970, UTC */
    double finished;  /* NAN while open */
    enum run_state state;
    const char *suites; /* "core" or "core,decode" */
    const char *profile;
    const char *filter;  /* which of their benchmarks were asked for; NULL: all */
    const char *command; /* as typed */
    const char *version; /* of kernmark */
    uint64_t seed;
    struct host host;
    struct build build;
    struct commit commit;
    struct facts before, after; /* host state: load, steal, temperature, ... */
    struct result *results;
    size_t nresults;
};

/* --- what was decided ------------------------------------------------------------------------------------------- */

enum decision {
    DECISION_EQUIVALENT,
    DECISION_IMPROVED,
    DECISION_REGRESSED,
    DECISION_INCONCLUSIVE,
    DECISION_ENVIRONMENT, /* unrelated benchmarks moved together: the host, not the code */
    DECISION_FAILED,      /* the current run has no time for it */
    DECISION_MISSING,     /* the baseline has it, the current run does not */
    DECISION_NEW,         /* no baseline value */
};

enum fitness { FITNESS_GOOD, FITNESS_ADVICE, FITNESS_UNFIT, FITNESS_UNKNOWN };

/* What one check of a machine found. Commands are for a POSIX shell. */
struct finding {
    const char *check, *title; /* "governor", "Frequency governor" */
    enum fitness fitness;
    const char *found;      /* with its numbers; "not available: why" where unknown */
    const char *cost;       /* what it does to measurements; NULL where good or unknown */
    const char *fix, *undo; /* NULL: there is none */
};

/* Which values of a metric are better. */
enum direction {
    DIRECTION_LOWER, /* time and everything that costs */
    DIRECTION_HIGHER,
    DIRECTION_NONE,    /* for information, never judged */
    DIRECTION_UNKNOWN, /* nobody said: a change cannot be called by its name */
};

/* A ratio is current value over baseline value, in the metric's own terms: a time above 1 is slower, a rate faster. */
struct comparison {
    const char *name;
    double base, current; /* medians: seconds per iteration, or in the metric's unit */
    double ratio, low, high, level;
    double p; /* one-sided: no worse than the baseline */
    size_t base_rounds, current_rounds;
    double floor;        /* noise floor as a relative change: 0.04 is 4% */
    double mde;          /* minimum detectable effect, relative */
    const char *warning; /* what limits the comparison; NULL: nothing */
};

struct verdict {
    struct comparison cmp;
    enum decision decision;
    const char *metric, *unit; /* NULL: time, in seconds */
    enum direction direction;
    double threshold;   /* relative: 0.10 */
    double p_adjusted;  /* Holm over the suite */
    const char *reason; /* one sentence that explains the decision with its numbers */
};

/* A known change that somebody accepted: benchmarks whose names match are judged against that run's level. */
struct acceptance {
    int64_t id, run_id;
    double run_started;          /* seconds since 1970, UTC, as the others */
    const char *pattern;         /* GLOB over names */
    const char *reason, *author; /* author NULL: unknown */
    double accepted, expires;    /* expires NAN: never */
};

/* A lasting change of a series' level. */
struct step {
    const char *name;                  /* of the benchmark */
    int64_t before_run, run_id;        /* last measured before, first after */
    struct commit before, commit;      /* theirs */
    double change, low, high, p;       /* relative; low and high bound it at 95% */
    const char *first_bad;             /* hash of the commit that did it, where only one can have; NULL otherwise */
    const char *subject;               /* of that commit */
    size_t candidates;                 /* commits of which one did it; 0: unknown */
    const char *origin;                /* all of that in one sentence */
    const struct acceptance *accepted; /* NULL: nobody did */
};

/* Slow change of a series since a level that somebody looked at. */
struct creep {
    const char *name, *since; /* "v1.2": release, baseline, accepted change or first run */
    double change;            /* relative */
    size_t commits;           /* measured since then */
};

/* --- paired runs ------------------------------------------------------------------------------------------------- */

struct paired_side {
    const char *label;    /* "main (3f9a1c2b)" */
    struct commit commit; /* hash NULL: not a revision */
    const char *code;     /* hash of the program's code; NULL: unknown */
};

struct paired_values {
    double d;             /* ln(current/base) */
    double base, current; /* medians, seconds per iteration */
};

/* One benchmark of a paired run. */
struct paired_result {
    struct bench bench;
    struct verdict verdict;
    struct paired_values *rounds; /* the first `screening` of them, then those of the confirmation */
    size_t nrounds, screening;
};

/* Two programs side by side. */
struct paired_run {
    int64_t id;
    const char *uuid;
    double started, finished; /* seconds since 1970, UTC */
    enum run_state state;
    struct paired_side base, current;
    const char *suites, *filter, *command, *version;
    uint64_t seed;
    struct host host;
    struct paired_result *results;
    size_t nresults;
};

/* What a session of identical programs showed of one benchmark: noise, as ln(current/base). */
struct noise_point {
    struct bench bench; /* read back: name and hash only */
    double change;
    double error; /* its standard error by the scatter of the session's rounds; NAN: not known */
    size_t rounds;
};

/* What is known of a benchmark's noise on a host. */
struct floor_line {
    const char *name;
    double floor;     /* relative (stats/floor.h); NAN: not known yet */
    bool own;         /* by its own sessions; else pooled over the host's benchmarks */
    size_t sessions;  /* of identical programs */
    double threshold; /* that it is to be gated at */
};

/* How others decide (stats/rivals.h), for comparison only. */
enum rival {
    RIVAL_MEAN,    /* mean over everything > baseline mean x (1 + threshold): at 10%, the rule of reference 002 */
    RIVAL_MWU_5,   /* U test of 9 repetitions at p < 0.05, and their mean > 5% above */
    RIVAL_MWU_10,  /* the same and > 10% */
    RIVAL_MINIMUM, /* minimum > baseline minimum x (1 + threshold) */
    RIVALS,
};

/* How often the gate called a planted change of that size what. */
struct calibration {
    double measured; /* seconds since 1970, UTC */
    const char *version, *suites, *filter;
    uint64_t seed;
    bool neighbour;   /* with a process beside it that takes caches and processor */
    double threshold; /* NAN: each benchmark has its own */
    double effect;    /* planted, relative; 0: identical programs */
    size_t gates, red, unsettled;
    size_t asked, regressed, equivalent, inconclusive, other; /* benchmarks with the effect, and their verdicts */
    double seconds;                                           /* median of a gate */
    double red_most,
        called_least; /* 95% bounds of red / gates and regressed / asked (stats/calibration.h), not stored */
    struct {
        size_t red;    /* gates with a benchmark called slower that was not */
        size_t called; /* of the benchmarks with the effect */
    } rivals[RIVALS];  /* the same gates, judged by others */
};

#endif
