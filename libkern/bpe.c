/* SPDX-License-Identifier: Apache-2.0
 * Vocabularies in memory: building the tables that the encoding kernels read, decoding, work space. */
#include <stdlib.h>
#include <string.h>

#include "libkern/bpe_data.h"

enum {
    WORK_PER_BYTE = 32,  /* a link of 16 bytes and two heap entries of 8: see bpe_body.h */
    PAIR_SHIFT = 64 - 10 /* of the first, empty table */
};

/* --- building ---------------------------------------------------------------------------------------------------- */

static struct bpe_pair *new_pairs(unsigned shift)
{
    size_t rows = (size_t)1 << (64 - shift);
    struct bpe_pair *pairs = malloc(rows * sizeof *pairs);
    if (pairs)
        memset(pairs, 0xFF, rows * sizeof *pairs);
    return pairs;
}

static void put_pair(struct bpe_pair *pairs, unsigned shift, const struct bpe_merge *m, uint32_t rank)
{
    uint64_t key = bpe_key(m->left, m->right);
    size_t mask = ((size_t)1 << (64 - shift)) - 1, i = bpe_pair_slot(key, shift);
    while (pairs[i].rank != BPE_NO)
        i = (i + 1) & mask;
    pairs[i] = (struct bpe_pair){ .key = key, .rank = rank, .made = m->made };
}

struct kern_bpe *kern_bpe_new(void)
{
    struct kern_bpe *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    b->pair_shift = PAIR_SHIFT;
    b->pairs = new_pairs(b->pair_shift);
    int ok = b->pairs && kern_bpe_pages(b) == KERN_BPE_OK;
    for (unsigned i = 0; ok && i < BPE_BYTES; i++)
        ok = kern_bpe_name_add(&b->names, &(unsigned char){ (unsigned char)i }, 1) == i;
    if (!ok)
        kern_bpe_free(&b);
    return b;
}

/* Room for one more merge: the list, and a table at most half full. */
static int grow_merges(struct kern_bpe *b)
{
    if (b->nmerges == b->merges_cap) {
        uint32_t cap = b->merges_cap ? b->merges_cap * 2 : 1024;
        struct bpe_merge *merges = realloc(b->merges, cap * sizeof *merges);
        if (!merges)
            return -1;
        b->merges = merges;
        b->merges_cap = cap;
    }
    if ((uint64_t)b->nmerges * 2 < (uint64_t)1 << (64 - b->pair_shift))
        return 0;
    struct bpe_pair *pairs = new_pairs(b->pair_shift - 1);
    if (!pairs)
        return -1;
    b->pair_shift--;
    for (uint32_t r = 0; r < b->nmerges; r++)
        put_pair(pairs, b->pair_shift, &b->merges[r], r);
    free(b->pairs);
    b->pairs = pairs;
    return 0;
}

int kern_bpe_add_merge(struct kern_bpe *b, uint32_t left, uint32_t right, uint32_t *made)
{
    unsigned char joined[KERN_BPE_MAX_TOKEN];
    const struct bpe_names *names = &b->names;
    size_t nl = bpe_name_len(names, left), nr = bpe_name_len(names, right);
    if (bpe_rank(b, left, right) != BPE_NO)
        return KERN_BPE_DUPLICATE;
    if (nl + nr > sizeof joined || b->nmerges >= 2u * KERN_BPE_MAX_TOKENS)
        return KERN_BPE_LIMIT;
    memcpy(joined, names->bytes + names->start[left], nl);
    memcpy(joined + nl, names->bytes + names->start[right], nr);
    if (names->n == KERN_BPE_MAX_TOKENS && kern_bpe_name_find(names, joined, nl + nr) == BPE_NO)
        return KERN_BPE_LIMIT;
    *made = kern_bpe_name_add(&b->names, joined, nl + nr);
    if (*made == BPE_NO || grow_merges(b) != 0)
        return KERN_BPE_NO_MEMORY;
    struct bpe_merge *m = &b->merges[b->nmerges];
    *m = (struct bpe_merge){ .left = left, .right = right, .made = *made };
    put_pair(b->pairs, b->pair_shift, m, b->nmerges);
    b->nmerges++;
    return KERN_BPE_OK;
}

/* --- finishing --------------------------------------------------------------------------------------------------- */

