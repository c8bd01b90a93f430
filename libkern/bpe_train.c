/* SPDX-License-Identifier: Apache-2.0
 * Learning merges from text (Sennrich, Haddow and Birch 2016, algorithm 1), made quick as follows: equal pieces are one
 * word with a count; each pair knows in which words it may be; and a heap gives the most frequent pair, whose entries
 * are allowed to be too high and are corrected when they come to the top. */
#include <stdlib.h>
#include <string.h>

#include "libkern/bpe_data.h"

enum { LEAST = 2 /* occurrences that a pair needs */ };

struct word {
    size_t start; /* in train.sym */
    uint32_t len;
    uint64_t count;
};

struct pair {
    uint64_t key, count;
    uint32_t where;   /* first of its places, or BPE_NO */
    uint32_t touched; /* the last round that added to count */
};

/* A word in which a pair was seen; it may be gone since. */
struct place {
    uint32_t word, next;
};

struct candidate {
    uint64_t count, key;
    uint32_t pair;
};

struct train {
    struct kern_bpe *b;
    struct bpe_names pieces; /* the text of each word */
    struct word *words;
    uint32_t nwords, words_cap;
    uint32_t *sym;
    struct pair *pairs;
    uint32_t npairs, pairs_cap;
    uint32_t *slots; /* of pairs, by key; BPE_NO is free */
    unsigned shift;
    struct place *places;
    uint32_t nplaces, places_cap;
    struct candidate *heap;
    uint32_t nheap, heap_cap;
    uint32_t *fresh; /* pairs that this round added to */
    uint32_t nfresh, fresh_cap;
    uint32_t round, made; /* made: the symbol of this round; BPE_NO while counting the single bytes */
    int failed;           /* out of memory; from then on nothing is written */
};

/* The array with room for one element more, perhaps moved. */
static void *room(struct train *t, void *array, uint32_t n, uint32_t *cap, size_t size)
{
    if (n < *cap)
        return array;
    uint32_t larger = *cap ? *cap * 2 : 1024;
    void *moved = larger > *cap ? realloc(array, larger * size) : NULL;
    if (!moved) {
        t->failed = 1;
        return array;
    }
    *cap = larger;
    return moved;
}

/* --- pairs ------------------------------------------------------------------------------------------------------- */

static uint32_t *slot_of(const struct train *t, uint64_t key)
{
    size_t mask = ((size_t)1 << (64 - t->shift)) - 1, i = bpe_pair_slot(key, t->shift);
    while (t->slots[i] != BPE_NO && t->pairs[t->slots[i]].key != key)
        i = (i + 1) & mask;
    return &t->slots[i];
}

static void widen_slots(struct train *t, unsigned shift)
{
    size_t rows = (size_t)1 << (64 - shift);
    uint32_t *slots = malloc(rows * sizeof *slots);
    if (!slots) {
        t->failed = 1;
        return;
    }
    memset(slots, 0xFF, rows * sizeof *slots);
    free(t->slots);
    t->slots = slots;
    t->shift = shift;
    for (uint32_t i = 0; i < t->npairs; i++)
        *slot_of(t, t->pairs[i].key) = i;
}

static uint32_t pair_of(struct train *t, uint64_t key)
{
    uint32_t *slot = slot_of(t, key);
    if (*slot != BPE_NO)
        return *slot;
    t->pairs = room(t, t->pairs, t->npairs, &t->pairs_cap, sizeof *t->pairs);
    if (t->failed)
        return 0;
    uint32_t p = *slot = t->npairs++;
    t->pairs[p] = (struct pair){ .key = key, .where = BPE_NO, .touched = BPE_NO };
    if ((size_t)t->npairs * 2 > (size_t)1 << (64 - t->shift))
        widen_slots(t, t->shift - 1);
    return p;
}

