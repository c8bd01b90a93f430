/* SPDX-License-Identifier: Apache-2.0
 * Checks of the pool of threads, and of kernels split over it: the same bits for any number of threads. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/kern/check.h"

enum { MOST = 9, PARTS = 40 };
static const size_t counts[] = { 1, 2, 3, 4, MOST };

struct notes {
    size_t calls[PARTS]; /* of each part; no two threads write one */
    size_t sum;          /* read by every part, written between jobs */
};

static void note(void *ctx, size_t i)
{
    struct notes *n = ctx;
    n->calls[i] += n->sum;
}

static struct kern_pool *start(struct checks *c, struct guard *mem, size_t threads)
{
    struct kern_pool *pool;

    *mem = guard_new(kern_pool_size(threads), 0);
    CHECK(c, kern_pool_start(&pool, mem->data, threads) == 0);
    return pool;
}

/* Many short jobs, some after a pause long enough for the threads to sleep. */
static void jobs(struct checks *c, struct kern_pool *pool)
{
    struct notes n = { .sum = 0 };
    size_t wrong = 0;

    for (size_t i = 0; i < 2000; i++) {
        size_t parts = i % (PARTS + 1);
        if (i % 500 == 250)
            nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
        n.sum = i;
        kern_pool_run(pool, note, &n, parts);
        for (size_t p = 0; p < PARTS; p++) {
            wrong += n.calls[p] != (p < parts ? i : 0);
            n.calls[p] = 0;
        }
    }
    check_that(c, wrong == 0, "%zu threads: %zu parts were not done once", kern_pool_threads(pool), wrong);
}

struct problem {
    struct kern_gemm g;
    float *once, *again;
};

static void same_bits(struct checks *c, struct kern_pool *pool, const struct problem *p)
{
    const struct kern_gemm *g = &p->g;
    struct kern_gemm over = *g;
    struct guard work = guard_new(kern_gemm_work_size(g->n, g->k, kern_pool_threads(pool)), 0);

    over.c = p->again;
    over.work = work.data;
    memset(p->again, 0xff, g->m * g->n * 4);
    kern_pool_gemm_f32(pool, kern_gemm_f32, &over);
    check_that(c, memcmp(p->once, p->again, g->m * g->n * 4) == 0, "gemm over %zu threads differs",
               kern_pool_threads(pool));
    check_that(c, guard_ok(&work), "gemm over %zu threads wrote outside its scratch", kern_pool_threads(pool));
    guard_free(&work);
}

static void same_bits_gemv(struct checks *c, struct kern_pool *pool, const struct problem *p, size_t m)
{
    struct guard y = guard_new(m * 4, 4);
    const struct kern_gemm *g = &p->g;
    float *want = p->again;

    kern_gemv_f32(want, g->a, g->b, m, g->k);
    kern_pool_gemv_f32(pool, kern_gemv_f32, (float *)(void *)y.data, g->a, g->b, m, g->k);
    check_that(c, memcmp(y.data, want, m * 4) == 0 && guard_ok(&y), "gemv of %zu rows over %zu threads differs", m,
               kern_pool_threads(pool));
    guard_free(&y);
}

static struct problem problem_new(struct checks *c, size_t m, size_t n, size_t k)
{
    uint64_t state = check_seed(c, "pool");
    float *a = malloc(m * k * 4), *b = malloc(k * n * 4), *once = malloc(m * n * 4), *again = malloc(m * n * 4);
    struct guard work = guard_new(kern_gemm_work_size(n, k, 1), 0);
    struct problem p = { { .m = m, .n = n, .k = k, .a = a, .lda = k, .b = b, .ldb = n, .c = once, .ldc = n },
                         once,
                         again };

    if (!a || !b || !once || !again)
        abort();
    input_fill(a, m * k, IN_UNIFORM, &state);
    input_fill(b, k * n, IN_UNIFORM, &state);
    p.g.work = work.data;
    kern_gemm_f32(&p.g);
    guard_free(&work);
    return p;
}

static void problem_free(struct problem *p)
{
    free((void *)(uintptr_t)p->g.a);
    free((void *)(uintptr_t)p->g.b);
    free(p->once);
    free(p->again);
}

void check_pool(struct checks *c)
{
    struct problem wide, tall;
    struct kern_pool *none = (struct kern_pool *)(void *)c;

    kern_init_mask(c->isas);
    wide = problem_new(c, 37, 400, 90);
    tall = problem_new(c, 150, 40, 600);
    CHECK(c, kern_pool_size(0) == 0 && kern_pool_size(KERN_POOL_MAX + 1) == 0);
    CHECK(c, kern_pool_start(&none, c, 0) == -1 && !none && kern_pool_threads(NULL) == 1);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct guard mem;
        struct kern_pool *pool = start(c, &mem, counts[i]);
        CHECK(c, kern_pool_threads(pool) == counts[i]);
        jobs(c, pool);
        same_bits(c, pool, &wide);
        same_bits(c, pool, &tall);
        for (size_t m = 0; m <= 37; m += 1 + m / 2)
            same_bits_gemv(c, pool, &wide, m);
        kern_pool_stop(pool);
        CHECK(c, guard_ok(&mem));
        guard_free(&mem);
    }
    kern_pool_stop(NULL);
    problem_free(&wide);
    problem_free(&tall);
}