static int default_ids(struct kern_bpe *b)
{
    struct bpe_alphabet a;
    b->id = malloc(b->names.n * sizeof *b->id);
    if (!b->id)
        return KERN_BPE_NO_MEMORY;
    kern_bpe_alphabet(&a);
    for (uint32_t i = 0; i < BPE_BYTES; i++)
        b->id[a.order[i]] = i;
    for (uint32_t s = BPE_BYTES; s < b->names.n; s++)
        b->id[s] = s;
    return KERN_BPE_OK;
}

static int missing_id(const struct kern_bpe *b, uint32_t s, struct kern_bpe_error *e)
{
    uint32_t rank = 0;
    if (s < BPE_BYTES)
        return kern_bpe_fail(e, KERN_BPE_MISSING, "vocab: no id for byte 0x%02X", (unsigned)s);
    while (b->merges[rank].made != s)
        rank++;
    return kern_bpe_fail(e, KERN_BPE_MISSING, "vocab: no id for what merge number %u makes", (unsigned)rank + 1);
}

/* Which symbol each id is. Ids are unique and in range; every byte and every merged token must have one. */
static int index_ids(struct kern_bpe *b, struct kern_bpe_error *e)
{
    for (uint32_t s = 0; s < b->names.n; s++) {
        if (b->id[s] == BPE_NO)
            return missing_id(b, s, e);
        b->ids = b->id[s] >= b->ids ? b->id[s] + 1 : b->ids;
    }
    b->tokens = b->names.n;
    b->symbol = malloc(b->ids * sizeof *b->symbol);
    if (!b->symbol)
        return KERN_BPE_NO_MEMORY;
    memset(b->symbol, 0xFF, b->ids * sizeof *b->symbol);
    for (uint32_t s = 0; s < b->names.n; s++) {
        if (b->symbol[b->id[s]] != BPE_NO)
            return kern_bpe_fail(e, KERN_BPE_DUPLICATE, "vocab: id %u belongs to two tokens", (unsigned)b->id[s]);
        b->symbol[b->id[s]] = s;
    }
    return KERN_BPE_OK;
}

/* Whether merging the bytes of symbol s gives s. A token that merging does not give must not be found whole. */
static int is_reachable(const struct kern_bpe *b, uint32_t s)
{
    uint32_t sym[BPE_WORD];
    size_t n = bpe_name_len(&b->names, s);
    for (size_t i = 0; i < n; i++)
        sym[i] = b->names.bytes[b->names.start[s] + i];
    while (n > 1) {
        uint32_t best = BPE_NO;
        size_t at = 0;
        for (size_t i = 0; i + 1 < n; i++) {
            uint32_t rank = bpe_rank(b, sym[i], sym[i + 1]);
            if (rank < best) {
                best = rank;
                at = i;
            }
        }
        if (best == BPE_NO)
            return 0;
        sym[at] = b->merges[best].made;
        memmove(sym + at + 1, sym + at + 2, (n - at - 2) * sizeof *sym);
        n--;
    }
    return sym[0] == s;
}

static void put_word(struct kern_bpe *b, uint32_t s)
{
    unsigned char bytes[BPE_WORD] = { 0 };
    struct bpe_word w = { .id = b->id[s], .len = (uint32_t)bpe_name_len(&b->names, s) };
    memcpy(bytes, b->names.bytes + b->names.start[s], w.len);
    memcpy(&w.lo, bytes, 8);
    memcpy(&w.hi, bytes + 8, 8);
    size_t mask = ((size_t)1 << (64 - b->word_shift)) - 1, i = bpe_word_slot(w.lo, w.hi, b->word_shift);
    while (b->words[i].len)
        i = (i + 1) & mask;
    b->words[i] = w;
}

static int index_words(struct kern_bpe *b)
{
    b->word_shift = 64 - 9;
    while ((size_t)1 << (64 - b->word_shift) < (size_t)b->names.n * 2)
        b->word_shift--;
    b->words = calloc((size_t)1 << (64 - b->word_shift), sizeof *b->words);
    if (!b->words)
        return KERN_BPE_NO_MEMORY;
    for (uint32_t s = 0; s < b->names.n; s++)
        if (bpe_name_len(&b->names, s) <= BPE_WORD && ((b->whole && s < b->model) || is_reachable(b, s)))
            put_word(b, s);
    return KERN_BPE_OK;
}