/* Notes that word w has pair p and that p became more frequent in this round. */
static void touch(struct train *t, uint32_t p, uint32_t w)
{
    uint32_t where = t->pairs[p].where;
    if (where == BPE_NO || t->places[where].word != w) {
        t->places = room(t, t->places, t->nplaces, &t->places_cap, sizeof *t->places);
        if (t->failed)
            return;
        t->places[t->nplaces] = (struct place){ .word = w, .next = where };
        t->pairs[p].where = t->nplaces++;
    }
    if (t->pairs[p].touched == t->round)
        return;
    t->fresh = room(t, t->fresh, t->nfresh, &t->fresh_cap, sizeof *t->fresh);
    if (t->failed)
        return;
    t->pairs[p].touched = t->round;
    t->fresh[t->nfresh++] = p;
}

/* Only pairs with the symbol just made can be new to a word or become more frequent. */
static void count_pairs(struct train *t, uint32_t w)
{
    const struct word *word = &t->words[w];
    const uint32_t *sym = t->sym + word->start;
    for (uint32_t i = 0; i + 1 < word->len && !t->failed; i++) {
        uint32_t p = pair_of(t, bpe_key(sym[i], sym[i + 1]));
        if (t->failed)
            return;
        t->pairs[p].count += word->count;
        if (t->made == BPE_NO || sym[i] == t->made || sym[i + 1] == t->made)
            touch(t, p, w);
    }
}

static void uncount_pairs(struct train *t, uint32_t w)
{
    const struct word *word = &t->words[w];
    const uint32_t *sym = t->sym + word->start;
    for (uint32_t i = 0; i + 1 < word->len; i++)
        t->pairs[*slot_of(t, bpe_key(sym[i], sym[i + 1]))].count -= word->count;
}

/* --- the most frequent pair -------------------------------------------------------------------------------------- */

/* Ties go to the lower left symbol, then to the lower right one. */
static int before(const struct candidate *x, const struct candidate *y)
{
    if (x->count != y->count)
        return x->count > y->count;
    if ((uint32_t)x->key != (uint32_t)y->key)
        return (uint32_t)x->key < (uint32_t)y->key;
    return x->key < y->key;
}

static void push(struct train *t, uint32_t p)
{
    struct candidate c = { .count = t->pairs[p].count, .key = t->pairs[p].key, .pair = p };
    t->heap = room(t, t->heap, t->nheap, &t->heap_cap, sizeof *t->heap);
    if (t->failed)
        return;
    uint32_t i = t->nheap++;
    for (; i && before(&c, &t->heap[(i - 1) / 2]); i = (i - 1) / 2)
        t->heap[i] = t->heap[(i - 1) / 2];
    t->heap[i] = c;
}

static struct candidate pop(struct train *t)
{
    struct candidate top = t->heap[0], last = t->heap[--t->nheap];
    uint32_t i = 0;
    for (uint32_t child; (child = 2 * i + 1) < t->nheap; i = child) {
        child += child + 1 < t->nheap && before(&t->heap[child + 1], &t->heap[child]);
        if (!before(&t->heap[child], &last))
            break;
        t->heap[i] = t->heap[child];
    }
    t->heap[i] = last;
    return top;
}

/* BPE_NO if none is frequent enough. Every pair has an entry that is not lower than its count. */
static uint32_t most_frequent(struct train *t)
{
    while (t->nheap && !t->failed) {
        struct candidate c = pop(t);
        uint64_t count = t->pairs[c.pair].count;
        if (c.count == count && count >= LEAST)
            return c.pair;
        if (c.count > count && count >= LEAST)
            push(t, c.pair);
    }
    return BPE_NO;
}

/* --- words ------------------------------------------------------------------------------------------------------- */

static void count_words(struct train *t, const unsigned char *text, size_t len)
{
    for (size_t n; len && !t->failed; text += n, len -= n) {
        n = kern_bpe_piece(text, len);
        uint32_t w = kern_bpe_name_add(&t->pieces, text, n);
        t->words = room(t, t->words, t->nwords, &t->words_cap, sizeof *t->words);
        t->failed |= w == BPE_NO || n > UINT32_MAX;
        if (t->failed)
            return;
        if (w == t->nwords)
            t->words[t->nwords++] = (struct word){ .start = t->pieces.start[w], .len = (uint32_t)n };
        t->words[w].count++;
    }
    size_t bytes = t->nwords ? t->pieces.start[t->nwords] : 0;
    t->sym = malloc((bytes + 1) * sizeof *t->sym);
    t->failed |= !t->sym;
    for (size_t i = 0; i < bytes && !t->failed; i++)
        t->sym[i] = t->pieces.bytes[i];
}

