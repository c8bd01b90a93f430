/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KM_PERCENTS_H
#define KM_PERCENTS_H

#include "harness/base/err.h"
#include "harness/base/mem.h"

#include <stddef.h>

/* "0,5%,0.12": values of at least 0 and below 100 (10,000%), in m. EXIT_USAGE names --OPTION and what is wrong. */
int parse_percents(struct mem *m, const char *option, const char *text, const double **out, size_t *n, struct err *e);

#endif
