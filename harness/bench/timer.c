/* SPDX-License-Identifier: Apache-2.0
 * Clocks of benchmark executables. CPU clocks are system calls of half a microsecond, so they are read at the outer ends
 * of a batch only, and what a pause takes is known in ticks. A batch gives the rate of the ticks itself: its real time
 * over its ticks. */
#include "harness/bench/timer.h"

#include <time.h>
#if BENCH_HAS_TSC
#include <cpuid.h>
#endif

static double read_clock(clockid_t id)
{
    struct timespec t;
    return clock_gettime(id, &t) ? 0 : (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double real(void *ctx)
{
    (void)ctx;
    return read_clock(CLOCK_MONOTONIC);
}

static double thread_cpu(void *ctx)
{
    (void)ctx;
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

static double process_cpu(void *ctx)
{
    (void)ctx;
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

static uint64_t nanoseconds(void *ctx)
{
    (void)ctx;
    struct timespec t;
    if (clock_gettime(CLOCK_MONOTONIC, &t))
        return 0;
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Intel and AMD: leaf 0x80000007, bit 8 of edx. */
static bool tsc_is_constant(void)
{
#if BENCH_HAS_TSC
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid(0x80000007u, &a, &b, &c, &d) && (d & 1u << 8);
#else
    return false;
#endif
}

void bench_clock_system(struct bench_clock *out)
{
    *out = (struct bench_clock){
        .real = real,
        .thread_cpu = thread_cpu,
        .process_cpu = process_cpu,
        .ticks = tsc_is_constant() ? NULL : nanoseconds,
    };
}

static double read_cpu(const struct bench_timer *t)
{
    return t->process_cpu ? t->clock->process_cpu(t->clock->ctx) : t->clock->thread_cpu(t->clock->ctx);
}

/* The CPU clock outside, so that its cost is not in the real time. */
void bench_timer_start(struct bench_timer *t)
{
    t->running = true;
    t->cpu_from = read_cpu(t);
    t->real_from = t->clock->real(t->clock->ctx);
    t->tick_from = bench_clock_ticks(t->clock);
}

void bench_timer_stop(struct bench_timer *t)
{
    uint64_t end = bench_clock_ticks(t->clock);
    double real_time = t->clock->real(t->clock->ctx) - t->real_from;
    double cpu_time = read_cpu(t) - t->cpu_from;
    if (t->paused)
        t->ticks_paused += end - t->pause_from;
    t->running = t->paused = false;
    double ticks = (double)(end - t->tick_from);
    double measured = ticks > 0 ? 1 - (double)t->ticks_paused / ticks : 1;
    t->real += real_time * (measured > 0 ? measured : 0);
    t->cpu += cpu_time * (measured > 0 ? measured : 0);
    t->seconds_per_tick = ticks > 0 ? real_time / ticks : 0;
}

uint64_t bench_timer_ticks(const struct bench_timer *t)
{
    uint64_t now = t->paused ? t->pause_from : bench_clock_ticks(t->clock);
    return now - t->tick_from - t->ticks_paused;
}
