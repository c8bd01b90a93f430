/* SPDX-License-Identifier: Apache-2.0
 * The fast encoder, written once. Each variant's bpe_encode.c defines KERN_BPE_ENCODE, the name of its function, and
 * three primitives, and then includes this file:
 *
 *     struct isa_window                                      what the primitive below remembers of the text; starts zero
 *     size_t isa_run(w, p, end, class)                       how many ASCII characters of one class follow from p on
 *     uint32_t isa_least(const uint32_t *key, unsigned n)    the least of n numbers, 1 to 64, aligned to 64; behind them
 *                                                            the greatest, up to a multiple of 16
 *
 * and may define BPE_FEW and merge_few(), a merge_short() for pieces of up to so many bytes.
 *
 * Most pieces are tokens already and take one look-up in the table of whole tokens. It holds only tokens that merging
 * their own bytes would give, so the answer is the same. Other pieces are merged with the rank of each pair kept beside
 * it: short ones by the least of an array, long ones by a heap. */
#include <stdbool.h>
#include <string.h>

#include <kern/kern.h>

#include "libkern/bpe_data.h"

#ifndef BPE_STEP
#define BPE_STEP() ((void)0) /* once per turn of the loops over a long piece: the kernel checker counts them */
#endif

struct scan {
    const struct kern_bpe *b;
    const unsigned char *end;
    struct isa_window window;
};

/* --- pieces ------------------------------------------------------------------------------------------------------ */

static enum bpe_class wide_class(const struct scan *s, const unsigned char *p, unsigned *len)
{
    uint32_t code = bpe_code_point(p, s->end, len);
    if (code == BPE_NO)
        return BPE_OTHER;
    return s->b->cells[s->b->page[code >> 8]][(code & 255) >> 2] >> (code & 3) * 2 & 3;
}

static inline enum bpe_class class_at(const struct scan *s, const unsigned char *p, unsigned *len)
{
    *len = 1;
    return *p < 0x80 ? kern_bpe_ascii[*p] : wide_class(s, p, len);
}

/* The end of the run of a class from p on, which may be p. */
static inline const unsigned char *run(struct scan *s, const unsigned char *p, enum bpe_class class)
{
    for (;;) {
        unsigned len;
        p += isa_run(&s->window, p, s->end, class);
        if (p == s->end || *p < 0x80)
            return p;
        if (wide_class(s, p, &len) != class)
            return p;
        p += len;
    }
}

/* The end of a piece of white space: \s+(?!\S) gives the last character back unless the text ends there, and where
 * that would leave nothing \s+ takes it. len is the length of the first character. */
static const unsigned char *space_end(struct scan *s, const unsigned char *p, unsigned len)
{
    const unsigned char *stop = run(s, p + len, BPE_SPACE), *last = stop - 1;
    while ((*last & 0xC0) == 0x80)
        last--;
    return stop == s->end || last == p ? stop : last;
}

/* The end of the first piece by GPT-2's expression. */
static inline const unsigned char *piece_gpt2(struct scan *s, const unsigned char *p)
{
    unsigned len;
    if (*p == '\'') {
        size_t n = kern_bpe_contraction(p, s->end);
        if (n)
            return p + n;
    }
    const unsigned char *q = p + (*p == ' ' && s->end - p > 1);
    enum bpe_class class = class_at(s, q, &len);
    if (class != BPE_SPACE)
        return run(s, q + len, class);
    return space_end(s, p, q == p ? len : 1);
}

static inline bool breaks_line(unsigned char c)
{
    return c == '\r' || c == '\n';
}

/* \s*[\r\n]+|\s+(?!\S)|\s+ */
static const unsigned char *space_or_lines(struct scan *s, const unsigned char *p, unsigned len)
{
    const unsigned char *q = run(s, p + len, BPE_SPACE);
    while (q > p && !breaks_line(q[-1]))
        q--;
    return q > p ? q : space_end(s, p, len);
}

static const unsigned char *digits_end(const struct scan *s, const unsigned char *p)
{
    unsigned len;
    for (unsigned left = (unsigned)s->b->split; left && p < s->end && class_at(s, p, &len) == BPE_NUMBER; left--)
        p += len;
    return p;
}

/* The end of the first piece by Llama 3's expression, whose alternatives are told apart by the first character and the
 * class of the second. */
