/* SPDX-License-Identifier: Apache-2.0
 * What a report of a benchmark executable says about machine, moment and build. */
#ifndef KM_BENCH_CONTEXT_H
#define KM_BENCH_CONTEXT_H

#include "harness/base/mem.h"
#include "harness/bench/flags.h"
#include "harness/bench/row.h"

/* Fills all but name_field_width and seed. Custom pairs are those of --benchmark_context, and "dry_run"; of two with the
 * same key the first one counts, and the other is told on stderr. `root` is where /proc and /sys are looked for; NULL:
 * the machine itself. Everything lives in m. */
void bench_context_read(struct mem *m, struct bench_context *out, const char *executable, const struct bench_flags *f,
                        const char *root);

#endif
