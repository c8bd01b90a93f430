/* SPDX-License-Identifier: Apache-2.0
 * The pool of threads. A job is announced by raising `job`, and finished when `busy` has come down to 0. Both sides
 * look at these for a while and sleep on a condition variable only then; whoever raises or lowers them takes the lock
 * only if somebody sleeps. A sleeper counts itself before it looks a last time, and the other side changes the value
 * before it looks for sleepers, all in one total order, so no wake-up is lost. */
#include <kern/pool.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

enum { LOOKS = 4000 }; /* some tens of microseconds */

struct bell {
    pthread_mutex_t lock;
    pthread_cond_t rung;
    atomic_size_t sleepers;
};

struct worker {
    struct kern_pool *pool;
    size_t number;
    pthread_t thread;
};

struct kern_pool {
    _Alignas(64) atomic_size_t job;
    kern_pool_fn *fn; /* of the job; NULL asks the threads to end */
    void *ctx;
    size_t parts, threads;
    _Alignas(64) atomic_size_t busy; /* threads that are not done with the job */
    _Alignas(64) struct bell begun, done;
    struct worker workers[];
};

static void pause_briefly(void)
{
#if defined __x86_64__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ volatile("yield");
#endif
}

/* Whether *value is still `old`; or, until_zero, still not 0. */
static int waiting(atomic_size_t *value, size_t old, int until_zero)
{
    size_t now = atomic_load(value);

    return until_zero ? now != 0 : now == old;
}

static void await(struct bell *b, atomic_size_t *value, size_t old, int until_zero)
{
    for (int i = 0; i < LOOKS; i++) {
        if (!waiting(value, old, until_zero))
            return;
        pause_briefly();
    }
    pthread_mutex_lock(&b->lock);
    atomic_fetch_add(&b->sleepers, 1);
    while (waiting(value, old, until_zero))
        pthread_cond_wait(&b->rung, &b->lock);
    atomic_fetch_sub(&b->sleepers, 1);
    pthread_mutex_unlock(&b->lock);
}

static void ring(struct bell *b)
{
    if (atomic_load(&b->sleepers) == 0)
        return;
    pthread_mutex_lock(&b->lock);
    pthread_cond_broadcast(&b->rung);
    pthread_mutex_unlock(&b->lock);
}

static void parts_of(const struct kern_pool *p, size_t number)
{
    for (size_t i = number; i < p->parts; i += p->threads)
        p->fn(p->ctx, i);
}

static void *work(void *arg)
{
    const struct worker *w = arg;
    struct kern_pool *p = w->pool;

    for (size_t seen = 0;; seen++) {
        await(&p->begun, &p->job, seen, 0);
        if (!p->fn)
            return NULL;
        parts_of(p, w->number);
        if (atomic_fetch_sub(&p->busy, 1) == 1)
            ring(&p->done);
    }
}

static void announce(struct kern_pool *p, size_t workers)
{
    atomic_store(&p->busy, workers);
    atomic_fetch_add(&p->job, 1);
    ring(&p->begun);
}

void kern_pool_run(struct kern_pool *p, kern_pool_fn *fn, void *ctx, size_t parts)
{
    if (!p || p->threads == 1 || parts <= 1) {
        for (size_t i = 0; i < parts; i++)
            fn(ctx, i);
        return;
    }
    p->fn = fn;
    p->ctx = ctx;
    p->parts = parts;
    announce(p, p->threads - 1);
    parts_of(p, 0);
    await(&p->done, &p->busy, 0, 1);
}

size_t kern_pool_size(size_t threads)
{
    return threads == 0 || threads > KERN_POOL_MAX ? 0 : sizeof(struct kern_pool) + threads * sizeof(struct worker);
}

size_t kern_pool_threads(const struct kern_pool *p)
{
    return p ? p->threads : 1;
}

static int bell_make(struct bell *b)
{
    atomic_init(&b->sleepers, 0);
    if (pthread_mutex_init(&b->lock, NULL))
        return -1;
    if (pthread_cond_init(&b->rung, NULL) == 0)
        return 0;
    pthread_mutex_destroy(&b->lock);
    return -1;
}

static void bell_end(struct bell *b)
{
    pthread_cond_destroy(&b->rung);
    pthread_mutex_destroy(&b->lock);
}

/* Ends the first `running` of the threads, the caller's counted. */
static void end(struct kern_pool *p, size_t running)
{
    p->fn = NULL;
    announce(p, 0);
    for (size_t i = 1; i < running; i++)
        pthread_join(p->workers[i].thread, NULL);
    bell_end(&p->begun);
    bell_end(&p->done);
}

int kern_pool_start(struct kern_pool **pool, void *mem, size_t threads)
{
    struct kern_pool *p = mem;

    *pool = NULL;
    if (kern_pool_size(threads) == 0)
        return -1;
    atomic_init(&p->job, 0);
    atomic_init(&p->busy, 0);
    p->threads = threads;
    if (bell_make(&p->begun))
        return -1;
    if (bell_make(&p->done)) {
        bell_end(&p->begun);
        return -1;
    }
    for (size_t i = 1; i < threads; i++) {
        struct worker *w = &p->workers[i];
        w->pool = p;
        w->number = i;
        if (pthread_create(&w->thread, NULL, work, w)) {
            end(p, i);
            return -1;
        }
    }
    *pool = p;
    return 0;
}

void kern_pool_stop(struct kern_pool *p)
{
    if (p)
        end(p, p->threads);
}

/* --- kernels over a pool ------------------------------------------------------------------------------------------*/

struct gemm_job {
    void (*gemm)(const struct kern_gemm *g);
    const struct kern_gemm *g;
    size_t parts;
};

static void gemm_part(void *ctx, size_t i)
{
    const struct gemm_job *job = ctx;
    struct kern_gemm part;

    kern_gemm_part(job->g, i, job->parts, &part);
    job->gemm(&part);
}

void kern_pool_gemm_f32(struct kern_pool *pool, void (*gemm)(const struct kern_gemm *g), const struct kern_gemm *g)
{
    struct gemm_job job = { gemm, g, kern_pool_threads(pool) };

    kern_pool_run(pool, gemm_part, &job, job.parts);
}

struct gemv_job {
    kern_pool_gemv_fn *gemv;
    float *y;
    const float *a, *x;
    size_t m, k, each; /* rows of a part */
};

static void gemv_part(void *ctx, size_t i)
{
    const struct gemv_job *job = ctx;
    size_t from = i * job->each, rows = from < job->m ? job->m - from : 0;

    if (rows > 0)
        job->gemv(job->y + from, job->a + from * job->k, job->x, rows < job->each ? rows : job->each, job->k);
}

/* Parts are whole cache lines of y, so that no two threads write one where y is aligned. */
void kern_pool_gemv_f32(struct kern_pool *pool, kern_pool_gemv_fn *gemv, float *y, const float *a, const float *x,
                        size_t m, size_t k)
{
    size_t parts = kern_pool_threads(pool), each = (m / parts + (m % parts != 0) + 15) / 16 * 16;
    struct gemv_job job = { gemv, y, a, x, m, k, each };

    kern_pool_run(pool, gemv_part, &job, parts);
}
