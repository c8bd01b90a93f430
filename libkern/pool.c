/* SPDX-License-Identifier: Apache-2.0
 * The pool of threads.
 *
 * Every thread has a queue of parts, a number that counts down: taking a part is one subtraction, and it succeeded if the
 * number was above 0. That says all: a thread that comes late, even from the job before, either takes a part of the
 * present job or nothing, and a job cannot end while one of its parts is taken and not done, so what the job is (fn, ctx,
 * parts) may be read after taking and not before.
 *
 * Who waits looks at a bell for a while and then sleeps in the kernel. A sleeper counts itself before the kernel looks a
 * last time whether the bell has rung, and who rings does so before looking for sleepers, all in one total order, so no
 * wake-up is lost. */
#include <kern/pool.h>

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "libkern/futex.h"

/* Waking a thread that sleeps takes some 5 to 50 us: looking about that long costs at most as much as it can save. */
enum { SPIN_NS = 50000, LOOKS = 32 /* between two looks at the clock */ };

struct bell {
    atomic_uint rung; /* how often */
    atomic_uint sleepers;
};

struct worker {
    _Alignas(64) atomic_long left; /* parts that nobody has taken from the queue */
    struct kern_pool *pool;
    size_t number;
    pthread_t thread;
};

struct kern_pool {
    kern_pool_fn *fn; /* of the job */
    void *ctx;
    size_t parts, threads;
    atomic_long spin_ns;
    atomic_bool ending;
    _Alignas(64) struct bell begun;
    _Alignas(64) struct bell done;
    atomic_size_t pending; /* parts that are not done */
    struct worker workers[];
};

/* --- waiting ------------------------------------------------------------------------------------------------------*/

static void pause_briefly(void)
{
#if defined __x86_64__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ volatile("yield");
#endif
}

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Whether the bell rings, `seen` times before, within the time that the pool's threads look. */
static bool look(struct bell *b, unsigned seen, long ns)
{
    for (int64_t begin = ns > 0 ? now_ns() : 0;;) {
        for (int i = 0; i < LOOKS; i++) {
            if (atomic_load(&b->rung) != seen)
                return true;
            if (ns <= 0)
                return false;
            pause_briefly();
        }
        if (now_ns() - begin > ns)
            return false;
    }
}

/* Returns when the bell has rung more often than `seen`, or now and then for nothing. */
static void await(struct bell *b, unsigned seen, long ns)
{
    if (look(b, seen, ns))
        return;
    atomic_fetch_add(&b->sleepers, 1);
    if (atomic_load(&b->rung) == seen)
        futex_wait(&b->rung, seen);
    atomic_fetch_sub(&b->sleepers, 1);
}

/* Wakes at most that many of those that sleep. */
static void ring(struct bell *b, size_t most)
{
    atomic_fetch_add(&b->rung, 1);
    if (atomic_load(&b->sleepers))
        futex_wake(&b->rung, most < INT_MAX ? (int)most : INT_MAX);
}

/* --- jobs ---------------------------------------------------------------------------------------------------------*/

/* Parts in queue q of a job: q, q + threads, ... */
static size_t queue_length(const struct kern_pool *p, size_t q)
{
    return q < p->parts ? (p->parts - q - 1) / p->threads + 1 : 0;
}

/* How many parts the queue had before one was taken; 0: none is left. */
static size_t take(struct worker *w)
{
    if (atomic_load(&w->left) <= 0)
        return 0;
    long had = atomic_fetch_sub(&w->left, 1);
    return had > 0 ? (size_t)had : 0;
}

/* The thread's own queue in order, and then what the others have not begun. */
static void do_parts(struct kern_pool *p, size_t thread)
{
    size_t did = 0;

    for (size_t i = 0; i < p->threads; i++) {
        size_t q = (thread + i) % p->threads;
        for (size_t had; (had = take(&p->workers[q])) != 0; did++)
            p->fn(p->ctx, q + p->threads * (queue_length(p, q) - had), thread);
    }
    if (did && atomic_fetch_sub(&p->pending, did) == did)
        ring(&p->done, 1);
}

