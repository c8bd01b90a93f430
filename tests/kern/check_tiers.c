/* SPDX-License-Identifier: Apache-2.0
 * Checks of kv_migrate/q4_0, and of the cache in two tiers that is made with it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kern/check.h"

enum { BLOCK = KERN_Q4_0_BLOCK, BLOCKS = 40 };

/* One block by the words of the contract, in double where that is not the contract. */
static struct kern_q4_0 wanted(const uint16_t *x)
{
    struct kern_q4_0 b = { 0 };
    float most = 0;

    for (int i = 0; i < BLOCK; i++) {
        float f = kern_f16_to_f32(x[i]);
        if (fabsf(f) > fabsf(most) || (fabsf(f) == fabsf(most) && f > most))
            most = f;
    }
    float d = most != 0 ? most / -8 : 0, by = d != 0 ? 1 / d : 0;
    b.d = kern_f32_to_f16(d);
    for (int i = 0; i < BLOCK; i++) {
        int q = (int)nearbyint((double)(kern_f16_to_f32(x[i]) * by)) + 8;
        q = q > 15 ? 15 : q;
        b.qs[i % 16] = (uint8_t)(b.qs[i % 16] | (i < 16 ? q : q << 4));
    }
    return b;
}

static bool same_block(const struct kern_q4_0 *a, const struct kern_q4_0 *b)
{
    return a->d == b->d && memcmp(a->qs, b->qs, sizeof a->qs) == 0;
}

/* Finite halves: any bits, or of one magnitude, or zeros of both signs, or with steps that end in a half. */
static void fill(uint16_t *x, size_t n, size_t kind, uint64_t *state)
{
    for (size_t i = 0; i < n; i++) {
        uint16_t bits = (uint16_t)rnd(state);
        if ((bits & 0x7c00) == 0x7c00)
            bits &= 0xbfff;
        if (kind == 1)
            bits = (uint16_t)((bits & 0x8000) | 0x3c00);
        if (kind == 2)
            bits &= 0x8000;
        if (kind == 3)
            bits = kern_f32_to_f16((float)((int)rnd_below(state, 33) - 16) * 0.5f);
        if (kind == 4)
            bits = kern_f32_to_f16(rnd_float(state));
        if (kind == 5)
            bits &= 0x83ff; /* subnormal */
        x[i] = bits;
    }
}

void check_migrate_variant(struct checks *c, const struct kern_variant *v)
{
    kern_kv_migrate_q4_0_fn *fn = (kern_kv_migrate_q4_0_fn *)v->fn;
    uint64_t state = check_seed(c, "migrate");
    struct fence from = fence_new(BLOCKS * BLOCK * 2);

    for (size_t n = 0; n <= BLOCKS; n++) {
        for (size_t kind = 0; kind < 6; kind++) {
            uint16_t *x = fence_end(&from, n * BLOCK * 2);
            struct guard to = guard_new(n * sizeof(struct kern_q4_0), 2 * (n % 32));
            struct kern_q4_0 *got = (struct kern_q4_0 *)(void *)to.data;
            float y[BLOCK];
            size_t wrong = 0, far = 0;
            fill(x, n * BLOCK, kind, &state);
            fn(got, x, n);
            for (size_t b = 0; b < n; b++) {
                struct kern_q4_0 want = wanted(x + b * BLOCK);
                wrong += !same_block(&got[b], &want);
                kern_dequant_q4_0_ref(y, &got[b], 1);
                for (size_t i = 0; i < BLOCK; i++) {
                    float f = kern_f16_to_f32(x[b * BLOCK + i]), d = kern_f16_to_f32(got[b].d);
                    far += fabsf(y[i] - f) > fabsf(d) + fabsf(f) * 0x1p-10f + 0x1p-21f;
                }
            }
            check_that(c, wrong == 0 && far == 0, "%zu blocks of kind %zu: %zu are wrong, %zu values too far off", n,
                       kind, wrong, far);
            check_that(c, guard_ok(&to), "%zu blocks: wrote outside them", n);
            guard_free(&to);
        }
    }
    fence_free(&from);
}

/* Whether every position reads back: those in the tail to half precision, those in the store to a step. */
static void read_back(struct checks *c, const struct kern_kv_tiers *t, const float *all)
{
    float y[128];
    size_t wrong = 0, total = t->stored + t->kept;

    for (size_t pos = 0; pos < total; pos++)
        for (size_t head = 0; head < t->heads; head++) {
            const float *x = all + (pos * t->heads + head) * t->dim;
            double most = pos < t->stored ? 1.0 / 8 + 0x1p-9 : 0x1p-11;
            wrong += kern_kv_tiers_load(y, t, head, pos) != 0;
            for (size_t i = 0; i < t->dim; i++)
                wrong += !(fabs((double)y[i] - (double)x[i]) <= most);
        }
    check_that(c, wrong == 0, "%zu stored, %zu kept: %zu elements are not what was appended", t->stored, t->kept,
               wrong);
    CHECK(c, kern_kv_tiers_load(y, t, 0, total) == -1 && kern_kv_tiers_load(y, t, t->heads, 0) == -1);
}

static void tiers(struct checks *c, size_t tail_room, size_t store_room, size_t batch)
{
    enum { HEADS = 3, DIM = 64 };
    uint64_t state = check_seed(c, "tiers");
    size_t most = tail_room + store_room, n = HEADS * DIM;
    struct kern_kv_tiers t = {
        .heads = HEADS, .dim = DIM, .tail_room = tail_room, .store_room = store_room, .batch = batch
    };
    struct guard tail = guard_new(HEADS * tail_room * DIM * 2, 2);
    struct guard store = guard_new(kern_kv_tiers_blocks(&t) * sizeof(struct kern_q4_0), 6);
    float *all = malloc((most + 1) * n * 4);

    t.tail = (uint16_t *)(void *)tail.data;
    t.store = (struct kern_q4_0 *)(void *)store.data;
    for (size_t i = 0; i < (most + 1) * n; i++)
        all[i] = rnd_float(&state);
    for (size_t pos = 0; pos < most; pos++) {
        check_that(c, kern_kv_tiers_append(&t, all + pos * n) == 0, "position %zu of %zu is refused", pos, most);
        CHECK(c, t.stored + t.kept == pos + 1 && t.kept <= tail_room && t.stored <= store_room);
        read_back(c, &t, all);
    }
    struct kern_kv_tiers before = t;
    CHECK(c, kern_kv_tiers_append(&t, all) == -1 && kern_kv_tiers_migrate(&t, 1) == -1);
    CHECK(c, memcmp(&before, &t, sizeof t) == 0);
    read_back(c, &t, all);
    check_that(c, guard_ok(&tail) && guard_ok(&store), "wrote outside the tiers");
    guard_free(&tail);
    guard_free(&store);
    free(all);
}

void check_tiers(struct checks *c)
{
    check_variants(c, "kv_migrate", "q4_0", check_migrate_variant);
    check_at(c, "tiers");
    tiers(c, 8, 24, 4);
    tiers(c, 5, 13, 3);
    tiers(c, 1, 4, 1);
    tiers(c, 4, 9, 100);
    tiers(c, 6, 0, 2);
}
