/* SPDX-License-Identifier: Apache-2.0
 * What a result file in Google Benchmark's formats says: a context once, then rows; and both as JSON, with its fields
 * in its order. Plain structs; strings and arrays are borrowed. Field names and meanings are Google Benchmark's. */
#ifndef KM_GBENCH_ENTRY_H
#define KM_GBENCH_ENTRY_H

#include "harness/base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum bench_unit { UNIT_NS, UNIT_US, UNIT_MS, UNIT_S };

enum big_o { BIG_O_NONE, BIG_O_1, BIG_O_N, BIG_O_N2, BIG_O_N3, BIG_O_LOG_N, BIG_O_N_LOG_N, BIG_O_AUTO, BIG_O_LAMBDA };

/* Bits of row_counter.flags that change how a counter is shown; the values are Google Benchmark's. */
#define ROW_RATE   1u
#define ROW_INVERT (1u << 31)

/* A counter after Finish: its flags are already applied to the value and only say how it is shown. */
struct row_counter {
    const char *name;
    double value;
    unsigned flags;  /* KM_COUNTER_IS_RATE | ... of <kernmark/benchmark.h> */
    int one_k;       /* 1000 or 1024 */
    bool percentage; /* of an aggregate such as cv: value is a fraction */
};

struct row_memory { /* from the memory manager; -1: not set */
    double allocs_per_iteration;
    int64_t max_bytes_used, total_allocated_bytes, net_heap_growth;
};

/* What nobody but us reports; extra JSON fields, never in the way of theirs. All times in seconds per iteration; the
 * file has them in the row's unit. */
struct row_extra {
    const double *samples; /* real time of every sample; NULL: none kept */
    size_t nsamples;       /* behind the row, kept or not; 0: unknown */
    double min, max, median, mad, p5, p25, p75, p95, p99, ci_low, ci_high; /* NAN: unknown */
    const char *hash;   /* of the benchmark's definition; NULL: none */
    const char *status; /* "CRASHED" of a row without a time; NULL: none */
};

/* An initialiser of a row_extra in which nothing is known. */
#define ROW_EXTRA_NONE                                                                                                 \
    {                                                                                                                  \
        .min = NAN, .max = NAN, .median = NAN, .mad = NAN, .p5 = NAN, .p25 = NAN, .p75 = NAN, .p95 = NAN, .p99 = NAN,  \
        .ci_low = NAN, .ci_high = NAN                                                                                  \
    }

enum row_kind { ROW_ITERATION, ROW_AGGREGATE, ROW_BIG_O, ROW_RMS };

enum row_skip { SKIP_NO, SKIP_MESSAGE, SKIP_ERROR };

struct row {
    enum row_kind kind;
    const char *run_name;       /* full name of the instance */
    const char *aggregate_name; /* "mean", "BigO", ...; NULL for iteration rows */
    bool percentage;            /* aggregate_unit: false is time */
    int64_t family_index, per_family_instance_index;
    int64_t repetitions, repetition_index;
    int threads;
    enum row_skip skipped;
    const char *skip_message;
    int64_t iterations;         /* aggregates: the number of successful repetitions */
    double real_time, cpu_time; /* seconds per iteration; percentage aggregates: fractions; ROW_BIG_O: coefficients in
                                 * seconds; ROW_RMS: fractions */
    enum bench_unit unit;
    enum big_o big_o;                   /* of ROW_BIG_O and ROW_RMS */
    const struct row_counter *counters; /* sorted by name */
    size_t ncounters;
    const struct row_memory *memory; /* NULL: no memory manager */
    const char *label;               /* NULL or "": none */
    const struct row_extra *extra;   /* NULL: none */
};

struct bench_cache {
    const char *type; /* "Data", "Instruction", "Unified" */
    int level;
    int64_t size;
    int num_sharing;
};

struct context_pair {
    const char *key, *value;
};

struct bench_context {
    const char *date; /* RFC 3339, local time */
    const char *host_name, *executable;
    int num_cpus;                          /* 0: unknown */
    double mhz;                            /* of a CPU; 0: unknown */
    int cpu_scaling_enabled, aslr_enabled; /* -1: unknown */
    const struct bench_cache *caches;
    size_t ncaches;
    double load_avg[3];
    size_t nload_avg;
    const char *library_version, *library_build_type; /* "release" or "debug" */
    const struct context_pair *custom;                /* sorted by key */
    size_t ncustom;
    size_t name_field_width; /* of the console's first column */
    uint64_t seed;           /* of random interleaving; 0: none */
};

const char *gbench_unit_name(enum bench_unit u);              /* "ns" */
double gbench_unit_scale(enum bench_unit u);                  /* 1e9: how many of them are a second */
enum bench_unit gbench_unit_named(const char *name);          /* of "us"; nanoseconds for any other word */
enum bench_unit gbench_unit_for(double seconds);              /* in which it is a number from 1 to 999 */
const char *gbench_big_o_name(enum big_o o);                  /* "NlgN" */
void gbench_put_row_name(struct buf *b, const struct row *r); /* run_name, or run_name_aggregate */

/* A time of a row in the row's unit; fractions as they are. */
double gbench_row_value(const struct row *r, double time);

/* Each appends the fields of one object, without its braces, that begins after "{" at this indentation. */
void gbench_put_context(struct buf *b, const struct bench_context *c, int indent);
void gbench_put_row(struct buf *b, const struct row *r, int indent);

#endif
