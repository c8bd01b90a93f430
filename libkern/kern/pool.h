/* SPDX-License-Identifier: Apache-2.0
 * A pool of threads that the caller owns, and kernels split over it.
 *
 * Work is split before it starts: part i of a job is always done by the same thread, and what a part computes does not
 * depend on how many threads there are, so results are the same bits for any number of threads. Between jobs the
 * threads look for the next one for a short while and then sleep.
 *
 * Compiles alone as C11 and as C++17. */
#ifndef KERN_POOL_H
#define KERN_POOL_H

#include <stddef.h>

#include <kern/gemm.h>

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

/* Calls fn(ctx, i) for all i below parts, thread t of T doing i = t, t + T, ... in this order, thread 0 being the
 * caller, and returns when all are done; what they wrote is then seen by the caller. A NULL pool does all in the caller.
 * Only one thread may run jobs on a pool at a time, and fn must not run jobs on the same pool. */
typedef void kern_pool_fn(void *ctx, size_t i);
void kern_pool_run(struct kern_pool *pool, kern_pool_fn *fn, void *ctx, size_t parts);

/* A product (see gemm.h) in as many parts as there are threads, by a variant of the kernel, such as kern_gemm_f32.
 * g->work holds kern_gemm_work_size(n, k, kern_pool_threads(pool)) bytes. */
void kern_pool_gemm_f32(struct kern_pool *pool, void (*gemm)(const struct kern_gemm *g), const struct kern_gemm *g);

/* A matrix times a vector, its rows split in as many parts as there are threads, by a variant such as kern_gemv_f32. */
typedef void kern_pool_gemv_fn(float *y, const float *a, const float *x, size_t m, size_t k);
void kern_pool_gemv_f32(struct kern_pool *pool, kern_pool_gemv_fn *gemv, float *y, const float *a, const float *x,
                        size_t m, size_t k);

#ifdef __cplusplus
}
#endif
#endif
