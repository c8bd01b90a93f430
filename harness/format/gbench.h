/* SPDX-License-Identifier: Apache-2.0
 * Google Benchmark's JSON, written and read. */
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

/* Reads such a file (ours, or of Google Benchmark 1.7.1 to 1.9.5) into a run whose results have one round per
 * repetition, one sample each, in `m`. A benchmark with a failed repetition is STATUS_FAILED; a file of aggregates only
 * gives its median as one round. entry.threshold and entry.target are NAN. Theirs has no run id, so the run's uuid is a
 * hash of the content: the same file is the same run. Files larger than 256 MiB, no JSON (file:line:column), or with
 * missing or impossible fields (file: benchmarks[n] 'name') are EXIT_USAGE. */
int gbench_read(struct mem *m, const char *path, struct run *out, struct err *e);

#endif
