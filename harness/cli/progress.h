/* SPDX-License-Identifier: Apache-2.0
 * A live line on standard error, only on a terminal: what runs, n of N, time left. */
#ifndef KM_PROGRESS_H
#define KM_PROGRESS_H

#include "harness/measure/runner.h"

struct progress {
    bool on, shown;
    int width;
    double began;
};

void progress_init(struct progress *p);
void progress_show(struct progress *p, const struct job *job, size_t finished, size_t total, double seconds_left);
void progress_clear(struct progress *p); /* removes the line, so that other text can be printed */

#endif
