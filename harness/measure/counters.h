/* SPDX-License-Identifier: Apache-2.0
 * What the processor counts beside time, through Linux perf events: instructions, cycles and their ratio, branch and
 * cache misses, in user mode, threads included. What the kernel refuses has the value NAN and says why. */
#ifndef KM_COUNTERS_H
#define KM_COUNTERS_H

#include "harness/base/result.h"

enum { COUNTERS = 4, COUNTER_ROWS = COUNTERS + 1 };

/* The kernel's side; tests replace it. `open` returns a descriptor for the row of that number or -errno; `read` fills
 * value, time enabled and time running and returns 0 or -errno. */
struct counters_edge {
    int (*open)(void *ctx, int row);
    int (*read)(void *ctx, int fd, uint64_t out[3]);
    void (*enable)(void *ctx, int fd, bool on);
    void (*close)(void *ctx, int fd);
    void *ctx;
};

extern const struct counters_edge counters_kernel;

struct counters {
    const struct counters_edge *edge;
    int fd[COUNTERS]; /* -errno where the kernel refused */
    uint64_t before[COUNTERS][3];
    char why[COUNTER_ROWS][96];
};

/* Opens what can be opened, stopped. Threads are counted if they start later. Never fails as a whole. */
void counters_open(struct counters *c, const struct counters_edge *edge);
bool counters_any(const struct counters *c); /* whether anything is counted at all */
void counters_start(struct counters *c);
void counters_stop(struct counters *c);

/* Per iteration, over what ran between start and stop, scaled for the time a counter was off the processor. Fills
 * COUNTER_ROWS rows; reasons live in *c. */
void counters_read(struct counters *c, uint64_t iterations, struct metric rows[COUNTER_ROWS]);
void counters_close(struct counters *c);

#endif
