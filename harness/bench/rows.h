/* SPDX-License-Identifier: Apache-2.0
 * Outcomes into rows: one per repetition, statistics over them, the complexity of a family. */
#ifndef KM_BENCH_ROWS_H
#define KM_BENCH_ROWS_H

#include "harness/bench/runner.h"

struct row_list {
    struct row *v;
    size_t n, cap;
};

/* Of --benchmark_time_unit, or nanoseconds. */
enum bench_unit bench_rows_default_unit(const struct bench_flags *f);
/* The unit of a runner's rows: what its family says, else the flags, else nanoseconds. */
enum bench_unit bench_rows_unit(const struct bench_runner *r);

/* Real seconds that a repetition reports: manual ones where the family measures itself. */
double bench_rows_real(const struct bench_runner *r, const struct tally *t);

/* All append to the list, which lives in m; the rows borrow from r and m. */
void bench_rows_iterations(struct mem *m, struct row_list *out, const struct bench_runner *r);
void bench_rows_aggregates(struct mem *m, struct row_list *out,
                           const struct bench_runner *r); /* nothing below 2 successes */

/* What is known of a repetition's samples; NULL where there are none. */
const struct row_extra *bench_rows_extra(struct mem *m, const struct tally *t, bool keep);

/* A counter list as rows show it; `percentage` for fractions. */
const struct row_counter *bench_rows_counters(struct mem *m, const struct counters *c, bool percentage);

/* --- complexity ------------------------------------------------------------------------------------------------------ */

struct complexity_point {
    double n, real, cpu; /* seconds per iteration */
};

/* Collects the successful repetitions of one family. */
struct complexity {
    const struct instance *first; /* of which a repetition succeeded */
    int64_t repetitions;
    const char *label;
    struct complexity_point *points;
    size_t npoints, cap;
    size_t runs_left; /* repetitions of the family still to come */
};

void complexity_add(struct mem *m, struct complexity *c, const struct bench_runner *r, const struct tally *t);
/* The two rows; nothing for fewer than two points. A point whose n is not above 0 counts for nothing. `unit` is the
 * program's default: theirs takes it, too, whatever the family says. */
void complexity_rows(struct mem *m, struct row_list *out, const struct complexity *c, enum bench_unit unit);

struct fit {
    enum big_o order;
    double coefficient, rms; /* rms relative to the mean */
};

/* Least squares through the origin; time selects real or cpu of each point. BIG_O_AUTO tries (1), lgN, N, NlgN, N^2,
 * N^3 and keeps the first with the smallest error. fn is for BIG_O_LAMBDA. */
struct fit complexity_fit(const struct complexity_point *p, size_t n, bool real, enum big_o order,
                          km_complexity_function *fn);

#endif
