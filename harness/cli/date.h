/* SPDX-License-Identifier: Apache-2.0
 * Days that people type. */
#ifndef KM_DATE_H
#define KM_DATE_H

#include "harness/base/err.h"

#include <stdbool.h>

/* "2026-12-31" is the end of that day (UTC), "30d" that many days after `now`. Seconds since 1970. EXIT_USAGE: neither, no
 * such day, not after `now`, or more than 100 years away. */
int date_parse(const char *text, double now, double *out, struct err *e);

#endif
