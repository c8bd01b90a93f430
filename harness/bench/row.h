/* SPDX-License-Identifier: Apache-2.0
 * What the runtime of benchmark executables hands to its reporters: a context once, then rows (gbench_entry.h). Strings
 * live as long as the report call. */
#ifndef KM_BENCH_ROW_H
#define KM_BENCH_ROW_H

#include "harness/format/gbench_entry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A reporter writes to `out`, and what is no result (console context, warnings) to `err` (NULL: nowhere). Functions return 0, or -1
 * with errno when writing failed; what was written before stays. report() gets all rows of one instance (or of the
 * complexity of a family) at once. */
struct reporter {
    FILE *out, *err;
    int (*context)(struct reporter *r, const struct bench_context *c);
    int (*report)(struct reporter *r, const struct row *rows, size_t n);
    int (*finalize)(struct reporter *r);                                 /* after it the reporter holds nothing */
    int (*list)(struct reporter *r, const char *const *names, size_t n); /* --benchmark_list_tests */
    const char *closing; /* of a stream cut off now: what makes it whole; NULL: it is. Set by context() */
    void *state;
};

#endif
