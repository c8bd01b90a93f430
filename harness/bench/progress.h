/* SPDX-License-Identifier: Apache-2.0
 * A live line on standard error, only on a terminal: what runs, n of N, time left. */
#ifndef KM_BENCH_PROGRESS_H
#define KM_BENCH_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct bench_progress {
    bool on, shown;
    int width;
    double started; /* seconds, monotonic */
};

void bench_progress_init(struct bench_progress *p);
void bench_progress_show(struct bench_progress *p, const char *name, size_t done, size_t total);
void bench_progress_clear(struct bench_progress *p); /* removes the line, so that other text can be printed */

#endif
