/* SPDX-License-Identifier: Apache-2.0
 * Binding of arena_alloc/u8: one iteration is one allocation from an empty arena and giving it back. */
#include "suites/binding_util.h"

#include <kern/kern.h>

#include <string.h>

enum { ROOM = 64 /* allocations */, GUARD = 64 /* bytes behind the arena that must stay untouched */ };

struct state {
    struct bu_state head;
    struct kern_arena arena;
    unsigned char *memory;
    size_t bytes, align;
};

static const struct km_param_spec params[] = {
    { .name = "bytes", .min = 1, .max = 1 << 24, .what = "bytes of one allocation" },
    { .name = "align", .min = 1, .max = 4096, .what = "alignment in bytes, a power of two" },
    { .name = NULL },
};

static const char *const *variants(void)
{
    return bu_variants("arena_alloc", "u8");
}

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    bu_free(s->memory);
    bu_free(s);
}

static enum km_answer setup(struct km_case *c)
{
    size_t bytes = (size_t)bu_number(c, "bytes"), align = (size_t)bu_number(c, "align");
    if (align & (align - 1))
        return bu_cannot(c, "align:%zu is no power of two", align);
    struct state *s = bu_begin(c, sizeof *s, "arena_alloc", "u8");
    if (!s)
        return KM_CANNOT;
    s->bytes = bytes;
    s->align = align;
    size_t size = ROOM * (bytes + align);
    s->memory = bu_alloc(size + GUARD, 1);
    if (s->memory)
        kern_arena_init(&s->arena, s->memory, size);
    return bu_ready(c, s->memory != NULL, teardown);
}

static void run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    kern_arena_alloc_u8_fn *alloc = (kern_arena_alloc_u8_fn *)s->head.fn;
    for (; iterations; iterations--) {
        void *p = alloc(&s->arena, s->bytes, s->align);
        km_do_not_optimize(p);
        kern_arena_reset(&s->arena);
        km_do_not_optimize(&s->arena);
    }
}

/* Fills the arena; each allocation gets its own byte pattern. Returns how many there were, or 0 with
 * the message filled. */
static size_t fill(struct km_case *c, unsigned char **blocks, size_t most)
{
    struct state *s = c->state;
    kern_arena_alloc_u8_fn *alloc = (kern_arena_alloc_u8_fn *)s->head.fn;
    for (size_t n = 0; n < most; n++) {
        unsigned char *p = blocks[n] = alloc(&s->arena, s->bytes, s->align);
        if (!p && n == 0)
            bu_wrong(c, "an empty arena of %zu bytes has no room for %zu", s->arena.size, s->bytes);
        if (!p)
            return n;
        size_t at = (size_t)((uintptr_t)p - (uintptr_t)s->memory);
        if ((uintptr_t)p % s->align || at > s->arena.size - s->bytes) {
            bu_wrong(c, "allocation %zu at offset %zu is misaligned or outside the arena", n, at);
            return 0;
        }
        memset(p, (int)(n + 1), s->bytes);
    }
    bu_wrong(c, "%zu allocations of %zu bytes from an arena of %zu", most, s->bytes, s->arena.size);
    return 0;
}

static enum km_answer check_blocks(struct km_case *c, unsigned char *const *blocks, size_t n)
{
    const struct state *s = c->state;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < s->bytes; k++)
            if (blocks[i][k] != (unsigned char)(i + 1))
                return bu_wrong(c, "allocation %zu overlaps another one at byte %zu", i, k);
    for (size_t i = 0; i < GUARD; i++)
        if (s->memory[s->arena.size + i] != 0xa5)
            return bu_wrong(c, "written beyond the end of the arena");
    return KM_RIGHT;
}

/* Exact: alignment, bounds, no overlap, the promised room, and the same place again after a reset. */
static enum km_answer verify(struct km_case *c)
{
    enum { MOST = 2 * ROOM * 4096 }; /* no arena of ours holds more: bytes >= 1, align <= 4096 */
    struct state *s = c->state;
    size_t most = s->arena.size / s->bytes + 1;
    unsigned char **blocks = bu_alloc(most * sizeof *blocks, 0);
    if (!blocks || most > MOST) {
        bu_free(blocks);
        return bu_cannot(c, "not enough memory");
    }
    memset(s->memory + s->arena.size, 0xa5, GUARD);
    kern_arena_reset(&s->arena);
    size_t n = fill(c, blocks, most);
    enum km_answer answer = n ? check_blocks(c, blocks, n) : KM_WRONG;
    if (answer == KM_RIGHT && n < ROOM)
        answer = bu_wrong(c, "room for %zu allocations where %d were promised", n, ROOM);
    kern_arena_reset(&s->arena);
    kern_arena_alloc_u8_fn *alloc = (kern_arena_alloc_u8_fn *)s->head.fn;
    if (answer == KM_RIGHT && alloc(&s->arena, s->bytes, s->align) != blocks[0])
        answer = bu_wrong(c, "after a reset the first allocation is at another place");
    kern_arena_reset(&s->arena);
    bu_free(blocks);
    return answer;
}

static struct km_cost cost(const struct km_case *c)
{
    (void)c;
    return (struct km_cost){ .items = 1, .item = "allocation" };
}

const struct km_op km_op_arena_alloc_u8 = {
    "arena_alloc", "u8", 1, params, variants, setup, verify, run, cost, teardown
};
