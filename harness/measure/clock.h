/* SPDX-License-Identifier: Apache-2.0
 * The clock of the worker: a real one, checked before use, or a fake one that invents the same durations every time. */
#ifndef KM_CLOCK_H
#define KM_CLOCK_H

#include "harness/base/err.h"
#include "harness/stats/rng.h"

#include <stdint.h>

/* All times are nanoseconds. */
struct clock {
    uint64_t (*now)(void *ctx);
    uint64_t (*cpu)(void *ctx); /* CPU time of all threads of this process */
    /* Called before a batch, outside its time. A real clock has NULL; with another the iterations are only pretended:
     * the caller runs one. */
    void (*expect)(void *ctx, uint64_t iterations);
    void *ctx;
    const char *name;
    uint64_t resolution; /* least step ever seen between two readings */
    uint64_t cost;       /* of one reading, rounded up */
};

/* The best clock of this system that works: not slewed by NTP where there is one. Resolution and cost are measured,
 * which takes well under a millisecond. */
int clock_real(struct clock *out, struct err *e);

/* Measures resolution and cost. Fails if the clock stands still or runs backwards. */
int clock_measure(struct clock *c, struct err *e);

/* Monotonic seconds, for deadlines. */
double clock_seconds(void);

struct fake_clock {
    uint64_t time, pending, cpu;
    double per_iteration; /* ns */
    struct rng noise;
};

/* Durations depend on these arguments alone. The level depends on spec (runner.h) and name, and lies between 50 ns and
 * 50 us per iteration; seed and round add a process effect of up to 2% and, batch by batch, 0.5%. `fake` lives as long
 * as `out`. The numbers are the same with every compiler, processor and C library. */
void clock_fake(struct clock *out, struct fake_clock *fake, const char *spec, const char *name, uint64_t seed,
                uint64_t round);

#endif
