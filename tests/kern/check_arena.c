/* SPDX-License-Identifier: Apache-2.0
 * Checks of the arena and of arena_alloc/u8. */
#include <string.h>

#include "tests/kern/check.h"

enum { SIZE = 10000 };

/* What an arena must answer: the offset of the allocation, or SIZE_MAX. Written for clearness: by trying addresses. */
static size_t expected(const struct kern_arena *a, size_t bytes, size_t align)
{
    bool power = align != 0;

    for (size_t half = align; power && half > 1; half /= 2)
        power = half % 2 == 0;
    for (size_t at = a->used; power && at <= a->size; at++)
        if ((uintptr_t)(a->base + at) % align == 0)
            return bytes <= a->size - at ? at : SIZE_MAX;
    return SIZE_MAX;
}

/* One allocation compared with what it must be; writes all of it. */
static bool one(struct checks *c, kern_arena_alloc_u8_fn *fn, struct kern_arena *a, size_t bytes, size_t align)
{
    struct kern_arena was = *a;
    size_t want = expected(a, bytes, align);
    unsigned char *p = fn(a, bytes, align);

    if (want == SIZE_MAX)
        return check_that(c, !p && memcmp(a, &was, sizeof was) == 0, "bytes=%zu align=%zu used=%zu: not refused", bytes,
                          align, was.used);
    if (!check_that(c, p == was.base + want && a->used == want + bytes && a->base == was.base && a->size == was.size,
                    "bytes=%zu align=%zu used=%zu: wrong place or wrong count", bytes, align, was.used))
        return false;
    memset(p, 0x11, bytes);
    return true;
}

/* Random sizes and alignments until the arena is full, several times over. */
static void sequences(struct checks *c, kern_arena_alloc_u8_fn *fn, size_t offset)
{
    uint64_t state = check_seed(c, "arena") + offset;
    struct guard g = guard_new(SIZE, offset);
    struct kern_arena a;
    size_t peak = 0;

    kern_arena_init(&a, g.data, SIZE);
    for (int i = 0; i < 300; i++) {
        size_t align = (size_t)1 << rnd_below(&state, 13), bytes = rnd_below(&state, 700);
        if (rnd_below(&state, 8) == 0)
            align = rnd_below(&state, 100);
        if (!one(c, fn, &a, bytes, align))
            break;
        peak = a.used > peak ? a.used : peak;
        if (kern_arena_peak(&a) != peak || rnd_below(&state, 40) == 0)
            kern_arena_reset(&a);
        check_that(c, kern_arena_peak(&a) == peak, "peak is %zu, not %zu", kern_arena_peak(&a), peak);
    }
    check_that(c, guard_ok(&g), "offset=%zu: wrote outside the arena", offset);
    guard_free(&g);
}

/* Sizes and alignments that wrap around, and the last byte. */
static void edges(struct checks *c, kern_arena_alloc_u8_fn *fn)
{
    static const size_t aligns[] = { 0, 1, 2, 3, 16, 24, 4096, SIZE_MAX / 2 + 1, SIZE_MAX };
    struct guard g = guard_new(SIZE, 1);
    struct kern_arena a;

    kern_arena_init(&a, g.data, SIZE);
    for (size_t i = 0; i < sizeof aligns / sizeof *aligns; i++) {
        for (size_t used = 0; used <= SIZE; used += used < 40 ? 1 : SIZE - 40) {
            const size_t sizes[] = { SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - used, SIZE_MAX - 4095, SIZE_MAX / 2 + 1 };
            a.used = used;
            for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
                one(c, fn, &a, sizes[k], aligns[i]);
        }
    }
    for (size_t bytes = SIZE - 20; bytes <= SIZE + 20; bytes++) {
        kern_arena_reset(&a);
        one(c, fn, &a, bytes, 16);
        one(c, fn, &a, 0, 1);
        one(c, fn, &a, 1, 1);
    }
    kern_arena_init(&a, NULL, 0);
    check_that(c, !fn(&a, 1, 1) && !fn(&a, SIZE_MAX, 16), "an empty arena gives memory");
    check_that(c, guard_ok(&g), "wrote outside the arena");
    guard_free(&g);
}

void check_arena_variant(struct checks *c, const struct kern_variant *v)
{
    kern_arena_alloc_u8_fn *fn = (kern_arena_alloc_u8_fn *)v->fn;

    for (size_t offset = 0; offset < 64; offset++)
        sequences(c, fn, offset);
    edges(c, fn);
}

void check_arena(struct checks *c)
{
    check_variants(c, "arena_alloc", "u8", check_arena_variant);
}
