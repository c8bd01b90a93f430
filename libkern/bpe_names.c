/* SPDX-License-Identifier: Apache-2.0
 * Symbols by their bytes: a pool of strings with a hash table (FNV-1a, linear probing, at most half full). */
#include <stdlib.h>
#include <string.h>

#include "libkern/bpe_data.h"

static uint32_t hash(const unsigned char *bytes, size_t len)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < len; i++)
        h = (h ^ bytes[i]) * 16777619u;
    return h ^ h >> 15;
}

/* The slot where the string is, or the free one where it belongs. */
static uint32_t slot_of(const struct bpe_names *names, const unsigned char *bytes, size_t len)
{
    for (uint32_t i = hash(bytes, len) & names->mask;; i = (i + 1) & names->mask) {
        uint32_t s = names->slots[i];
        if (s == BPE_NO || (bpe_name_len(names, s) == len && memcmp(names->bytes + names->start[s], bytes, len) == 0))
            return i;
    }
}

uint32_t kern_bpe_name_find(const struct bpe_names *names, const unsigned char *bytes, size_t len)
{
    return names->n ? names->slots[slot_of(names, bytes, len)] : BPE_NO;
}

static int grow_symbols(struct bpe_names *names)
{
    uint32_t cap = names->cap ? names->cap * 2 : 1024;
    size_t *start = realloc(names->start, ((size_t)cap + 1) * sizeof *start);
    if (!start)
        return -1;
    names->start = start;
    start[0] = 0;
    uint32_t *slots = malloc((size_t)cap * 2 * sizeof *slots);
    if (!slots)
        return -1;
    memset(slots, 0xFF, (size_t)cap * 2 * sizeof *slots);
    free(names->slots);
    names->slots = slots;
    names->mask = cap * 2 - 1;
    names->cap = cap;
    for (uint32_t s = 0; s < names->n; s++)
        slots[slot_of(names, names->bytes + start[s], start[s + 1] - start[s])] = s;
    return 0;
}

static int grow_bytes(struct bpe_names *names, size_t need)
{
    size_t cap = names->bytes_cap ? names->bytes_cap : 4096;
    while (cap < need)
        cap *= 2;
    unsigned char *bytes = realloc(names->bytes, cap);
    if (!bytes)
        return -1;
    names->bytes = bytes;
    names->bytes_cap = cap;
    return 0;
}

uint32_t kern_bpe_name_add(struct bpe_names *names, const unsigned char *bytes, size_t len)
{
    uint32_t known = kern_bpe_name_find(names, bytes, len);
    if (known != BPE_NO)
        return known;
    if (names->n == names->cap && grow_symbols(names) != 0)
        return BPE_NO;
    size_t used = names->start[names->n];
    if (used + len > names->bytes_cap && grow_bytes(names, used + len) != 0)
        return BPE_NO;
    uint32_t s = names->n;
    uint32_t slot = slot_of(names, bytes, len);
    memcpy(names->bytes + used, bytes, len);
    names->start[s + 1] = used + len;
    names->n = s + 1;
    names->slots[slot] = s;
    return s;
}
