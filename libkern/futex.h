/* SPDX-License-Identifier: Apache-2.0
 * What the pool asks of the operating system: sleeping until a number changes, and CPUs. Elsewhere than on Linux there is
 * only giving the CPU to others while looking on. */
#ifndef LIBKERN_FUTEX_H
#define LIBKERN_FUTEX_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Sleeps if *number is still `old`; returns when woken, or for nothing. */
static inline void futex_wait(atomic_uint *number, unsigned old)
{
    syscall(SYS_futex, (void *)number, FUTEX_WAIT_PRIVATE, old, NULL, NULL, 0);
}

static inline void futex_wake(atomic_uint *number, int most)
{
    syscall(SYS_futex, (void *)number, FUTEX_WAKE_PRIVATE, most, NULL, NULL, 0);
}

/* CPUs that the calling thread may run on; 0: unknown. */
static inline size_t cpu_count(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) ? 0 : (size_t)CPU_COUNT(&set);
}

static inline int cpu_pin(pthread_t thread, int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    return pthread_setaffinity_np(thread, sizeof set, &set) ? -1 : 0;
}
#else
static inline void futex_wait(atomic_uint *number, unsigned old)
{
    (void)number, (void)old;
    sched_yield();
}

static inline void futex_wake(atomic_uint *number, int most)
{
    (void)number, (void)most;
}

static inline size_t cpu_count(void)
{
    return 0;
}

static inline int cpu_pin(pthread_t thread, int cpu)
{
    (void)thread, (void)cpu;
    return -1;
}
#endif
#endif
