/* SPDX-License-Identifier: Apache-2.0
 * User counters: every number of a row that is not a field of the format is a counter of that name. */
#ifndef KM_GBENCH_COUNTER_H
#define KM_GBENCH_COUNTER_H

#include "harness/base/result.h"
#include "harness/import/gbench_in.h"

enum { GBENCH_COUNTERS_MOST = 1000 }; /* of one benchmark; of more the last one kept says that there were */

struct gbench_counters {
    struct metric *all;
    size_t n, cap;
};

/* Adds a row's counters: each becomes the values of the rows that have it as a number, and their mean; one that is never a number stays
 * NAN and says why. Names are made fit for one line of text. Everything lives in m. */
void gbench_counters_add(struct mem *m, struct gbench_counters *c, const json_t *row);

#endif
