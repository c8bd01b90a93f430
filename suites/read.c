/* SPDX-License-Identifier: Apache-2.0
 * Binding of read/u32: one iteration reads a working set that lies in one level of the memory, again and again until
 * READ_AT_LEAST bytes have come: the bandwidth of that level. Every thread has a working set of its own. */
#include "suites/binding_util.h"
#include "suites/ceilings.h"
#include "suites/threads_util.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { READ_AT_LEAST = 16 << 20 };

struct state {
    struct bu_state head;
    uint32_t *x; /* all working sets, one behind the other */
    uint32_t *answers;
    size_t bytes, mapped; /* of one working set; of x */
    size_t passes, threads;
    struct tu_pool pool;
};

static const char *const levels[] = { "l1", "l2", "l3", "dram", NULL };

static const struct km_param_spec params[] = {
    { .name = "level", .words = levels, .what = "level of the memory: l1, l2, l3 or dram" },
    KM_THREADS,
    { .name = NULL },
};

static const char *const *variants(void)
{
    return bu_variants("read", "u32");
}

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    tu_stop(&s->pool);
    if (s->x)
        munmap(s->x, s->mapped);
    bu_free(s->answers);
    bu_free(s);
}

/* In large pages where the system has them: the misses of the page tables are not the bandwidth. */
static int map(struct state *s)
{
    s->mapped = s->bytes * s->threads;
    void *x = mmap(NULL, s->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (x == MAP_FAILED)
        return 0;
    s->x = x;
    madvise(x, s->mapped, MADV_HUGEPAGE);
    return 1;
}

/* Numbers that differ wherever they lie, without a draw for each: there may be gigabytes of them. */
static void fill(struct state *s, uint64_t seed)
{
    uint32_t first = (uint32_t)bu_random(&seed) | 1u;
    for (size_t i = 0; i < s->mapped / sizeof *s->x; i++)
        s->x[i] = first * (uint32_t)(i + 1);
}

static enum ceiling_level level_of(const struct km_case *c)
{
    enum ceiling_level i = CEILING_L1;
    while (i < CEILING_DRAM && strcmp(levels[i], bu_word(c, "level")) != 0)
        i++;
    return i;
}

static size_t working_set(const struct km_case *c)
{
    size_t sizes[CEILING_DRAM];
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    ceiling_caches("/sys", sizes);
    return ceiling_bytes(level_of(c), sizes, pages > 0 && page > 0 ? (size_t)pages * (size_t)page : 0, tu_threads(c));
}

static enum km_answer setup(struct km_case *c)
{
    size_t bytes = working_set(c);
    if (!bytes && level_of(c) == CEILING_DRAM)
        return bu_absent(c, "four times the caches, or their size, is more than a quarter of the memory, or unknown");
    if (!bytes)
        return bu_absent(c, "this machine has or tells no %s cache", bu_word(c, "level"));
    struct state *s = bu_begin(c, sizeof *s, "read", "u32");
    if (!s)
        return KM_CANNOT;
    s->bytes = bytes;
    s->threads = tu_threads(c);
    s->passes = READ_AT_LEAST / bytes / 2 * 2 + 1; /* odd, or the answer would always be 0 */
    s->answers = bu_alloc(s->threads * 64, 0);
    int ok = s->answers && map(s);
    if (ok)
        fill(s, c->seed);
    return tu_ready(c, ok, &s->pool, teardown);
}

/* The answers of two threads lie in two lines. */
static uint32_t *answer_of(struct state *s, size_t i)
{
    return s->answers + i * 16;
}

static uint32_t *set_of(struct state *s, size_t i)
{
    return s->x + i * (s->bytes / sizeof *s->x);
}

static void part(void *ctx, size_t i, size_t thread)
{
    (void)thread;
    struct state *s = ctx;
    *answer_of(s, i) = ((kern_read_u32_fn *)s->head.fn)(set_of(s, i), s->bytes / sizeof *s->x, s->passes);
}

static void run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    for (; iterations; iterations--) {
        kern_pool_run(s->pool.pool, part, s, s->threads);
        km_do_not_optimize(s->answers);
    }
}

static enum km_answer verify(struct km_case *c)
{
    struct state *s = c->state;
    enum km_answer answer = KM_RIGHT;
    for (size_t t = 0; t < s->threads; t++)
        *answer_of(s, t) = 0x5a5a5a5a;
    run(c, 1);
    for (size_t t = 0; t < s->threads && answer == KM_RIGHT; t++) {
        uint32_t want = 0;
        char name[48];
        for (size_t i = 0; i < s->bytes / sizeof *s->x; i++)
            want ^= set_of(s, t)[i];
        snprintf(name, sizeof name, "what thread %zu read", t);
        answer = bu_check(c, name, *answer_of(s, t), want, 0);
    }
    return answer;
}

static struct km_cost cost(const struct km_case *c)
{
    const struct state *s = c->state;
    double bytes = (double)s->bytes * (double)s->passes * (double)s->threads;
    return (struct km_cost){ .bytes = bytes, .items = bytes / 64, .item = "line" };
}

const struct km_op km_op_read_u32 = { "read", "u32", 2, params, variants, setup, verify, run, cost, teardown };
