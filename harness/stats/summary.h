/* SPDX-License-Identifier: Apache-2.0
 * Everything that is told about one benchmark's samples, as a pure function of them. */
#ifndef KM_SUMMARY_H
#define KM_SUMMARY_H

#include "harness/base/mem.h"
#include "harness/base/result.h"

/* Fills r->summary from r->samples, r->rounds and r->cost. With no samples every number is NAN and every count 0.
 *
 * Samples that are not finite are left out. Percentiles are linear between order statistics (type 7, as numpy). mad is
 * raw. mild outliers exclude the severe ones. stddev and cv are NAN under 2 samples.
 * ci_low, ci_high: the exact order-statistic interval over the medians of the rounds, for 95%; ci_level is the coverage
 * it really has (6 rounds: 96.9%). Under 6 rounds there is no such interval at 95%: then it is the lowest and highest
 * round, and ci_level says how little that is (5: 93.8%, 4: 87.5%, 3: 75%, 2: 50%, 1: 0).
 * sample_ci_*: the same over all samples; NAN under 6.
 * trend: Mann-Kendall over the round medians, two-sided p < 0.01 (so 6 rounds at least), and a change of 1% or more.
 * multimodal: stats_multimodal() over all samples, so several levels of different processes count. */
void summarize(struct result *r);

/* Interval of the median between processes: the exact order-statistic interval over the medians of the rounds (a round
 * is a fresh process), because samples within a process are not independent. Returns half its width relative to the
 * median, or INFINITY where there are too few rounds for the level. This is what the runner stops on. */
double relative_precision(const double *samples, const struct round *rounds, size_t nrounds, double level);

#endif
