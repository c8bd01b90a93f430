/* SPDX-License-Identifier: Apache-2.0
 * A history explained: its steps with the commits that may have done them, and what creeps. */
#ifndef KM_TRACE_H
#define KM_TRACE_H

#include "db/store.h"

struct trace {
    struct step *steps;
    size_t nsteps;
    struct creep *creeps; /* only alarms */
    size_t ncreeps;
    struct acceptance *accepted; /* of this host */
    size_t naccepted;
};

/* Fills *out for the series of a host. `since` names the level that creep is measured from, a run or a revision; NULL: the
 * last accepted change of the benchmark, else the last release (nearest tag) that was measured, else the host's baseline,
 * else the first run. EXIT_USAGE: no such run or revision. */
int trace_history(struct store *s, struct mem *m, int64_t host_id, const struct series *series, size_t n,
                  const char *since, struct trace *out, struct err *e);

/* "gemv/f32/...: step +12.3% (+10.1% to +14.0%) at run 17: first bad commit abc1234 'subject'", one line each, then creep
 * and where nothing was found that. */
const char *trace_text(struct mem *m, const struct trace *t);

#endif
