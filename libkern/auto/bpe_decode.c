/* SPDX-License-Identifier: Apache-2.0
 * Decoding in portable C: while there is room, 16 bytes are copied whatever the token's length, because a copy of fixed
 * length is two instructions and a copy of a length that cannot be guessed is a call. */
#include <string.h>

#include <kern/kern.h>

#include "libkern/bpe_data.h"

size_t kern_bpe_decode_utf8_auto(const struct kern_bpe *b, unsigned char *out, size_t cap, const uint32_t *ids,
                                 size_t n)
{
    size_t at = 0, i = 0;
    for (; i < n; i++) {
        uint32_t id = ids[i];
        uint64_t place = id < b->ids ? b->place[id] : 0;
        size_t len = place & BPE_PLACE_LEN;
        if (len == 0)
            return KERN_BPE_NONE;
        if (cap < BPE_WORD || at > cap - BPE_WORD)
            break;
        const unsigned char *bytes = b->names.bytes + (place >> BPE_PLACE_BITS);
        memcpy(out + at, bytes, BPE_WORD);
        if (len > BPE_WORD)
            memcpy(out + at, bytes, len < cap - at ? len : cap - at);
        at += len;
    }
    if (i == n)
        return at;
    size_t rest = kern_bpe_decode(b, at < cap ? out + at : NULL, at < cap ? cap - at : 0, ids + i, n - i);
    return rest == KERN_BPE_NONE ? rest : at + rest;
}
