/* SPDX-License-Identifier: Apache-2.0
 * Checks of dot/q8_0 and dot/q4_0. */
#include <math.h>
#include <string.h>

#include "tests/kern/check_quant.h"

/* Numbers of blocks 0..SMALL are all tried: twice the widest step (16 blocks) and all tails. */
enum { SMALL = 2 * 16 + 17, BIG = 3000 };

struct dot {
    const struct kern_variant *v;
    bool q4;
    size_t bytes; /* of a block of x */
    struct fence fx, fy;
    uint64_t state;
};

static double call(const struct dot *d, const void *x, const struct kern_q8_0 *y, size_t nblocks)
{
    return (double)(d->q4 ? ((kern_dot_q4_0_fn *)d->v->fn)(x, y, nblocks)
                          : ((kern_dot_q8_0_fn *)d->v->fn)(x, y, nblocks));
}

static double value(const struct dot *d, const void *x, size_t i)
{
    return d->q4 ? quant_q4_0(x, i) : quant_q8_0(x, i);
}

static void judge(struct checks *c, const struct dot *d, const void *x, const struct kern_q8_0 *y, size_t nblocks,
                  const char *what)
{
    double want = 0, size = 0;

    for (size_t i = 32 * nblocks; i-- > 0;) { /* backwards: another order than any kernel's */
        double product = value(d, x, i) * quant_q8_0(y, i);
        want += product;
        size += fabs(product);
    }
    double got = call(d, x, y, nblocks), most = (double)(nblocks + 8) * UNIT * size;
    check_that(c, fabs(got - want) <= most, "blocks=%zu %s: got %.9g, want %.9g within %.3g", nblocks, what, got, want,
               most);
}

static void fill(struct dot *d, void *x, size_t nblocks)
{
    if (d->q4)
        quant_fill_q4_0(x, nblocks, &d->state);
    else
        quant_fill_q8_0(x, nblocks, &d->state);
}

static void one_size(struct checks *c, struct dot *d, size_t n, size_t offset)
{
    unsigned char *x = (unsigned char *)fence_start(&d->fx, n * d->bytes + 64) + 2 * offset;
    struct kern_q8_0 *y = fence_end(&d->fy, n * sizeof *y);

    if (offset == 0)
        x = fence_end(&d->fx, n * d->bytes);
    fill(d, x, n);
    quant_fill_q8_0(y, n, &d->state);
    judge(c, d, x, y, n, "random");
    memset(y, 127, n * sizeof *y); /* the largest sums: no partial sum may run over */
    for (size_t i = 0; i < n; i++)
        y[i].d = 0x3c00;
    for (int turn = 0; turn < 2; turn++) {
        memset(x, d->q4 ? turn * 0xff : turn ? 127 : -127, n * d->bytes);
        for (size_t i = 0; i < n; i++) {
            unsigned char half[] = { 0, 0x3c };
            memcpy(x + i * d->bytes, half, 2);
        }
        judge(c, d, x, y, n, "largest");
    }
}

/* Every product counts once: a single 1 in y picks its partner. */
static void one_hot(struct checks *c, struct dot *d, size_t n)
{
    void *x = fence_end(&d->fx, n * d->bytes);
    struct kern_q8_0 *y = fence_start(&d->fy, n * sizeof *y);
    size_t wrong = 0;

    fill(d, x, n);
    memset(y, 0, n * sizeof *y);
    for (size_t i = 0; i < 32 * n; i++) {
        y[i / 32].d = 0x3c00;
        y[i / 32].qs[i % 32] = 1;
        wrong += call(d, x, y, n) != value(d, x, i);
        y[i / 32].qs[i % 32] = 0;
    }
    check_that(c, wrong == 0, "blocks=%zu: %zu single products are not the answer", n, wrong);
}

/* A NaN scale on either side, in any block, is in the answer; an infinite one leaves nothing finite. */
static void special(struct checks *c, struct dot *d, size_t n)
{
    unsigned char *x = fence_end(&d->fx, n * d->bytes);
    struct kern_q8_0 *y = fence_end(&d->fy, n * sizeof *y);
    static const uint16_t nan = 0x7e00, infinite = 0x7c00;
    size_t wrong = 0;

    for (size_t b = 0; b < n; b++) {
        fill(d, x, n);
        quant_fill_q8_0(y, n, &d->state);
        memcpy(x + b * d->bytes, &nan, 2);
        wrong += isnan(call(d, x, y, n)) == 0;
        memcpy(x + b * d->bytes, &infinite, 2);
        wrong += isfinite(call(d, x, y, n)) != 0;
        memset(x + b * d->bytes, 0, 2);
        y[b].d = nan;
        wrong += isnan(call(d, x, y, n)) == 0;
    }
    check_that(c, wrong == 0, "blocks=%zu: NaN or infinity is ignored in %zu places", n, wrong);
}

static void all_claims(struct checks *c, const struct kern_variant *v, bool q4)
{
    struct dot d = { .v = v,
                     .q4 = q4,
                     .bytes = q4 ? sizeof(struct kern_q4_0) : sizeof(struct kern_q8_0),
                     .fx = fence_new(BIG * sizeof(struct kern_q8_0) + 64),
                     .fy = fence_new(BIG * sizeof(struct kern_q8_0)),
                     .state = check_seed(c, "dot_quant") };

    for (size_t n = 0; n <= SMALL; n++)
        for (size_t offset = 0; offset < 4; offset++)
            one_size(c, &d, n, offset);
    for (size_t offset = 0; offset < 32; offset++)
        one_size(c, &d, 19, offset);
    one_size(c, &d, BIG, 0);
    for (size_t i = 0; i < 30; i++)
        one_size(c, &d, rnd_below(&d.state, 300), i);
    for (size_t n = 1; n <= SMALL; n += 1 + n / 4) {
        one_hot(c, &d, n);
        special(c, &d, n);
    }
    check_that(c, call(&d, NULL, NULL, 0) == 0, "nothing does not add up to 0");
    fence_free(&d.fx);
    fence_free(&d.fy);
}

void check_dot_q8_0(struct checks *c, const struct kern_variant *v)
{
    all_claims(c, v, false);
}

void check_dot_q4_0(struct checks *c, const struct kern_variant *v)
{
    all_claims(c, v, true);
}

void check_dot_quant(struct checks *c)
{
    check_variants(c, "dot", "q8_0", check_dot_q8_0);
    check_variants(c, "dot", "q4_0", check_dot_q4_0);
}
