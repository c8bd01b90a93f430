/* SPDX-License-Identifier: Apache-2.0
 * Byte-level BPE in portable C. */
#define KERN_BPE_ENCODE kern_bpe_encode_utf8_auto

#include "libkern/bpe_data.h"

struct isa_window {
    char unused;
};

static inline size_t isa_run(const struct isa_window *w, const unsigned char *p, const unsigned char *end,
                             enum bpe_class class)
{
    const unsigned char *first = p;
    (void)w;
    while (p < end && *p < 0x80 && kern_bpe_ascii[*p] == class)
        p++;
    return (size_t)(p - first);
}

static inline uint32_t isa_least(const uint32_t *key, unsigned n)
{
    uint32_t least = BPE_NO;
    for (unsigned i = 0; i < n; i++)
        least = key[i] < least ? key[i] : least;
    return least;
}

#include "libkern/bpe_body.h"