/* Where the bytes of each id lie, with room behind the last ones so that BPE_WORD bytes may be read from each. */
static int index_places(struct kern_bpe *b)
{
    struct bpe_names *names = &b->names;
    size_t used = names->start[names->n];
    unsigned char *bytes = realloc(names->bytes, used + BPE_WORD);
    b->place = calloc(b->ids, sizeof *b->place);
    names->bytes = bytes ? bytes : names->bytes;
    if (!bytes || !b->place)
        return KERN_BPE_NO_MEMORY;
    names->bytes_cap = used + BPE_WORD;
    memset(bytes + used, 0, BPE_WORD);
    for (uint32_t s = 0; s < names->n; s++)
        b->place[b->id[s]] = (uint64_t)names->start[s] << BPE_PLACE_BITS | bpe_name_len(names, s);
    return KERN_BPE_OK;
}

int kern_bpe_finish(struct kern_bpe *b, struct kern_bpe_error *e)
{
    int status = b->id ? KERN_BPE_OK : default_ids(b);
    if (status == KERN_BPE_OK)
        status = index_ids(b, e);
    if (status == KERN_BPE_OK)
        status = index_words(b);
    if (status == KERN_BPE_OK)
        status = index_places(b);
    return status == KERN_BPE_NO_MEMORY ? kern_bpe_fail(e, status, "out of memory") : status;
}

void kern_bpe_free(struct kern_bpe **b)
{
    if (!*b)
        return;
    free((*b)->names.bytes);
    free((*b)->names.start);
    free((*b)->names.slots);
    free((*b)->id);
    free((*b)->added);
    free((*b)->place);
    free((*b)->symbol);
    free((*b)->merges);
    free((*b)->pairs);
    free((*b)->words);
    free((*b)->cells);
    free(*b);
    *b = NULL;
}

/* --- reading ----------------------------------------------------------------------------------------------------- */

size_t kern_bpe_tokens(const struct kern_bpe *b)
{
    return b->tokens;
}

size_t kern_bpe_merges(const struct kern_bpe *b)
{
    return b->nmerges;
}

uint32_t kern_bpe_model_symbol(const struct kern_bpe *b, const unsigned char *bytes, size_t n)
{
    uint32_t s = kern_bpe_name_find(&b->names, bytes, n);
    return s < b->model ? s : BPE_NO;
}

const unsigned char *kern_bpe_token(const struct kern_bpe *b, uint32_t id, size_t *len)
{
    uint32_t s = id < b->ids ? b->symbol[id] : BPE_NO;
    *len = s == BPE_NO ? 0 : bpe_name_len(&b->names, s);
    return s == BPE_NO ? NULL : b->names.bytes + b->names.start[s];
}

size_t kern_bpe_decode(const struct kern_bpe *b, unsigned char *out, size_t cap, const uint32_t *ids, size_t n)
{
    size_t need = 0;
    for (size_t i = 0; i < n; i++) {
        size_t len;
        const unsigned char *bytes = kern_bpe_token(b, ids[i], &len);
        if (!bytes)
            return KERN_BPE_NONE;
        if (need < cap)
            memcpy(out + need, bytes, len < cap - need ? len : cap - need);
        need += len;
    }
    return need;
}

size_t kern_bpe_work_bytes(size_t longest)
{
    return longest > SIZE_MAX / WORK_PER_BYTE ? SIZE_MAX : longest * WORK_PER_BYTE;
}

size_t kern_bpe_work_longest(const struct kern_bpe_work *work)
{
    size_t n = work ? work->bytes / WORK_PER_BYTE : 0;
    return n < UINT32_MAX / 2 ? n : UINT32_MAX / 2;
}

const char *kern_bpe_normalizer(const struct kern_bpe *b)
{
    return b->normalizer;
}

int kern_bpe_find_added(const struct kern_bpe *b, const unsigned char *text, size_t len, struct kern_bpe_found *found)
{
    const struct bpe_names *names = &b->names;
    size_t best = 0;
    for (size_t at = 0; at < len && b->nadded; at++) {
        for (uint32_t i = 0; i < b->nadded; i++) {
            uint32_t s = b->added[i];
            const unsigned char *bytes = names->bytes + names->start[s];
            size_t n = bpe_name_len(names, s);
            if (text[at] != *bytes || n > len - at || n <= best || memcmp(bytes, text + at, n) != 0)
                continue;
            *found = (struct kern_bpe_found){ .at = at, .len = best = n, .id = b->id[s] };
        }
        if (best)
            return 1;
    }
    return 0;
}
