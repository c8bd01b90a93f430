/* SPDX-License-Identifier: Apache-2.0
 * Simulated runs with known truth, golden tables, and binomial bounds, for the tests of the statistics. */
#ifndef STATS_HELP_H
#define STATS_HELP_H

#include "harness/base/mem.h"
#include "harness/base/result.h"
#include "harness/stats/rng.h"

#include <stdbool.h>

enum shape { NORMAL, LOGNORMAL, HEAVY }; /* HEAVY: normal, but one in ten is four times as wide */

/* How a simulated suite behaves. All spreads are standard deviations on the log scale. */
struct world {
    int ops, variants, rounds, samples;
    enum shape shape;
    double run, process, sample; /* between runs, between processes of a run, between samples of a process */
    double common;               /* what all benchmarks of a run share */
    double uneven;               /* benchmark b has its run and process spread times uneven^(b mod 3 - 1); 1: even */
};

extern const struct world quiet_world;

double draw(struct rng *r, enum shape shape); /* mean about 0, standard deviation 1 */

/* A run of that world. Benchmark i is named "op<i / variants>/f32/v<i % variants>" and takes (i + 1) us, times
 * factor[i] where factor is not NULL. Everything lives in m. Of the summaries only the median
 * is filled, with the true one. */
struct run *simulate(struct mem *m, struct rng *r, const struct world *w, const double *factor);

/* One result from its round medians (one sample per round). */
struct result one_result(struct mem *m, const char *name, const double *rounds, size_t n);

/* Whether `hits` of `n` are too many for a chance of p, at 1 in 10,000. */
bool too_many(size_t hits, size_t n, double p);
bool too_few(size_t hits, size_t n, double p);

/* The rows of tests/data/stats_golden.tsv whose first column is `name`: its other columns, NAN-terminated per row. */
struct golden {
    double value[256];
    size_t n;
};
struct golden *golden_rows(struct mem *m, const char *name, size_t *n);

#endif
