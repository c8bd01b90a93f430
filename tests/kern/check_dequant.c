/* SPDX-License-Identifier: Apache-2.0
 * Checks of dequant/q4_0: every answer exact. */
#include <math.h>
#include <string.h>

#include "tests/kern/check.h"

/* Numbers of blocks 0..SMALL are all tried: more than twice any batching. */
enum { SMALL = 2 * 16 + 3, BIG = 1000 };

struct dequant {
    kern_dequant_q4_0_fn *fn;
    struct fence fx;
    uint64_t state;
};

/* A half by its definition in IEEE 754, without the library. */
static float half_value(uint16_t h)
{
    int exponent = h >> 10 & 31, mantissa = h & 1023;
    float size = exponent == 0    ? ldexpf((float)mantissa, -24)
                 : exponent == 31 ? (mantissa ? NAN : INFINITY)
                                  : ldexpf((float)(1024 + mantissa), exponent - 25);
    return h >> 15 ? -size : size;
}

/* How many of the weights at y differ from those of the blocks at x. */
static size_t count_wrong(const float *y, const struct kern_q4_0 *x, size_t nblocks)
{
    size_t wrong = 0;

    for (size_t i = 0; i < 32 * nblocks; i++) {
        const struct kern_q4_0 *b = &x[i / 32];
        int byte = b->qs[i % 16], nibble = i % 32 < 16 ? byte % 16 : byte / 16;
        wrong += !same_float(y[i], half_value(b->d) * (float)(nibble - 8));
    }
    return wrong;
}

static void fill(struct kern_q4_0 *x, size_t nblocks, uint64_t *state)
{
    for (size_t i = 0; i < nblocks; i++) {
        do
            x[i].d = (uint16_t)rnd(state);
        while ((x[i].d >> 10 & 31) == 31);
        for (size_t j = 0; j < sizeof x[i].qs; j++)
            x[i].qs[j] = (uint8_t)rnd(state);
    }
}

static void one(struct checks *c, struct dequant *q, size_t nblocks, size_t offset)
{
    struct kern_q4_0 *x =
        offset % 2 ? fence_start(&q->fx, nblocks * sizeof *x) : fence_end(&q->fx, nblocks * sizeof *x);
    struct guard out = guard_new(nblocks * 32 * 4, offset * 4);
    float *y = (float *)(void *)out.data;

    fill(x, nblocks, &q->state);
    q->fn(y, x, nblocks);
    size_t wrong = count_wrong(y, x, nblocks);
    check_that(c, wrong == 0, "blocks=%zu offset=%zu: %zu weights are wrong", nblocks, offset, wrong);
    check_that(c, guard_ok(&out), "blocks=%zu offset=%zu: wrote outside y", nblocks, offset);
    guard_free(&out);
}

/* Every one of the 65536 scales with every nibble, 256 blocks at a time. */
static void every_scale(struct checks *c, struct dequant *q)
{
    struct kern_q4_0 *x = fence_end(&q->fx, 256 * sizeof *x);
    float room[256 * 32 + 2], *y = room + 1;

    for (unsigned high = 0; high < 256; high++) {
        for (unsigned low = 0; low < 256; low++) {
            x[low].d = (uint16_t)(high << 8 | low);
            for (unsigned j = 0; j < 16; j++)
                x[low].qs[j] = (uint8_t)(j << 4 | ((j * 7 + low) & 15));
        }
        q->fn(y, x, 256);
        size_t wrong = count_wrong(y, x, 256);
        check_that(c, wrong == 0, "scales %#x00 to %#xff: %zu weights are wrong", high, high, wrong);
    }
}

/* Every byte in every place. */
static void every_byte(struct checks *c, struct dequant *q)
{
    struct kern_q4_0 *x = fence_end(&q->fx, 256 * sizeof *x);
    float room[256 * 32 + 2], *y = room + 1;

    for (unsigned at = 0; at < 16; at++) {
        fill(x, 256, &q->state);
        for (unsigned byte = 0; byte < 256; byte++)
            x[byte].qs[at] = (uint8_t)byte;
        q->fn(y, x, 256);
        size_t wrong = count_wrong(y, x, 256);
        check_that(c, wrong == 0, "byte %u: %zu weights are wrong", at, wrong);
    }
}

void check_dequant_variant(struct checks *c, const struct kern_variant *v)
{
    struct dequant q = { .fn = (kern_dequant_q4_0_fn *)v->fn,
                         .fx = fence_new(BIG * sizeof(struct kern_q4_0)),
                         .state = check_seed(c, "dequant") };

    for (size_t n = 0; n <= SMALL; n++)
        for (size_t offset = 0; offset < 16; offset++)
            one(c, &q, n, offset);
    one(c, &q, BIG, 0);
    for (size_t i = 0; i < 20; i++)
        one(c, &q, rnd_below(&q.state, BIG), i);
    every_scale(c, &q);
    every_byte(c, &q);
    fence_free(&q.fx);
}

void check_dequant(struct checks *c)
{
    check_that(c, sizeof(struct kern_q4_0) == 18 && offsetof(struct kern_q4_0, qs) == 2, "a block is not 18 bytes");
    check_variants(c, "dequant", "q4_0", check_dequant_variant);
}
