/* SPDX-License-Identifier: Apache-2.0
 * Merging a short piece, written once for keys wherever they are kept. Who includes it defines
 *
 *     MERGE                  the name of the function
 *     KEYS                   a type for a key per symbol
 *     NONE(keys, n)          sets n of them to BPE_NO, and what LEAST looks at behind them
 *     SET(keys, at, key)     sets one
 *     LEAST(keys, n)         the least of the first n
 *
 * Symbols stay where they start, and a bit of `live` says that one is still there. The key of a symbol is the rank of it
 * and the one behind, and below that its place: so the least key is the leftmost of the lowest rank, and names it. */

#ifndef LIBKERN_BPE_MERGE_H
#define LIBKERN_BPE_MERGE_H

#include "libkern/bpe_data.h"

enum { BPE_KEY_BITS = 6 }; /* of a place in a short piece */

_Static_assert(2u * KERN_BPE_MAX_TOKENS <= BPE_NO >> BPE_KEY_BITS, "a rank and a place fit in a key");

static inline uint32_t bpe_key_at(const struct kern_bpe *b, uint32_t left, uint32_t right, unsigned at)
{
    uint32_t rank = bpe_rank(b, left, right);
    return rank == BPE_NO ? BPE_NO : rank << BPE_KEY_BITS | at;
}

#endif

/* Merges the n symbols as far as it goes; returns the bits of those that are left. */
static inline uint64_t MERGE(const struct kern_bpe *b, uint32_t *sym, unsigned n)
{
    KEYS keys;
    uint64_t live = ~UINT64_C(0) >> (BPE_SHORT - n);
    NONE(keys, n);
    for (unsigned i = 0; i + 1 < n; i++)
        SET(keys, i, bpe_key_at(b, sym[i], sym[i + 1], i));
    for (uint32_t least; (least = LEAST(keys, n)) != BPE_NO;) {
        unsigned at = least & ((1u << BPE_KEY_BITS) - 1);
        uint64_t below = (UINT64_C(1) << at) - 1, behind = live & ~below;
        behind &= behind - 1; /* not itself */
        unsigned gone = (unsigned)__builtin_ctzll(behind);
        live ^= UINT64_C(1) << gone;
        behind &= behind - 1;
        sym[at] = b->merges[least >> BPE_KEY_BITS].made;
        SET(keys, gone, BPE_NO);
        SET(keys, at, behind ? bpe_key_at(b, sym[at], sym[__builtin_ctzll(behind)], at) : BPE_NO);
        if (live & below) {
            unsigned before = 63 - (unsigned)__builtin_clzll(live & below);
            SET(keys, before, bpe_key_at(b, sym[before], sym[at], before));
        }
    }
    return live;
}
#undef MERGE
#undef KEYS
#undef NONE
#undef SET
#undef LEAST
