/* SPDX-License-Identifier: Apache-2.0
 * Checks of the key-value cache and of kv_read/f32. */
#include <stdlib.h>
#include <string.h>

#include "tests/kern/check.h"

/* All widths up to more than twice the widest step (2 vectors of 16) are tried. */
enum { LAYERS = 3, CAPACITY = 5, WIDTH = 2 * 32 + 3, BIG = 4097 };

struct cache {
    struct kern_kv kv;
    struct guard k, v;
};

/* Any bits, NaNs that signal and negative zeros among them. */
static void fill_bits(float *x, size_t n, uint64_t *state)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bits = (uint32_t)rnd(state);
        if (i % 7 == 3)
            bits = 0x7f800001;
        memcpy(&x[i], &bits, sizeof bits);
    }
}

static struct cache cache_new(struct checks *c, size_t width, size_t filled, uint64_t *state)
{
    size_t floats = kern_kv_floats(LAYERS, CAPACITY, width);
    struct cache t = { .k = guard_new(floats * 4, 4), .v = guard_new(floats * 4, 60) };

    CHECK(c, kern_kv_init(&t.kv, (float *)(void *)t.k.data, (float *)(void *)t.v.data, LAYERS, CAPACITY, width) == 0);
    fill_bits(t.kv.k, floats, state);
    fill_bits(t.kv.v, floats, state);
    t.kv.filled = filled;
    return t;
}

static void cache_free(struct checks *c, struct cache *t)
{
    check_that(c, guard_ok(&t->k) && guard_ok(&t->v), "width=%zu: wrote outside the cache", t->kv.width);
    guard_free(&t->k);
    guard_free(&t->v);
}

static void read_one(struct checks *c, kern_kv_read_f32_fn *fn, const struct kern_kv *kv, size_t row, size_t offset)
{
    size_t bytes = kv->width * 4, layer = row / kv->filled, pos = row % kv->filled;
    struct guard k = guard_new(bytes, offset * 4), v = guard_new(bytes, (offset + 3) * 4);
    size_t start = (layer * CAPACITY + pos) * kv->width;

    fn((float *)(void *)k.data, (float *)(void *)v.data, kv, layer, pos);
    check_that(c, memcmp(k.data, kv->k + start, bytes) == 0 && memcmp(v.data, kv->v + start, bytes) == 0,
               "width=%zu layer=%zu pos=%zu offset=%zu: not what the cache holds", kv->width, layer, pos, offset);
    check_that(c, guard_ok(&k) && guard_ok(&v), "width=%zu offset=%zu: wrote outside k or v", kv->width, offset);
    guard_free(&k);
    guard_free(&v);
}

void check_kv_variant(struct checks *c, const struct kern_variant *v)
{
    static const size_t big[] = { 128, 384, 1000, BIG };
    uint64_t state = check_seed(c, "kv");
    size_t nbig = sizeof big / sizeof *big;

    for (size_t i = 1; i <= WIDTH + nbig; i++) {
        size_t width = i <= WIDTH ? i : big[i - WIDTH - 1];
        struct cache t = cache_new(c, width, 1 + width % CAPACITY, &state);
        size_t floats = kern_kv_floats(LAYERS, CAPACITY, width), rows = LAYERS * t.kv.filled;
        void *before = malloc(floats * 4);
        if (before)
            memcpy(before, t.kv.k, floats * 4);
        for (size_t row = 0; row < rows; row++)
            read_one(c, (kern_kv_read_f32_fn *)v->fn, &t.kv, row, row + width);
        check_that(c, before && memcmp(before, t.kv.k, floats * 4) == 0, "width=%zu: the cache changed", width);
        free(before);
        cache_free(c, &t);
    }
}

static void sizes(struct checks *c)
{
    struct kern_kv kv = { .width = 77 }, was = kv;
    float x[8];

    CHECK(c, kern_kv_floats(6, 256, 384) == (size_t)6 * 256 * 384);
    CHECK(c, kern_kv_floats(0, 1, 1) == 0 && kern_kv_floats(1, 0, 1) == 0 && kern_kv_floats(1, 1, 0) == 0);
    CHECK(c, kern_kv_floats(SIZE_MAX, 2, 1) == 0 && kern_kv_floats(1, SIZE_MAX / 2, 3) == 0);
    CHECK(c, kern_kv_floats(SIZE_MAX / 4 + 1, 1, 1) == 0 && kern_kv_floats(SIZE_MAX / 4, 1, 1) == SIZE_MAX / 4);
    CHECK(c, kern_kv_init(&kv, x, x, 1, 0, 1) == -1 && kern_kv_init(&kv, NULL, x, 1, 1, 1) == -1);
    CHECK(c, kern_kv_init(&kv, x, NULL, 1, 1, 1) == -1 && kern_kv_init(&kv, x, x, SIZE_MAX, SIZE_MAX, 1) == -1);
    CHECK(c, memcmp(&kv, &was, sizeof kv) == 0);
}

static void views(struct checks *c, const struct kern_kv *kv, const float *k, const float *v)
{
    for (size_t layer = 0; layer < LAYERS; layer++) {
        for (size_t pos = 0; pos < CAPACITY; pos++) {
            const float *key = kern_kv_key(kv, layer, pos), *value = kern_kv_value(kv, layer, pos);
            if (pos >= kv->filled) {
                check_that(c, !key && !value, "a view of position %zu of %zu", pos, kv->filled);
                continue;
            }
            size_t at = (pos * LAYERS + layer) * WIDTH;
            check_that(c, key && value && memcmp(key, k + at, WIDTH * 4) == 0 && memcmp(value, v + at, WIDTH * 4) == 0,
                       "layer %zu position %zu is not what was appended", layer, pos);
        }
    }
    CHECK(c, !kern_kv_key(kv, LAYERS, 0) && !kern_kv_value(kv, LAYERS, 0));
}

/* Fills a cache by append and by put and advance in turn, until it refuses. */
static void filling(struct checks *c)
{
    enum { STEP = LAYERS * WIDTH };
    uint64_t state = check_seed(c, "kv filling");
    struct cache t = cache_new(c, WIDTH, 0, &state);
    float k[STEP * CAPACITY], v[STEP * CAPACITY];

    fill_bits(k, STEP * CAPACITY, &state);
    fill_bits(v, STEP * CAPACITY, &state);
    for (size_t pos = 0; pos < CAPACITY; pos++) {
        const float *key = k + pos * STEP, *value = v + pos * STEP;
        if (pos % 2 == 0) {
            CHECK(c, kern_kv_append(&t.kv, key, value) == 0);
        } else {
            CHECK(c, kern_kv_put(&t.kv, LAYERS, key, value) == -1);
            for (size_t layer = LAYERS; layer-- > 0;)
                CHECK(c, kern_kv_put(&t.kv, layer, key + layer * WIDTH, value + layer * WIDTH) == 0);
            CHECK(c, t.kv.filled == pos && kern_kv_advance(&t.kv) == 0);
        }
        CHECK(c, t.kv.filled == pos + 1);
        views(c, &t.kv, k, v);
    }
    CHECK(c, kern_kv_append(&t.kv, v, k) == -1 && kern_kv_put(&t.kv, 0, v, k) == -1 && kern_kv_advance(&t.kv) == -1);
    CHECK(c, t.kv.filled == CAPACITY);
    views(c, &t.kv, k, v);
    cache_free(c, &t);
}

void check_kv(struct checks *c)
{
    check_variants(c, "kv_read", "f32", check_kv_variant);
    check_at(c, "kv");
    sizes(c);
    filling(c);
}