static inline const unsigned char *piece_modern(struct scan *s, const unsigned char *p)
{
    unsigned len, next_len;
    if (*p == '\'') {
        size_t n = kern_bpe_contraction_any_case(p, s->end);
        if (n)
            return p + n;
    }
    enum bpe_class class = class_at(s, p, &len), next = BPE_NUMBER;
    const unsigned char *q = p + len;
    if (class == BPE_LETTER)
        return run(s, q, BPE_LETTER);
    if (class == BPE_NUMBER)
        return digits_end(s, p);
    if (q < s->end)
        next = class_at(s, q, &next_len);
    if (next == BPE_LETTER && !breaks_line(*p))
        return run(s, q + next_len, BPE_LETTER);
    if (class == BPE_SPACE && (*p != ' ' || next != BPE_OTHER))
        return space_or_lines(s, p, len);
    q = run(s, q, BPE_OTHER);
    while (q < s->end && breaks_line(*q))
        q++;
    return q;
}

static inline const unsigned char *piece_end(struct scan *s, const unsigned char *p)
{
    return s->b->split == BPE_SPLIT_GPT2 ? piece_gpt2(s, p) : piece_modern(s, p);
}

/* --- whole tokens ------------------------------------------------------------------------------------------------ */

/* The n bytes at p, n <= BPE_WORD, as two numbers with zeros behind. Where the text allows, 16 bytes are loaded and
 * cut to n by masks from a sliding table, because a branch on n would be guessed wrong at every other word. */
static inline void load_word(const unsigned char *p, const unsigned char *end, size_t n, uint64_t *lo, uint64_t *hi)
{
    static const unsigned char keep[2 * BPE_WORD] = { 255, 255, 255, 255, 255, 255, 255, 255,
                                                      255, 255, 255, 255, 255, 255, 255, 255 };
    uint64_t two[2] = { 0, 0 }, mask[2];
    if (end - p < BPE_WORD) {
        memcpy(two, p, n);
    } else {
        memcpy(two, p, BPE_WORD);
        memcpy(mask, keep + BPE_WORD - n, BPE_WORD);
        two[0] &= mask[0];
        two[1] &= mask[1];
    }
    *lo = two[0];
    *hi = two[1];
}

static inline const struct bpe_word *find_word(const struct kern_bpe *b, const unsigned char *p,
                                               const unsigned char *end, size_t n)
{
    uint64_t lo, hi;
    load_word(p, end, n, &lo, &hi);
    size_t mask = ((size_t)1 << (64 - b->word_shift)) - 1;
    for (size_t i = bpe_word_slot(lo, hi, b->word_shift);; i = (i + 1) & mask) {
        const struct bpe_word *w = &b->words[i];
        if (w->lo == lo && w->hi == hi && w->len == n)
            return w;
        if (w->len == 0)
            return NULL;
    }
}

/* --- short pieces ------------------------------------------------------------------------------------------------ */

struct short_keys {
    _Alignas(64) uint32_t of[BPE_SHORT];
};

#define MERGE              merge_short
#define KEYS               struct short_keys
#define NONE(keys, n)      memset((keys).of, 0xff, (((n) + 15u) & ~15u) * sizeof *(keys).of)
#define SET(keys, at, key) ((keys).of[at] = (key))
#define LEAST(keys, n)     isa_least((keys).of, n)
#include "libkern/bpe_merge.h"

static size_t encode_short(const struct kern_bpe *b, uint32_t *ids, size_t cap, const unsigned char *p, unsigned n)
{
    uint32_t sym[BPE_SHORT];
    size_t count = 0;
    for (unsigned i = 0; i < n; i++)
        sym[i] = p[i];
#ifdef BPE_FEW
    uint64_t live = n <= BPE_FEW ? merge_few(b, sym, n) : merge_short(b, sym, n);
#else
    uint64_t live = merge_short(b, sym, n);
#endif
    for (; live; live &= live - 1, count++)
        if (count < cap)
            ids[count] = b->id[sym[__builtin_ctzll(live)]];
    return count;
}

/* --- long pieces ------------------------------------------------------------------------------------------------- */

/* A symbol of a long piece; rank is that of it and the one behind, BPE_NO also where the symbol is gone. */
struct link {
    uint32_t sym, prev, next, rank;
};

/* A heap of rank << 32 | place: its least entry is the leftmost of the lowest rank. Entries whose rank is no longer that
 * of their place are passed over. Each merge takes one out and puts at most two in, so 2n are room enough. */
struct heap {
    uint64_t *entry;
    size_t n;
};

static void sink(struct heap *h, size_t i)
{
    uint64_t e = h->entry[i];
    for (size_t child; (child = 2 * i + 1) < h->n; i = child) {
        BPE_STEP();
        child += child + 1 < h->n && h->entry[child + 1] < h->entry[child];
        if (h->entry[child] >= e)
            break;
        h->entry[i] = h->entry[child];
    }
    h->entry[i] = e;
}

