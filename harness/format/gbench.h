/* SPDX-License-Identifier: Apache-2.0
 * Google Benchmark's JSON, written. */
#ifndef KM_GBENCH_H
#define KM_GBENCH_H

#include "harness/base/err.h"
#include "harness/base/mem.h"
#include "harness/base/result.h"

#include <stdio.h>

/* Writes the run as Google Benchmark JSON: one "iteration" row per round (repetition) and the aggregates mean, median,
 * stddev and cv where there are two or more; failed benchmarks as error rows, unsupported ones as skipped rows. Always
 * valid JSON. Facts, commit and settings of the run are context strings ("host.cpu.model", "commit.hash", "run.seed").
 * A write error is EXIT_USAGE without the name of the file; the caller has the name, wraps, and checks fclose(). */
int gbench_write(FILE *f, const struct run *run, struct err *e);

#endif