/* Merges the pair in word w from left to right; 0 if the word no longer has it. */
static void merge_word(struct train *t, uint32_t w, uint64_t key)
{
    struct word *word = &t->words[w];
    uint32_t *sym = t->sym + word->start, i = 0, n = 0;
    while (i + 1 < word->len && bpe_key(sym[i], sym[i + 1]) != key)
        i++;
    if (i + 1 >= word->len)
        return;
    uncount_pairs(t, w);
    for (n = i; i < word->len; n++) {
        int both = i + 1 < word->len && bpe_key(sym[i], sym[i + 1]) == key;
        sym[n] = both ? t->made : sym[i];
        i += both ? 2 : 1;
    }
    word->len = n;
    count_pairs(t, w);
}

static void push_fresh(struct train *t)
{
    for (uint32_t i = 0; i < t->nfresh && !t->failed; i++)
        push(t, t->fresh[i]);
    t->nfresh = 0;
    t->round++;
}

static void merge_everywhere(struct train *t, uint32_t p)
{
    uint64_t key = t->pairs[p].key;
    uint32_t where = t->pairs[p].where;
    t->pairs[p].where = BPE_NO;
    for (; where != BPE_NO && !t->failed; where = t->places[where].next)
        merge_word(t, t->places[where].word, key);
    push_fresh(t);
}

/* --- all of it --------------------------------------------------------------------------------------------------- */

static int learn(struct train *t, size_t merges)
{
    while (t->b->nmerges < merges) {
        uint32_t p = most_frequent(t);
        if (p == BPE_NO)
            break;
        uint64_t key = t->pairs[p].key;
        uint32_t left = (uint32_t)key, right = (uint32_t)(key >> 32), rank = bpe_rank(t->b, left, right);
        int status = KERN_BPE_OK;
        /* A symbol that is made again, from other parts, can bring a pair back that has its rank already. */
        if (rank != BPE_NO)
            t->made = t->b->merges[rank].made;
        else
            status = kern_bpe_add_merge(t->b, left, right, &t->made);
        if (status == KERN_BPE_NO_MEMORY)
            return status;
        if (status == KERN_BPE_LIMIT && t->b->names.n >= KERN_BPE_MAX_TOKENS)
            break;
        if (status == KERN_BPE_OK) /* else the token would be too long: its pair stays apart */
            merge_everywhere(t, p);
    }
    return t->failed ? KERN_BPE_NO_MEMORY : KERN_BPE_OK;
}

static void release(struct train *t)
{
    free(t->pieces.bytes);
    free(t->pieces.start);
    free(t->pieces.slots);
    free(t->words);
    free(t->sym);
    free(t->pairs);
    free(t->slots);
    free(t->places);
    free(t->heap);
    free(t->fresh);
}

int kern_bpe_train(struct kern_bpe **out, const unsigned char *text, size_t len, size_t merges,
                   struct kern_bpe_error *e)
{
    struct train t = { .b = kern_bpe_new(), .made = BPE_NO };
    *out = NULL;
    if (!t.b)
        return kern_bpe_fail(e, KERN_BPE_NO_MEMORY, "out of memory");
    widen_slots(&t, 64 - 12);
    count_words(&t, text, len);
    for (uint32_t w = 0; w < t.nwords && !t.failed; w++)
        count_pairs(&t, w);
    push_fresh(&t);
    int status = t.failed ? KERN_BPE_NO_MEMORY : learn(&t, merges);
    release(&t);
    status = status == KERN_BPE_OK ? kern_bpe_finish(t.b, e) : kern_bpe_fail(e, status, "out of memory");
    if (status != KERN_BPE_OK)
        kern_bpe_free(&t.b);
    *out = t.b;
    return status;
}
