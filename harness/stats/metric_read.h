/* SPDX-License-Identifier: Apache-2.0
 * How people write down which metric to judge: on the command line and in suites. Pure. */
#ifndef KM_METRIC_READ_H
#define KM_METRIC_READ_H

#include "harness/stats/metric.h"

/* "NAME", "NAME:higher", "NAME:lower" or "NAME:none", and behind it maybe "=10%" or "=10%+LEAST": a relative threshold, and
 * the least difference that counts, in the metric's unit. Without a direction it is that of metric_direction(). NULL, or
 * what is wrong with it. Strings live in m. */
const char *metric_read(struct mem *m, const char *text, struct metric_ask *out);

/* What to say where nobody knows whether higher is better; NULL: it is known. */
const char *metric_undirected(struct mem *m, const struct metric_ask *ask);

#endif