static uint64_t pop(struct heap *h)
{
    uint64_t least = h->entry[0];
    h->entry[0] = h->entry[--h->n];
    if (h->n)
        sink(h, 0);
    return least;
}

static void push(struct heap *h, uint32_t rank, uint32_t at)
{
    uint64_t e = (uint64_t)rank << 32 | at;
    size_t i = h->n++;
    for (; i && h->entry[(i - 1) / 2] > e; i = (i - 1) / 2) {
        BPE_STEP();
        h->entry[i] = h->entry[(i - 1) / 2];
    }
    h->entry[i] = e;
}

static void start_long(const struct kern_bpe *b, struct link *link, struct heap *h, const unsigned char *p, uint32_t n)
{
    h->n = 0;
    for (uint32_t i = 0; i < n; i++) {
        BPE_STEP();
        uint32_t rank = i + 1 < n ? bpe_rank(b, p[i], p[i + 1]) : BPE_NO;
        link[i] = (struct link){ .sym = p[i], .prev = i - 1, .next = i + 1, .rank = rank };
        if (rank != BPE_NO)
            h->entry[h->n++] = (uint64_t)rank << 32 | i;
    }
    for (size_t i = h->n / 2; i-- > 0;)
        sink(h, i);
}

static void rank_again(const struct kern_bpe *b, struct link *link, struct heap *h, uint32_t at, uint32_t n)
{
    uint32_t next = link[at].next;
    link[at].rank = next < n ? bpe_rank(b, link[at].sym, link[next].sym) : BPE_NO;
    if (link[at].rank != BPE_NO)
        push(h, link[at].rank, at);
}

static void merge_long(const struct kern_bpe *b, struct link *link, struct heap *h, uint32_t n)
{
    while (h->n) {
        BPE_STEP();
        uint64_t e = pop(h);
        uint32_t rank = (uint32_t)(e >> 32), at = (uint32_t)e;
        if (link[at].rank != rank)
            continue;
        uint32_t gone = link[at].next, next = link[gone].next;
        link[at].sym = b->merges[rank].made;
        link[at].next = next;
        link[gone].rank = BPE_NO;
        if (next < n)
            link[next].prev = at;
        rank_again(b, link, h, at, n);
        if (at > 0)
            rank_again(b, link, h, link[at].prev, n);
    }
}

static size_t encode_long(const struct kern_bpe *b, uint32_t *ids, size_t cap, const unsigned char *p, uint32_t n,
                          void *memory)
{
    struct heap h = { .entry = memory };
    struct link *link = (void *)(h.entry + 2 * (size_t)n);
    size_t count = 0;
    start_long(b, link, &h, p, n);
    merge_long(b, link, &h, n);
    for (uint32_t i = 0; i < n; i = link[i].next, count++)
        if (count < cap)
            ids[count] = b->id[link[i].sym];
    return count;
}

/* --- all of it --------------------------------------------------------------------------------------------------- */

static size_t encode_piece(const struct kern_bpe *b, uint32_t *ids, size_t cap, const unsigned char *p, size_t n,
                           void *memory)
{
    uint32_t whole = b->whole && n > BPE_WORD ? kern_bpe_model_symbol(b, p, n) : BPE_NO;
    if (whole != BPE_NO) {
        if (cap)
            *ids = b->id[whole];
        return 1;
    }
    return n <= BPE_SHORT ? encode_short(b, ids, cap, p, (unsigned)n)
                          : encode_long(b, ids, cap, p, (uint32_t)n, memory);
}

size_t KERN_BPE_ENCODE(const struct kern_bpe *b, uint32_t *ids, size_t cap, const unsigned char *text, size_t len,
                       struct kern_bpe_work *work)
{
    if (len == 0)
        return 0;
    struct scan s = { .b = b, .end = text + len };
    size_t count = 0, longest = kern_bpe_work_longest(work);
    for (const unsigned char *p = text, *q; p < s.end; p = q) {
        q = piece_end(&s, p);
        size_t n = (size_t)(q - p);
        if (n > longest)
            return KERN_BPE_NONE;
        const struct bpe_word *w = n <= BPE_WORD ? find_word(b, p, s.end, n) : NULL;
        if (!w) {
            count +=
                encode_piece(b, count < cap ? ids + count : NULL, count < cap ? cap - count : 0, p, n, work->memory);
            continue;
        }
        if (count < cap)
            ids[count] = w->id;
        count++;
    }
    return count;
}
