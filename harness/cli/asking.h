/* SPDX-License-Identifier: Apache-2.0
 * The option --metric: which metrics to judge beside time. */
#ifndef KM_CLI_ASKING_H
#define KM_CLI_ASKING_H

#include "harness/base/err.h"
#include "harness/base/mem.h"
#include "harness/cli/options.h"
#include "harness/stats/metric.h"

struct asking {
    struct metric_ask *all;
    size_t n;
};

#define OPTION_METRIC(type, field)                                                                                     \
    {                                                                                                                  \
        "metric", "LIST", "metrics to judge beside time: NAME[:higher|:lower|:none][=10%[+LEAST]],...", OPTION_LIST,   \
            offsetof(type, field)                                                                                      \
    }

/* "items_per_second,allocs:lower=0%+2" (NULL: none). A threshold is relative, and what follows the plus sign is the least
 * difference that counts, in the metric's unit. Where no direction is given it is that of metric_direction(). Names and
 * the array live in m. EXIT_USAGE says what was expected. */
int parse_metrics(struct mem *m, const char *text, struct asking *out, struct err *e);

/* Refuses a metric of which nobody knows whether higher is better: EXIT_USAGE says how to tell. */
int asking_directed(struct mem *m, const struct asking *a, struct err *e);

/* Adds what a benchmark's suite wants judged, for its benchmarks alone; what was asked for on the command line stays. */
int asking_add_entry(struct mem *m, const struct entry *entry, struct asking *a, struct err *e);

#endif
