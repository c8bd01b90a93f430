/* SPDX-License-Identifier: Apache-2.0
 * The pool of a binding whose operation can be split over threads (km_op.threaded). */
#ifndef SUITES_THREADS_UTIL_H
#define SUITES_THREADS_UTIL_H

#include <kern/kern.h>
#include <kernmark/binding.h>

#include <sched.h>

struct tu_pool {
    struct kern_pool *pool; /* NULL for one thread */
    void *room;
    cpu_set_t before; /* CPUs of the calling thread before it was bound */
};

/* c->threads, at least 1: for sizes of scratch. */
size_t tu_threads(const struct km_case *c);

/* bu_ready(), and then makes a pool of c->threads threads, each bound to one of the CPUs that this process may use: a core
 * for each thread as long as there are cores, then their other hardware threads, then again from the first. One thread: no
 * pool, and nothing is bound. Where the threads cannot be started, calls teardown, says so and returns KM_CANNOT. */
enum km_answer tu_ready(struct km_case *c, int ok, struct tu_pool *p, void (*teardown)(struct km_case *c));

/* Ends the pool, if there is one, and lets the caller go. */
void tu_stop(struct tu_pool *p);

#endif
