/* SPDX-License-Identifier: Apache-2.0
 * Checks of the pool of threads: every part once, whoever does it; waiting, binding and ending. */
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "tests/kern/check.h"

enum { MOST = 9, PARTS = 40 };
static const size_t counts[] = { 1, 2, 3, 4, MOST };

struct notes {
    size_t calls[PARTS]; /* of each part; no two threads write one */
    size_t sum, threads; /* read by every part, written between jobs */
    atomic_size_t strange;
};

static void note(void *ctx, size_t i, size_t thread)
{
    struct notes *n = ctx;

    n->calls[i] += n->sum;
    if (thread >= n->threads)
        atomic_fetch_add(&n->strange, 1);
}

static void sleep_ms(long ms)
{
    nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

/* Many short jobs, some after a pause long enough for the threads to sleep. */
static void jobs(struct checks *c, struct kern_pool *pool, size_t n)
{
    struct notes notes = { .sum = 0, .threads = kern_pool_threads(pool) };
    size_t wrong = 0;

    for (size_t i = 0; i < n; i++) {
        size_t parts = i % (PARTS + 1);
        if (i % 500 == 250)
            sleep_ms(5);
        notes.sum = i;
        kern_pool_run(pool, note, &notes, parts);
        for (size_t p = 0; p < PARTS; p++) {
            wrong += notes.calls[p] != (p < parts ? i : 0);
            notes.calls[p] = 0;
        }
    }
    check_that(c, wrong == 0, "%zu threads: %zu parts were not done once", kern_pool_threads(pool), wrong);
    check_that(c, atomic_load(&notes.strange) == 0, "a part was told of a thread that does not exist");
}

struct hold {
    atomic_size_t done;
    size_t parts, held;
    bool in_time;
};

/* The held part ends when all others are done. */
static void hold(void *ctx, size_t i, size_t thread)
{
    struct hold *h = ctx;

    (void)thread;
    for (int ms = 0; i == h->held && ms < 20000 && !h->in_time; ms++) {
        h->in_time = atomic_load(&h->done) == h->parts - 1;
        if (!h->in_time)
            sleep_ms(1);
    }
    atomic_fetch_add(&h->done, 1);
}

/* A thread that is held up in its first part holds no other part up, whichever thread it is. */
static void held_up(struct checks *c, struct kern_pool *pool)
{
    for (size_t held = 0; held < kern_pool_threads(pool); held++) {
        struct hold h = { .parts = PARTS, .held = held };
        kern_pool_run(pool, hold, &h, PARTS);
        check_that(c, h.in_time, "%zu threads: part %zu held others up", kern_pool_threads(pool), held);
    }
}

#ifdef __linux__
static void count_cpus(void *ctx, size_t i, size_t thread)
{
    cpu_set_t set;
    int *cpus = ctx;

    (void)thread;
    cpus[i] = sched_getaffinity(0, sizeof set, &set) ? -1 : CPU_COUNT(&set);
    sleep_ms(2); /* so that every thread takes one */
}

static void pinned(struct checks *c, struct kern_pool *pool)
{
    int cpus[MOST], first = 0, none = -1;
    size_t threads = kern_pool_threads(pool);
    cpu_set_t before;

    CHECK(c, sched_getaffinity(0, sizeof before, &before) == 0);
    while (!CPU_ISSET((size_t)first, &before))
        first++;
    CHECK(c, kern_pool_pin(pool, &first, 1) == 0);
    kern_pool_run(pool, count_cpus, cpus, threads);
    for (size_t i = 0; i < threads; i++)
        check_that(c, cpus[i] == 1, "a bound thread may use %d CPUs", cpus[i]);
    CHECK(c, kern_pool_pin(pool, &none, 1) == -1 && kern_pool_pin(pool, NULL, 0) == 0);
    CHECK(c, sched_setaffinity(0, sizeof before, &before) == 0);
}
#else
static void pinned(struct checks *c, struct kern_pool *pool)
{
    int first = 0;
    CHECK(c, kern_pool_pin(pool, &first, 1) == -1);
}
#endif

void check_pool(struct checks *c)
{
    struct kern_pool *none = (struct kern_pool *)(void *)c;

    CHECK(c, kern_pool_size(0) == 0 && kern_pool_size(KERN_POOL_MAX + 1) == 0);
    CHECK(c, kern_pool_start(&none, c, 0) == -1 && !none && kern_pool_threads(NULL) == 1);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct guard mem = guard_new(kern_pool_size(counts[i]), 0);
        struct kern_pool *pool;
        CHECK(c, kern_pool_start(&pool, mem.data, counts[i]) == 0 && kern_pool_threads(pool) == counts[i]);
        jobs(c, pool, 2000);
        kern_pool_spin(pool, 0);
        jobs(c, pool, 2000);
        kern_pool_spin(pool, 1000000);
        jobs(c, pool, 100);
        if (counts[i] > 1)
            held_up(c, pool);
        pinned(c, pool);
        kern_pool_stop(pool);
        CHECK(c, guard_ok(&mem));
        guard_free(&mem);
    }
    kern_pool_stop(NULL);
    kern_pool_spin(NULL, 0);
    CHECK(c, kern_pool_pin(NULL, NULL, 0) == 0);
}
