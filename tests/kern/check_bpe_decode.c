/* SPDX-License-Identifier: Apache-2.0
 * Decoding kernels against strings put together here: all room from none to plenty, unknown ids, random ids of tokens of
 * 1 to 1024 bytes, and kernels that are wrong on purpose. */
#include <stdlib.h>
#include <string.h>

#include "tests/kern/check_bpe.h"

enum { IDS = 60, ROOM = IDS * KERN_BPE_MAX_TOKEN };

/* Tokens of a's of 2, 4, ... 1024 bytes, of "ab" and of 17 bytes. */
static struct kern_bpe *vocabulary(void)
{
    static char merges[1 << 13];
    size_t n = 0;
    for (size_t len = 1; len < KERN_BPE_MAX_TOKEN; len *= 2) {
        memset(merges + n, 'a', 2 * len + 1);
        merges[n + len] = ' ';
        merges[n + 2 * len + 1] = '\n';
        n += 2 * len + 2;
    }
    strcpy(merges + n, "a b\naaaaaaaaaaaaaaaa b\n");
    return check_bpe_vocabulary(merges);
}

static void claim(struct checks *c, const struct kern_bpe *b, kern_bpe_decode_utf8_fn *fn, const uint32_t *ids,
                  size_t n, const unsigned char *want, size_t len, size_t cap)
{
    struct guard g = guard_new(cap, 3);
    size_t got = fn(b, cap ? g.data : NULL, cap, ids, n), same = len < cap ? len : cap;
    check_that(c, got == len, "room for %zu: %zu bytes, want %zu", cap, got, len);
    check_that(c, memcmp(g.data, want, same) == 0, "room for %zu: other bytes", cap);
    check_that(c, guard_ok(&g), "room for %zu: wrote outside it", cap);
    guard_free(&g);
}

static void decode(struct checks *c, const struct kern_bpe *b, kern_bpe_decode_utf8_fn *fn)
{
    static unsigned char want[ROOM];
    uint64_t state = check_seed(c, "bpe decode");
    for (int round = 0; round < 200; round++) {
        uint32_t ids[IDS];
        size_t n = rnd_below(&state, IDS), len = 0, one, tokens = kern_bpe_tokens(b);
        for (size_t i = 0; i < n; i++) {
            ids[i] = (uint32_t)(rnd(&state) & 1 ? rnd_below(&state, tokens) : tokens - 1 - rnd_below(&state, 12));
            const unsigned char *token = kern_bpe_token(b, ids[i], &one);
            memcpy(want + len, token, one);
            len += one;
        }
        for (size_t cap = len > 40 ? len - 40 : 0; cap < len + 20; cap++)
            claim(c, b, fn, ids, n, want, len, cap);
        for (size_t cap = 0; cap < 40; cap++)
            claim(c, b, fn, ids, n, want, len, cap);
        if (n == 0)
            continue;
        ids[rnd_below(&state, n)] = (uint32_t)(tokens + (round % 3 ? 0 : UINT32_MAX - tokens));
        check_that(c, fn(b, want, ROOM, ids, n) == KERN_BPE_NONE, "an id beyond the last is decoded");
        check_that(c, fn(b, NULL, 0, ids, n) == KERN_BPE_NONE, "an id beyond the last is counted");
    }
    check_that(c, fn(b, NULL, 0, NULL, 0) == 0, "no ids give bytes");
}

static void check_variant(struct checks *c, const struct kern_variant *v)
{
    struct kern_bpe *b = vocabulary();
    check_at(c, "bpe_decode/utf8/%s", v->isa);
    decode(c, b, (kern_bpe_decode_utf8_fn *)v->fn);
    kern_bpe_free(&b);
}

static size_t always_16(const struct kern_bpe *b, unsigned char *out, size_t cap, const uint32_t *ids, size_t n)
{
    size_t len = kern_bpe_decode(b, out, cap, ids, n);
    if (cap && len != KERN_BPE_NONE)
        memset(out + (len < cap ? len : cap), 0, 16);
    return len;
}

static size_t stops_at_unknown(const struct kern_bpe *b, unsigned char *out, size_t cap, const uint32_t *ids, size_t n)
{
    while (n && kern_bpe_decode(b, NULL, 0, ids, n) == KERN_BPE_NONE)
        n--;
    return kern_bpe_decode(b, out, cap, ids, n);
}

static size_t cuts_at_16(const struct kern_bpe *b, unsigned char *out, size_t cap, const uint32_t *ids, size_t n)
{
    size_t at = 0, len;
    for (size_t i = 0; i < n; i++, at += len) {
        const unsigned char *bytes = kern_bpe_token(b, ids[i], &len);
        if (!bytes)
            return KERN_BPE_NONE;
        for (size_t k = 0; k < len && k < 16 && at + k < cap; k++)
            out[at + k] = bytes[k];
    }
    return at;
}

void check_bpe_decode(struct checks *c)
{
    static kern_bpe_decode_utf8_fn *const wrong[] = { always_16, stops_at_unknown, cuts_at_16 };
    struct kern_bpe *b = vocabulary();
    CHECK(c, check_variants(c, "bpe_decode", "utf8", check_variant) >= 2 || c->some_only);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct checks trial = { .isas = c->isas, .seed = c->seed, .quiet = true };
        decode(&trial, b, wrong[i]);
        check_at(c, "bpe_decode/utf8 wrong on purpose");
        check_that(c, trial.failed > 0, "number %zu is not caught", i);
    }
    kern_bpe_free(&b);
}
