/* SPDX-License-Identifier: Apache-2.0
 * The edges of the command: clock, date, machine, build. Real ones by default; with KERNMARK_FAKE=FOLDER in the
 * environment everything that differs from run to run is replaced (host facts come from FOLDER/proc, FOLDER/sys, ...;
 * clocks are simulated, see KERNMARK_FAKE_CLOCK and KERNMARK_FAKE_DAY in edges.c), so that tests compare the whole road from suite to report byte for byte. */
#ifndef KM_EDGES_H
#define KM_EDGES_H

#include "harness/base/result.h"
#include "harness/host/host.h"
#include "harness/measure/runner.h"

const struct host_edge *host_edge(void); /* NULL: the real machine */
/* The same machine after a run or a while: with KERNMARK_FAKE_AFTER=FOLDER beside KERNMARK_FAKE, what is there. */
const struct host_edge *host_edge_after(void);
void read_build(struct mem *m, struct build *out);
double wall_clock(void);                            /* seconds since 1970 */
const char *new_uuid(struct mem *m, uint64_t seed); /* 32 hex digits */
uint64_t new_seed(void);
void runner_edges_init(struct mem *m, struct runner_edges *out);
/* The simulated clock of the baseline's side of a paired run (KERNMARK_FAKE_CLOCK_BASE); NULL: the same as the other's. */
const char *base_clock(void);

#endif
