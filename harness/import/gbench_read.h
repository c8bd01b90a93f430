/* SPDX-License-Identifier: Apache-2.0
 * Google Benchmark's JSON, read. In a room of its own because it needs a JSON library and the writer does not. */
#ifndef KM_GBENCH_READ_H
#define KM_GBENCH_READ_H

#include "harness/base/err.h"
#include "harness/base/mem.h"
#include "harness/base/result.h"

/* Reads such a file (ours, or of Google Benchmark 1.7.1 to 1.9.5) into a run whose results have one round per
 * repetition, one sample each, in `m`. A benchmark with a failed repetition is STATUS_FAILED; a file of aggregates only
 * gives its median as one round. entry.threshold and entry.target are NAN. Theirs has no run id, so the run's uuid is a
 * hash of the content: the same file is the same run. Files larger than 256 MiB, no JSON (file:line:column), or with
 * missing or impossible fields (file: benchmarks[n] 'name') are EXIT_USAGE. */
int gbench_read(struct mem *m, const char *path, struct run *out, struct err *e);

/* Fills name, family, op, dtype, variant, params, definition and hash from a benchmark's name. */
void gbench_name(struct mem *m, const char *name, struct bench *b);

#endif
