/* SPDX-License-Identifier: Apache-2.0
 * Sets of facts. A set never changes once written; equal sets of one host or build are one. Inside this room only. */
#ifndef KM_FACTS_H
#define KM_FACTS_H

#include "db/sql.h"
#include "harness/base/result.h"

int facts_load(struct store *s, struct mem *m, int64_t set, struct facts *out, struct err *e);
int facts_add(struct store *s, const struct facts *facts, int64_t *set, struct err *e);

/* Takes the set that the query `last` finds for ?1 = id, if it holds exactly these facts; else adds one. */
int facts_share(struct store *s, const struct facts *facts, const char *last, int64_t id, int64_t *set, struct err *e);

#endif
