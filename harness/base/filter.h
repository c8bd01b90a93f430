/* SPDX-License-Identifier: Apache-2.0
 * A filter on benchmark names with Google Benchmark's meaning: a POSIX extended regular expression that is searched for;
 * a leading '-' negates; "" and "all" keep everything. */
#ifndef KM_FILTER_H
#define KM_FILTER_H

#include "harness/base/err.h"

#include <regex.h>
#include <stdbool.h>

struct name_filter {
    regex_t regex;
    bool all, negative;
};

/* EXIT_USAGE with what is wrong with the expression. NULL text keeps everything. */
int filter_init(struct name_filter *f, const char *text, struct err *e);
bool filter_keeps(const struct name_filter *f, const char *name);
void filter_release(struct name_filter *f);

#endif
