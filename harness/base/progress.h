/* SPDX-License-Identifier: Apache-2.0
 * A live line on standard error, only on a terminal: n of N, share of the time, time left, what runs. */
#ifndef KM_PROGRESS_H
#define KM_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct progress {
    bool on, shown;
    int width;
    double began; /* seconds, monotonic */
};

void progress_init(struct progress *p);
/* `seconds_left` NAN or infinite: not known. Control bytes of the name do not reach the terminal. */
void progress_show(struct progress *p, const char *name, size_t done, size_t total, double seconds_left);
/* The same where what is to come is taken to last as long as what was. */
void progress_show_even(struct progress *p, const char *name, size_t done, size_t total);
void progress_clear(struct progress *p); /* removes the line, so that other text can be printed */

#endif
