/* SPDX-License-Identifier: Apache-2.0
 * The timer of one thread's batch: real and CPU time from the system's clocks at both ends, pauses and samples from a
 * cheap counter in between. */
#ifndef KM_BENCH_TIMER_H
#define KM_BENCH_TIMER_H

#include <stdbool.h>
#include <stdint.h>
#if defined(__x86_64__) || defined(__i386__)
#include <x86intrin.h>
#define BENCH_HAS_TSC 1
#else
#define BENCH_HAS_TSC 0
#endif

/* Seconds, but for ticks. */
struct bench_clock {
    double (*real)(void *ctx);
    double (*thread_cpu)(void *ctx), (*process_cpu)(void *ctx);
    /* Of any constant rate: only shares of a batch are computed from it. NULL: the processor's time-stamp counter. */
    uint64_t (*ticks)(void *ctx);
    void *ctx;
};

/* The system's clocks; ticks from the time-stamp counter where the processor says that its rate is constant. */
void bench_clock_system(struct bench_clock *out);

static inline uint64_t bench_clock_ticks(const struct bench_clock *c)
{
#if BENCH_HAS_TSC
    if (!c->ticks)
        return __rdtsc();
#endif
    return c->ticks(c->ctx);
}

/* Zero but for the first two members, then started, stopped, read. */
struct bench_timer {
    const struct bench_clock *clock;
    bool process_cpu;
    bool running, paused;
    double real_from, cpu_from;
    uint64_t tick_from, pause_from, ticks_paused;
    /* after stop */
    double real, cpu;        /* seconds, without pauses */
    double seconds_per_tick; /* over this batch */
};

void bench_timer_start(struct bench_timer *t);
void bench_timer_stop(struct bench_timer *t); /* also ends a pause */

/* Ticks since the start, without pauses. */
uint64_t bench_timer_ticks(const struct bench_timer *t);

#endif
