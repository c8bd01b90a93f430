/* SPDX-License-Identifier: Apache-2.0
 * Binding of fork_join/pool: one iteration is one job on a pool that every thread takes part in, doing nothing but to
 * meet the others, so that none can be late. It is what splitting any work costs at least. */
#include "suites/threads_util.h"

#include "suites/binding_util.h"

#include <sched.h>
#include <stdatomic.h>
#include <string.h>

struct state {
    struct bu_state head;
    struct tu_pool pool;
    size_t threads;
    atomic_size_t arrived; /* in all jobs so far */
    size_t jobs;
};

static const char *const waits[] = { "look", "sleep", NULL };

static const struct km_param_spec params[] = {
    { .name = "wait", .words = waits, .what = "way of waiting" },
    KM_THREADS,
    { .name = NULL },
};

static const char *const *variants(void)
{
    static const char *const one[] = { "ref", NULL };
    return one;
}

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    tu_stop(&s->pool);
    bu_free(s);
}

static enum km_answer setup(struct km_case *c)
{
    struct state *s = c->state = bu_alloc(sizeof *s, 0);
    if (!s)
        return bu_cannot(c, "not enough memory");
    s->threads = tu_threads(c);
    atomic_init(&s->arrived, 0);
    if (tu_ready(c, 1, &s->pool, teardown) != KM_RIGHT)
        return KM_CANNOT;
    if (strcmp(bu_word(c, "wait"), "sleep") == 0)
        kern_pool_spin(s->pool.pool, 0);
    return KM_RIGHT;
}

/* Ends when all threads have begun theirs. The CPU is given away now and then: another of them may wait for it. */
static void meet(void *ctx, size_t part, size_t thread)
{
    enum { PATIENCE = 1000 };
    struct state *s = ctx;
    size_t all = (s->jobs + 1) * s->threads;
    (void)part, (void)thread;
    atomic_fetch_add(&s->arrived, 1);
    for (int looks = 1; atomic_load(&s->arrived) < all; looks = looks % PATIENCE + 1)
        if (looks == PATIENCE)
            sched_yield();
}

static void run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    for (; iterations; iterations--) {
        kern_pool_run(s->pool.pool, meet, s, s->threads);
        s->jobs++;
    }
}

static enum km_answer verify(struct km_case *c)
{
    struct state *s = c->state;
    run(c, 100);
    size_t arrived = atomic_load(&s->arrived), want = s->jobs * s->threads;
    return arrived == want ? KM_RIGHT : bu_wrong(c, "%zu parts were done, not %zu", arrived, want);
}

static struct km_cost cost(const struct km_case *c)
{
    (void)c;
    return (struct km_cost){ .items = 1, .item = "job" };
}

const struct km_op km_op_fork_join_pool = {
    "fork_join", "pool", 1, params, variants, setup, verify, run, cost, teardown
};
