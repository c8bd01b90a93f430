/* SPDX-License-Identifier: Apache-2.0
 * What the runtime of benchmark executables hands to its reporters: a context once, then rows. Plain structs; strings
 * live as long as the report call. Field names and meanings are Google Benchmark's. */
#ifndef KM_BENCH_ROW_H
#define KM_BENCH_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum bench_unit { UNIT_NS, UNIT_US, UNIT_MS, UNIT_S };

enum big_o { BIG_O_NONE, BIG_O_1, BIG_O_N, BIG_O_N2, BIG_O_N3, BIG_O_LOG_N, BIG_O_N_LOG_N, BIG_O_AUTO, BIG_O_LAMBDA };

/* A counter after Finish: its flags are already applied to the value and only say how it is shown. */
struct row_counter {
    const char *name;
    double value;
    unsigned flags;     /* KM_COUNTER_IS_RATE | ... of <kernmark/benchmark.h> */
    int one_k;          /* 1000 or 1024 */
    bool percentage;    /* of an aggregate such as cv: value is a fraction */
};

struct row_memory { /* from the memory manager; -1: not set */
    double allocs_per_iteration;
    int64_t max_bytes_used, total_allocated_bytes, net_heap_growth;
};

/* What nobody but us reports; extra JSON fields, never in the way of theirs. All times in seconds per iteration. */
struct row_extra {
    const double *samples; /* real time of every sample; NULL: none kept */
    size_t nsamples;
    double min, max, median, mad, p5, p25, p75, p95, p99, ci_low, ci_high; /* NAN: unknown */
};

enum row_kind { ROW_ITERATION, ROW_AGGREGATE, ROW_BIG_O, ROW_RMS };

struct row {
    enum row_kind kind;
    const char *run_name;       /* full name of the instance */
    const char *aggregate_name; /* "mean", "BigO", ...; NULL for iteration rows */
    bool percentage;            /* aggregate_unit: false is time */
    int64_t family_index, per_family_instance_index;
    int64_t repetitions, repetition_index;
    int threads;
    enum { SKIP_NO, SKIP_MESSAGE, SKIP_ERROR } skipped;
    const char *skip_message;
    int64_t iterations;         /* aggregates: the number of successful repetitions */
    double real_time, cpu_time; /* seconds per iteration; percentage aggregates: fractions; ROW_BIG_O: coefficients;
                                 * ROW_RMS: fractions */
    enum bench_unit unit;
    enum big_o big_o;           /* of ROW_BIG_O and ROW_RMS */
    const struct row_counter *counters; /* sorted by name */
    size_t ncounters;
    const struct row_memory *memory;    /* NULL: no memory manager */
    const char *label;                  /* NULL or "": none */
    const struct row_extra *extra;      /* NULL: none */
};

struct bench_cache {
    const char *type; /* "Data", "Instruction", "Unified" */
    int level;
    int64_t size;
    int num_sharing;
};

struct bench_context {
    const char *date;           /* RFC 3339, local time */
    const char *host_name, *executable;
    int num_cpus, mhz_per_cpu;
    int cpu_scaling_enabled;    /* -1: unknown */
    bool aslr_enabled;
    const struct bench_cache *caches;
    size_t ncaches;
    double load_avg[3];
    size_t nload_avg;
    const char *library_version, *library_build_type; /* "release" or "debug" */
    const struct context_pair { const char *key, *value; } *custom; /* sorted by key */
    size_t ncustom;
    size_t name_field_width;    /* of the console's first column */
    uint64_t seed;              /* of random interleaving; 0: none */
};

/* A reporter writes to `out`, and what is no result (console context, warnings) to `err`. Functions return 0, or -1
 * when writing failed. report() gets all rows of one instance (or of the complexity of a family) at once. */
struct reporter {
    FILE *out, *err;
    int (*context)(struct reporter *r, const struct bench_context *c);
    int (*report)(struct reporter *r, const struct row *rows, size_t n);
    int (*finalize)(struct reporter *r);
    int (*list)(struct reporter *r, const char *const *names, size_t n); /* --benchmark_list_tests */
    void *state;
};

#endif
