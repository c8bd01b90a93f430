/* SPDX-License-Identifier: Apache-2.0
 * Metrics beside time: which way is better, and how far two values of one are apart. Pure. */
#ifndef KM_METRIC_H
#define KM_METRIC_H

#include "harness/base/mem.h"
#include "harness/base/result.h"

/* Where the values of a metric come from. */
enum metric_source {
    METRIC_COUNTER, /* a metric of the result, by its name */
    METRIC_RATE,    /* work per second, from what an iteration costs and its time: "items_per_second" */
    METRIC_STEPS,   /* instructions of an iteration, counted one by one */
};

/* A metric that somebody wants judged. */
struct metric_ask {
    const char *name;
    enum direction direction; /* UNKNOWN: as metric_direction() says */
    double threshold;         /* relative, 0 or more: 0.10; NAN: that of the benchmark */
    double least;             /* in the metric's own unit: smaller differences are none; 0: every difference is one */
    enum metric_source source;
    const char *suite; /* only of its benchmarks; NULL: of all */
};

/* Is it asked of a benchmark with this entry? */
bool metric_concerns(const struct metric_ask *ask, const struct entry *entry);

/* Which way is better, by what is known of the name and the unit (either may be NULL, as a counter of another program
 * has no unit): rates (a unit or a name that ends in "/s", or "per_second") are better higher; times, sizes, misses,
 * instructions and errors lower. UNKNOWN for everything else. */
enum direction metric_direction(const char *name, const char *unit);

/* Is it the same number however often it is counted, so that one value tells all? */
bool metric_exact(const char *name);

/* Adds the value of one more round: value becomes the mean and why goes. Not finite: nothing is added. The rounds live in
 * m, and nobody else appends to them. */
void metric_add(struct mem *m, struct metric *metric, double value);

/* "items_per_second", "bytes_per_second", "flops_per_second" and "ops_per_second" are work of an iteration over its time. */
bool metric_is_rate(const char *name);
/* That work; NAN where the notion does not apply to the benchmark. */
double metric_work(const char *name, const struct km_cost *cost);

/* "B/s"; NULL for what is no rate. */
const char *metric_rate_unit(const char *name);

/* From base to current on the log scale, in the metric's own terms (above 0: higher). Where both are above 0 it is
 * ln(current/base); two equal values are 0. Otherwise there is no ratio, and only the direction and, where the base is
 * not 0, a size of about that meaning: +-ln(1 + |current - base| / |base|), else +-METRIC_FAR. NAN: one is no finite
 * number. */
double metric_distance(double base, double current);
#define METRIC_FAR 100.0

/* Do these have a ratio? */
bool metric_has_ratio(double base, double current);

/* +1: more is worse (or nobody knows); -1: more is better. A distance times this is above 0 where it is worse. */
double metric_worse(enum direction d);

/* "higher", "lower", "none" (never judged), "unknown". */
const char *direction_name(enum direction d);

#endif
