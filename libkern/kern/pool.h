/* SPDX-License-Identifier: Apache-2.0
 * A pool of threads that the caller owns. Kernels split over it are in threads.h.
 *
 * A job is cut into parts before it starts, and what a part computes does not depend on which thread does it, or on how
 * many there are: results are the same bits for any number of threads.
 *
 * Waiting: between jobs a thread looks for the next one for 50 us, so that one job right after another costs no system
 * call, and then sleeps in the kernel (futex); the caller waits for the end of a job in the same way. A pool of more
 * threads than the CPUs that its maker may use does not look but sleeps at once, because the CPU that looks is then the
 * one that should work. A thread that is woken late, or that the system takes the CPU from, holds nobody up with parts
 * that it has not begun: the others do them.
 *
 * Compiles alone as C11 and as C++17. */
#ifndef KERN_POOL_H
#define KERN_POOL_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kern_pool;

enum { KERN_POOL_MAX = 1024 }; /* threads */

/* Bytes for a pool of that many threads, the caller's own included; 0 if there are none or more than KERN_POOL_MAX. */
size_t kern_pool_size(size_t threads);

/* Makes a pool in kern_pool_size() bytes at mem, aligned to 64, which stay the caller's but must not move or end
 * before kern_pool_stop(). Starts threads - 1 threads (one thread: none, and jobs run in the caller). Returns 0; or -1,
 * with nothing left running and *pool NULL, if threads is out of range or the system starts no more threads. */
int kern_pool_start(struct kern_pool **pool, void *mem, size_t threads);

/* Ends the threads and waits for them. NULL does nothing. */
void kern_pool_stop(struct kern_pool *pool);

/* The number of threads, the caller's included; 1 for NULL. */
size_t kern_pool_threads(const struct kern_pool *pool);

/* Calls fn(ctx, part, thread) once for every part below parts, and returns when all are done; what they wrote is then
 * seen by the caller. thread, below kern_pool_threads(), says who does it, 0 being the caller, so that scratch memory can
 * be the thread's. Thread t of T does parts t, t + T, ... in this order, and then those of others that they have not
 * begun. A NULL pool does all parts in order in the caller. Only one thread may run jobs on a pool at a time, and fn must
 * not run jobs on the same pool. */
typedef void kern_pool_fn(void *ctx, size_t part, size_t thread);
void kern_pool_run(struct kern_pool *pool, kern_pool_fn *fn, void *ctx, size_t parts);

/* Binds thread i to CPU cpus[i % n], the calling thread, which is thread 0, too. n = 0 or NULL does nothing. Returns -1 if
 * a thread could not be bound (no such CPU, or not on this system); the others are. */
int kern_pool_pin(struct kern_pool *pool, const int *cpus, size_t n);

/* How long threads look before they sleep, in nanoseconds, from the next job on; 0: not at all. */
void kern_pool_spin(struct kern_pool *pool, long ns);

#ifdef __cplusplus
}
#endif
#endif
