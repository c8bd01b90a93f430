/* SPDX-License-Identifier: Apache-2.0
 * What the processor and the kernel count beside time, through Linux perf events: in user mode, threads included. What
 * cannot be counted has the value NAN and says why. */
#ifndef KM_COUNTERS_H
#define KM_COUNTERS_H

#include "harness/counters/event.h"

enum { COUNTERS_MAX = 32, COUNTER_ROWS_MAX = COUNTERS_MAX + 1 };

/* What is counted where nobody asks for something else; their ratio, "ipc", follows. */
#define COUNTERS_STANDARD "instructions,cycles,branch-misses,cache-misses"

/* The kernel's side; tests replace it. */
struct counters_edge {
    int (*find)(void *ctx, struct event *event);       /* as event_find() */
    int (*open)(void *ctx, const struct event *event); /* a descriptor or -errno */
    /* Fills value, time enabled and time running; 0 or -errno. */
    int (*read)(void *ctx, int fd, uint64_t out[3]);
    void (*enable)(void *ctx, int fd, bool on);
    void (*close)(void *ctx, int fd);
    int (*paranoid)(void *ctx); /* kernel.perf_event_paranoid; PARANOID_UNKNOWN */
    void *ctx;
};

enum { PARANOID_UNKNOWN = -100 };

extern const struct counters_edge counters_kernel;

struct counters {
    const struct counters_edge *edge;
    size_t n;
    struct event events[COUNTERS_MAX];
    int fd[COUNTERS_MAX]; /* -errno where the kernel refused */
    uint64_t before[COUNTERS_MAX][3];
    char why[COUNTER_ROWS_MAX][320];
};

/* Opens what can be opened, stopped. Threads are counted if they start later. Never fails as a whole. */
void counters_open(struct counters *c, const struct counters_edge *edge);

/* The same for events by name, separated by commas (event.h says which names there are). A name that comes twice counts
 * once; what is beyond COUNTERS_MAX of them is left out. */
void counters_open_named(struct counters *c, const struct counters_edge *edge, const char *names);

bool counters_any(const struct counters *c); /* whether anything is counted at all */
void counters_start(struct counters *c);
void counters_stop(struct counters *c);

/* Per iteration, over what ran between start and stop, scaled for the time a counter was off the processor. Returns the
 * number of rows filled: one per name, and "ipc" after them where instructions and cycles are among them. Names and
 * reasons live in *c. */
size_t counters_read(struct counters *c, uint64_t iterations, struct metric rows[COUNTER_ROWS_MAX]);
void counters_close(struct counters *c);

#endif
