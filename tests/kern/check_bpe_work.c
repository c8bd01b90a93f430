/* SPDX-License-Identifier: Apache-2.0
 * How much work merging one long piece is: the encoder's own body with its steps counted. Time is not asked. */
#include <stdlib.h>
#include <string.h>

#include "tests/kern/check_bpe.h"

#include "libkern/bpe_data.h"

static unsigned long steps;
#define BPE_STEP()      (steps++)
#define KERN_BPE_ENCODE encode_counted

struct isa_window {
    char unused;
};

static size_t isa_run(const struct isa_window *w, const unsigned char *p, const unsigned char *end,
                      enum bpe_class class)
{
    const unsigned char *first = p;
    (void)w;
    while (p < end && *p < 0x80 && kern_bpe_ascii[*p] == class)
        p++;
    return (size_t)(p - first);
}

static uint32_t isa_least(const uint32_t *key, unsigned n)
{
    uint32_t least = BPE_NO;
    for (unsigned i = 0; i < n; i++)
        least = key[i] < least ? key[i] : least;
    return least;
}

static kern_bpe_encode_utf8_fn encode_counted;
#include "libkern/bpe_body.h"

/* Steps for the first n bytes of text, which are one piece. */
static double count(struct checks *c, const struct kern_bpe *b, const unsigned char *text, size_t n)
{
    struct kern_bpe_work work = { .bytes = kern_bpe_work_bytes(n) };
    uint32_t *ids = malloc(n * sizeof *ids);
    work.memory = malloc(work.bytes);
    if (!ids || !work.memory)
        exit(1);
    steps = 0;
    size_t got = encode_counted(b, ids, n, text, n, &work);
    check_that(c, got > 0 && got <= n, "%zu ids of %zu bytes", got, n);
    free(ids);
    free(work.memory);
    return (double)steps;
}

/* Twice the length may cost 2 (k + 1) / k times as much where n log n does, n = 2^k; quadratic work would cost 4 times
 * as much, and more than 200,000 times what is allowed in all. */
static void check_growth(struct checks *c, const struct kern_bpe *b, const unsigned char *text, const char *what)
{
    double before = count(c, b, text, (size_t)1 << 15);
    for (unsigned k = 16; k <= 20; k++) {
        double now = count(c, b, text, (size_t)1 << k), n = (double)((size_t)1 << k);
        check_at(c, "bpe work on 2^%u bytes of %s", k, what);
        check_that(c, now <= 3 * n * k, "%.0f steps, more than 3 n log n = %.0f", now, 3 * n * k);
        check_that(c, now / before < 2.4, "%.2f times the steps of half as many", now / before);
        before = now;
    }
}

void check_bpe_work(struct checks *c)
{
    enum { MEGA = 1 << 20 };
    static const char *const merges = "a a\naa aa\naaaa aaaa\nb a\na b\nab ab\nb b\nba aa\nbb ab\n";
    struct kern_bpe *b = check_bpe_vocabulary(merges);
    uint64_t state = check_seed(c, "bpe work");
    unsigned char *text = malloc(MEGA);
    if (!text)
        exit(1);
    memset(text, 'a', MEGA);
    check_growth(c, b, text, "one letter");
    for (size_t i = 0; i < MEGA; i++)
        text[i] = rnd(&state) & 1 ? 'a' : 'b';
    check_growth(c, b, text, "two letters");
    free(text);
    kern_bpe_free(&b);
}
