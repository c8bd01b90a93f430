/* SPDX-License-Identifier: Apache-2.0
 * What a report of a benchmark executable says about machine, moment and build. */
#ifndef KM_BENCH_CONTEXT_H
#define KM_BENCH_CONTEXT_H

#include "harness/base/mem.h"
#include "harness/bench/flags.h"
#include "harness/bench/row.h"

/* Fills all but name_field_width, seed and the custom pairs. `root` is where /proc and /sys are looked for; NULL: the
 * machine itself. Everything lives in m. */
void bench_context_read(struct mem *m, struct bench_context *out, const char *executable, const char *root);

/* What km_add_custom_context() was given: the first `before` of them before the flags were read. */
struct context_added {
    struct context_pair *all;
    size_t n, cap, before;
};

/* The custom pairs, sorted by key: those of the code and of --benchmark_context, in the order in which they came, and
 * "dry_run". Of two with the same key the first one counts, and the other is told on stderr, as theirs. */
void bench_context_custom(struct mem *m, struct bench_context *out, const struct bench_flags *f,
                          const struct context_added *added);

#endif
