/* SPDX-License-Identifier: Apache-2.0
 * Reads of the KV cache and arenas that are wrong on purpose; see bad.c. */
#include <math.h>

#include "tests/kern/bad.h"

/* --- kv_read ------------------------------------------------------------------------------------------------------*/

static kern_kv_read_f32_fn kv_next_position, kv_swapped, kv_writes_after, kv_quiets_nan, kv_layout_by_filled;

static void kv_next_position(float *k, float *v, const struct kern_kv *cache, size_t layer, size_t pos)
{
    kern_kv_read_f32_ref(k, v, cache, layer, pos + 1 < cache->filled ? pos + 1 : pos);
}

static void kv_swapped(float *k, float *v, const struct kern_kv *cache, size_t layer, size_t pos)
{
    kern_kv_read_f32_ref(v, k, cache, layer, pos);
}

static void kv_writes_after(float *k, float *v, const struct kern_kv *cache, size_t layer, size_t pos)
{
    kern_kv_read_f32_ref(k, v, cache, layer, pos);
    v[cache->width] = 0;
}

static void kv_quiets_nan(float *k, float *v, const struct kern_kv *cache, size_t layer, size_t pos)
{
    kern_kv_read_f32_ref(k, v, cache, layer, pos);
    for (size_t i = 0; i < cache->width; i++)
        k[i] = isnan(k[i]) ? NAN : k[i];
}

/* Takes a layer to be as long as it is filled, not as long as there is room. */
static void kv_layout_by_filled(float *k, float *v, const struct kern_kv *cache, size_t layer, size_t pos)
{
    struct kern_kv packed = *cache;

    packed.capacity = packed.filled;
    kern_kv_read_f32_ref(k, v, &packed, layer, pos);
}

/* --- arena_alloc --------------------------------------------------------------------------------------------------*/

static kern_arena_alloc_u8_fn arena_wraps, arena_aligns_offset, arena_spends_on_failure, arena_any_alignment,
    arena_one_too_many;

static void *arena_wraps(struct kern_arena *a, size_t bytes, size_t align)
{
    size_t at = align ? a->used + (size_t)(-((uintptr_t)a->base + a->used)) % align : 0;

    if (align == 0 || (align & (align - 1)) != 0 || at + bytes > a->size)
        return NULL;
    a->used = at + bytes;
    return a->base + at;
}

/* Aligns the offset in the arena instead of the address. */
static void *arena_aligns_offset(struct kern_arena *a, size_t bytes, size_t align)
{
    struct kern_arena from_zero = { .size = a->size, .used = a->used };
    unsigned char *p = kern_arena_alloc_u8_ref(&from_zero, bytes, align);

    if (from_zero.used == a->used && !p)
        return NULL;
    a->used = from_zero.used;
    return a->base + (a->used - bytes);
}

static void *arena_spends_on_failure(struct kern_arena *a, size_t bytes, size_t align)
{
    void *p = kern_arena_alloc_u8_ref(a, bytes, align);

    if (!p)
        a->used = a->size;
    return p;
}

static void *arena_any_alignment(struct kern_arena *a, size_t bytes, size_t align)
{
    return kern_arena_alloc_u8_ref(a, bytes, align == 24 ? 8 : align);
}

static void *arena_one_too_many(struct kern_arena *a, size_t bytes, size_t align)
{
    struct kern_arena larger = *a;

    larger.size++;
    void *p = kern_arena_alloc_u8_ref(&larger, bytes, align);
    a->used = larger.used;
    return p;
}

const struct bad_kernel bad_memory[] = {
    BAD(check_kv_variant, kv_next_position),
    BAD(check_kv_variant, kv_swapped),
    BAD(check_kv_variant, kv_writes_after),
    BAD(check_kv_variant, kv_quiets_nan),
    BAD(check_kv_variant, kv_layout_by_filled),
    BAD(check_arena_variant, arena_wraps),
    BAD(check_arena_variant, arena_aligns_offset),
    BAD(check_arena_variant, arena_spends_on_failure),
    BAD(check_arena_variant, arena_any_alignment),
    BAD(check_arena_variant, arena_one_too_many),
    BAD_END,
};

const struct bad_kernel right_memory[] = {
    BAD(check_kv_variant, kern_kv_read_f32_ref),
    BAD(check_arena_variant, kern_arena_alloc_u8_ref),
    BAD_END,
};
