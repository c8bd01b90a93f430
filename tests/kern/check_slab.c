/* SPDX-License-Identifier: Apache-2.0
 * Checks of the pool of blocks against a list of what is taken that is kept here: no block twice, none overlapping,
 * contents kept, the last one given is the next one taken; wrong pointers are refused; impossible sizes. */
#include <stdlib.h>
#include <string.h>

#include "tests/kern/check.h"

enum { COUNT = 50 };

struct model {
    unsigned char *taken[COUNT], mark[COUNT], *last; /* last: given back most recently, or NULL */
    size_t n, peak;
};

static bool all_of(const unsigned char *p, size_t n, unsigned char mark)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != mark)
            return false;
    return true;
}

static bool take(struct checks *c, kern_slab_take_u8_fn *fn, struct kern_slab *s, struct model *m, size_t bytes,
                 size_t align)
{
    unsigned char *p = fn(s);
    if (m->n == COUNT)
        return check_that(c, !p, "a block beyond the last");
    if (!check_that(c, p != NULL, "%zu of %d taken, and none left", m->n, COUNT))
        return false;
    check_that(c, (uintptr_t)p % align == 0, "misaligned");
    check_that(c, !m->last || p == m->last, "not the one given back last");
    for (size_t i = 0; i < m->n; i++)
        if (!check_that(c, p >= m->taken[i] + bytes || p + bytes <= m->taken[i], "two blocks overlap"))
            return false;
    m->last = NULL;
    m->taken[m->n] = p;
    m->mark[m->n] = (unsigned char)(m->n * 7 + bytes);
    memset(p, m->mark[m->n++], bytes);
    m->peak = m->n > m->peak ? m->n : m->peak;
    return true;
}

static bool refused(struct kern_slab *s, void *p)
{
    struct kern_slab was = *s;
    return kern_slab_give(s, p) == -1 && memcmp(s, &was, sizeof was) == 0;
}

static void give(struct checks *c, struct kern_slab *s, struct model *m, size_t i, size_t bytes)
{
    unsigned char *p = m->taken[i];
    check_that(c, all_of(p, bytes, m->mark[i]), "a taken block has changed");
    check_that(c, bytes == 1 || refused(s, p + 1), "the middle of a block is taken back");
    check_that(c, kern_slab_give(s, p) == 0, "a block is not taken back");
    check_that(c, refused(s, p), "a block is taken back twice");
    memset(p, 0xEE, bytes); /* a stray write must not reach the list */
    m->last = p;
    m->taken[i] = m->taken[--m->n];
    m->mark[i] = m->mark[m->n];
}

static void sequence(struct checks *c, kern_slab_take_u8_fn *fn, size_t bytes, size_t align, size_t offset)
{
    uint64_t state = check_seed(c, "slab") + bytes * 64 + offset;
    struct guard g = guard_new(kern_slab_bytes(bytes, align, COUNT), offset);
    struct kern_slab s;
    struct model m = { .n = 0 };
    char outside;
    check_that(c, kern_slab_init(&s, g.data, bytes, align, COUNT) == 0, "init");
    check_that(c, refused(&s, s.base), "a block that was never taken is taken back");
    for (int i = 0; i < 500; i++) {
        if (m.n && rnd_below(&state, 100) < (i / 100 % 2 ? 85u : 15u))
            give(c, &s, &m, rnd_below(&state, m.n), bytes);
        else if (!take(c, fn, &s, &m, bytes, align))
            break;
        check_that(c, s.used == m.n && s.peak == m.peak, "used %zu, peak %zu; want %zu, %zu", s.used, s.peak, m.n,
                   m.peak);
    }
    check_that(c, refused(&s, NULL) && refused(&s, &outside), "a foreign pointer is taken back");
    check_that(c, refused(&s, s.base - s.block) && refused(&s, s.base + COUNT * s.block), "a neighbour is taken back");
    check_that(c, guard_ok(&g), "bytes=%zu align=%zu offset=%zu: wrote outside", bytes, align, offset);
    guard_free(&g);
}

static void check_variant(struct checks *c, const struct kern_variant *v)
{
    static const size_t sizes[] = { 1, 3, 4, 8, 17, 64, 100, 1024 };
    kern_slab_take_u8_fn *fn = (kern_slab_take_u8_fn *)v->fn;
    check_at(c, "slab_take/u8/%s", v->isa);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t align = 1; align <= 128; align *= 2)
            for (size_t offset = 0; offset < 64; offset += 7)
                sequence(c, fn, sizes[i], align, offset);
}

static void check_sizes(struct checks *c)
{
    static const size_t bad[][3] = {
        { 0, 1, 1 },
        { 1, 0, 1 },
        { 1, 3, 1 },
        { 1, 1, 0 },
        { 1, 1, (size_t)KERN_SLAB_MOST + 1 },
        { SIZE_MAX, 1, 1 },
        { SIZE_MAX, 2, 1 },
        { SIZE_MAX / 2, 1, 3 },
        { 1, SIZE_MAX / 2 + 1, 2 },
        { 1, SIZE_MAX, 1 },
    };
    unsigned char memory[64];
    check_at(c, "slab sizes");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct kern_slab s = { .used = 77 };
        check_that(c, kern_slab_bytes(bad[i][0], bad[i][1], bad[i][2]) == 0, "row %zu is possible", i);
        check_that(c, kern_slab_init(&s, memory, bad[i][0], bad[i][1], bad[i][2]) == -1 && s.used == 77, "row %zu", i);
    }
    struct kern_slab s = { .used = 77 };
    CHECK(c, kern_slab_init(&s, NULL, 8, 8, 1) == -1 && s.used == 77);
}

/* Pools that are wrong on purpose. */
static void *same_again(struct kern_slab *s)
{
    void *p = kern_slab_take_u8_ref(s);
    if (p && s->used > 3)
        s->next[((unsigned char *)p - s->base) / (ptrdiff_t)s->block] = s->free;
    return s->used > 3 && p ? s->base : p;
}

static void *ignores_the_list(struct kern_slab *s)
{
    struct kern_slab fresh = *s;
    if (s->fresh >= s->count)
        return kern_slab_take_u8_ref(s);
    fresh.free = s->free;
    s->free = 0x7FFFFFFF;
    void *p = kern_slab_take_u8_ref(s);
    s->free = fresh.free;
    return p;
}

static void *one_too_few(struct kern_slab *s)
{
    return s->used + 1 < s->count ? kern_slab_take_u8_ref(s) : NULL;
}

void check_slab(struct checks *c)
{
    static kern_slab_take_u8_fn *const wrong[] = { same_again, ignores_the_list, one_too_few };
    check_variants(c, "slab_take", "u8", check_variant);
    check_sizes(c);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct checks trial = { .isas = c->isas, .seed = c->seed, .quiet = true };
        sequence(&trial, wrong[i], 64, 8, 0);
        check_at(c, "slab_take/u8 wrong on purpose");
        check_that(c, trial.failed > 0, "number %zu is not caught", i);
    }
}
