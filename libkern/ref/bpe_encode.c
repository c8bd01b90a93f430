/* SPDX-License-Identifier: Apache-2.0
 * Byte-level BPE by the book: cut off a piece, look at all pairs for the one of lowest rank, merge it, start again. */
#include <string.h>

#include <kern/kern.h>

#include "libkern/bpe_data.h"

/* The first place of the lowest rank among the n symbols, and that rank; BPE_NO if no pair has one. */
static size_t lowest(const struct kern_bpe *b, const uint32_t *sym, size_t n, uint32_t *rank)
{
    size_t at = 0;
    *rank = BPE_NO;
    for (size_t i = 0; i + 1 < n; i++) {
        uint32_t r = bpe_rank(b, sym[i], sym[i + 1]);
        if (r < *rank) {
            *rank = r;
            at = i;
        }
    }
    return at;
}

static size_t merge(const struct kern_bpe *b, uint32_t *sym, size_t n)
{
    for (;;) {
        uint32_t rank;
        size_t at = lowest(b, sym, n, &rank);
        if (rank == BPE_NO)
            return n;
        sym[at] = b->merges[rank].made;
        memmove(sym + at + 1, sym + at + 2, (n - at - 2) * sizeof *sym);
        n--;
    }
}

size_t kern_bpe_encode_utf8_ref(const struct kern_bpe *b, uint32_t *ids, size_t cap, const unsigned char *text,
                                size_t len, struct kern_bpe_work *work)
{
    size_t count = 0, longest = kern_bpe_work_longest(work);
    while (len) {
        size_t piece = kern_bpe_split(b, text, len);
        if (piece > longest)
            return KERN_BPE_NONE;
        uint32_t *sym = work->memory;
        for (size_t i = 0; i < piece; i++)
            sym[i] = text[i];
        uint32_t whole = b->whole ? kern_bpe_model_symbol(b, text, piece) : BPE_NO;
        size_t n = whole == BPE_NO ? merge(b, sym, piece) : 1;
        if (whole != BPE_NO)
            sym[0] = whole;
        for (size_t i = 0; i < n; i++, count++)
            if (count < cap)
                ids[count] = b->id[sym[i]];
        text += piece;
        len -= piece;
    }
    return count;
}
