/* SPDX-License-Identifier: Apache-2.0
 * How far the medians of two runs of unchanged code lie apart.
 *
 * Rounds of one run share that run's luck (neighbours on the machine, clock speed, temperature), so their scatter alone
 * is the wrong error term. Three sources tell the rest; each is a variance with degrees of freedom, and a better one is
 * shrunk towards the one before it, as a scaled inverse chi-squared prior would (sums of squares and degrees of freedom
 * add up):
 *   1. assumed: 3% per run, worth 4 degrees of freedom. On ordinary 2-core virtual machines single-process medians of
 *      unchanged code moved by 2% to 11% from run to run; a median over several fresh processes moves less.
 *   2. suite: this pair of runs itself. Most benchmarks have not changed, so the scatter of all their changes around
 *      the common one is run-to-run noise.
 *   3. history: earlier runs of the same series on this host, at least 5.
 *
 * What judge() makes of it, simulated with 28 benchmarks of 7 operations and 6 rounds a side (tests/unit/test_verdict.c
 * repeats it): of suites of identical code none were red with normal noise of up to 3% per run, 0.3% at 4%, and 0.3% to
 * 1.5% with heavy-tailed or lognormal noise of 2%; 5% at 3%. At 4% with heavy tails it was 12%, and with 20 earlier runs
 * of such noise 8% to 10% at 3%: there a red verdict from stored results is a suspect, to be confirmed by pairing. Of
 * single verdicts on identical code 99% were EQUIVALENT at 1% per run, 64% at 2%, 26% at 3%, 6% at 4% (threshold 10%); the
 * rest were INCONCLUSIVE, because an interval of that noise does not fit into the threshold. */
#ifndef KM_NOISE_H
#define KM_NOISE_H

#include "harness/base/mem.h"
#include "harness/stats/compare.h"

#include <stddef.h>

/* The least number of earlier runs, and of distinct operations, that say something. */
enum { NOISE_RUNS = 5, NOISE_OPS = 4 };

struct noise noise_assumed(void);

/* From the changes d = ln(current/base) of all benchmarks of two runs; `ops` is how many distinct operations they
 * belong to, because variants of one operation move together. Below NOISE_OPS: the assumed one. */
struct noise noise_of_suite(struct mem *m, const double *d, size_t n, size_t ops);

/* From a series, shrunk towards `prior`; the prior itself where h is NULL or has fewer than NOISE_RUNS usable medians.
 * Robust: from the median and the upper quartile (the larger scale) of the differences of logs between runs at most 3
 * apart, so that from 11 runs on a stray run or one accepted step in the series does not count as noise, but a slow
 * spell of a few runs does. */
struct noise noise_of_history(struct mem *m, const struct history_noise *h, struct noise prior);

#endif
