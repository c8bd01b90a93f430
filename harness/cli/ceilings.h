/* SPDX-License-Identifier: Apache-2.0
 * The ceilings that a run is held against. */
#ifndef KM_CLI_CEILINGS_H
#define KM_CLI_CEILINGS_H

#include "db/store.h"
#include "harness/base/err.h"
#include "harness/base/mem.h"
#include "harness/base/result.h"

/* The run itself if it measured ceilings; else the latest run of its host that ran the suite "ceilings" and did; *out is
 * NULL if there is none. */
int ceilings_for(struct store *s, struct mem *m, const struct run *run, const struct run **out, struct err *e);

#endif
