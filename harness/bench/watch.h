/* SPDX-License-Identifier: Apache-2.0
 * What a benchmark does to the whole program when it runs in the program's own process: it crashes, calls exit(), never
 * ends. The program still ends with a message that names the benchmark, with whole output, and never with exit code 0. */
#ifndef KM_BENCH_WATCH_H
#define KM_BENCH_WATCH_H

#include <stdbool.h>

/* From here on deadly signals (those that nobody else handles) and exit() are watched for. `closing` is what makes the
 * stream `fd` whole; NULL: it is. Strings live until watch_close(). */
void watch_open(const char *program, int fd, const char *closing);
void watch_close(void);

/* Around a benchmark's code. `seconds` from now on CLOCK_MONOTONIC the program ends; INFINITY: never. `limit` is what
 * the message calls the limit, in seconds; 0: of the whole run. Nothing happens unless watch_open() was called. */
void watch_begin(const char *benchmark, double seconds, double limit);
void watch_end(void);

#endif
