/* SPDX-License-Identifier: Apache-2.0
 * Rows relative to a baseline inside one program: the counter "vs_baseline" is a row's real time over the baseline's. */
#ifndef KM_BENCH_BASELINE_H
#define KM_BENCH_BASELINE_H

#include "harness/bench/runner.h"

struct baseline {
    const char *name;         /* of --benchmark_baseline; NULL: the families that say km_baseline() */
    struct yardstick **slots; /* by the hash of what follows the family in a name; nslots is 0 or a power of 2 */
    const struct yardstick *newest;
    size_t n, nslots;
};

/* NULL or "": no name. */
void baseline_init(struct baseline *b, const char *name);
/* Whether the instance is (part of) the baseline. */
bool baseline_is(const struct baseline *b, const struct instance *in);

/* Remembers the times of a runner that is (part of) the baseline, in m; else adds the counter to its outcomes, where the
 * baseline has run already with the same arguments, or has just one instance. */
void baseline_compare(struct mem *m, struct baseline *b, struct bench_runner *r);

#endif