static void *work(void *arg)
{
    const struct worker *w = arg;
    struct kern_pool *p = w->pool;

    for (unsigned seen = 0;;) {
        await(&p->begun, seen, atomic_load(&p->spin_ns));
        seen = atomic_load(&p->begun.rung);
        if (atomic_load(&p->ending))
            return NULL;
        do_parts(p, w->number);
    }
}

void kern_pool_run(struct kern_pool *p, kern_pool_fn *fn, void *ctx, size_t parts)
{
    if (!p || p->threads == 1 || parts <= 1) {
        for (size_t i = 0; i < parts; i++)
            fn(ctx, i, 0);
        return;
    }
    p->fn = fn;
    p->ctx = ctx;
    p->parts = parts;
    atomic_store(&p->pending, parts);
    for (size_t q = 0; q < p->threads; q++)
        atomic_store(&p->workers[q].left, (long)queue_length(p, q));
    ring(&p->begun, (parts < p->threads ? parts : p->threads) - 1);
    do_parts(p, 0);
    for (;;) {
        unsigned seen = atomic_load(&p->done.rung);
        if (atomic_load(&p->pending) == 0)
            return;
        await(&p->done, seen, atomic_load(&p->spin_ns));
    }
}

/* --- life ---------------------------------------------------------------------------------------------------------*/

size_t kern_pool_size(size_t threads)
{
    return threads == 0 || threads > KERN_POOL_MAX ? 0 : sizeof(struct kern_pool) + threads * sizeof(struct worker);
}

size_t kern_pool_threads(const struct kern_pool *p)
{
    return p ? p->threads : 1;
}

void kern_pool_spin(struct kern_pool *p, long ns)
{
    if (p)
        atomic_store(&p->spin_ns, ns);
}

int kern_pool_pin(struct kern_pool *p, const int *cpus, size_t n)
{
    int failed = 0;

    if (!p || n == 0)
        return 0;
    for (size_t i = 1; i < p->threads; i++)
        failed |= cpu_pin(p->workers[i].thread, cpus[i % n]);
    failed |= cpu_pin(pthread_self(), cpus[0]);
    return failed ? -1 : 0;
}

/* Ends the first `running` of the threads, the caller's counted. */
static void end(struct kern_pool *p, size_t running)
{
    atomic_store(&p->ending, true);
    ring(&p->begun, p->threads);
    for (size_t i = 1; i < running; i++)
        pthread_join(p->workers[i].thread, NULL);
}

static void prepare(struct kern_pool *p, size_t threads)
{
    size_t cpus = cpu_count();

    p->threads = threads;
    atomic_init(&p->spin_ns, cpus && threads > cpus ? 0 : SPIN_NS);
    atomic_init(&p->ending, false);
    atomic_init(&p->begun.rung, 0);
    atomic_init(&p->begun.sleepers, 0);
    atomic_init(&p->done.rung, 0);
    atomic_init(&p->done.sleepers, 0);
    atomic_init(&p->pending, 0);
    for (size_t i = 0; i < threads; i++) {
        p->workers[i].pool = p;
        p->workers[i].number = i;
        atomic_init(&p->workers[i].left, 0);
    }
}

int kern_pool_start(struct kern_pool **pool, void *mem, size_t threads)
{
    struct kern_pool *p = mem;

    *pool = NULL;
    if (kern_pool_size(threads) == 0)
        return -1;
    prepare(p, threads);
    for (size_t i = 1; i < threads; i++)
        if (pthread_create(&p->workers[i].thread, NULL, work, &p->workers[i])) {
            end(p, i);
            return -1;
        }
    *pool = p;
    return 0;
}

void kern_pool_stop(struct kern_pool *p)
{
    if (p)
        end(p, p->threads);
}
