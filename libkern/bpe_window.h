/* SPDX-License-Identifier: Apache-2.0
 * isa_run() of bpe_body.h for variants that classify 64 bytes at once. Each 64 bytes are looked at about once: the four
 * masks are kept, and a run is a count of bits. The variant defines, before including this,
 *
 *     void isa_classify(const unsigned char *p, uint64_t mask[BPE_CLASSES])
 *         bit i of mask[c] is 1 where p[i] is an ASCII character of class c */
#ifndef LIBKERN_BPE_WINDOW_H
#define LIBKERN_BPE_WINDOW_H

#include <string.h>

#include "libkern/bpe_data.h"

enum { WINDOW = 64 };

struct isa_window {
    const unsigned char *base; /* NULL: nothing classified yet */
    uint64_t mask[BPE_CLASSES];
};

/* Behind the end of the text the window holds bytes of no class. */
static void move_window(struct isa_window *w, const unsigned char *p, const unsigned char *end)
{
    unsigned char rest[WINDOW];
    w->base = p;
    if (end - p < WINDOW) {
        memset(rest, 0x80, sizeof rest);
        memcpy(rest, p, (size_t)(end - p));
        p = rest;
    }
    isa_classify(p, w->mask);
}

static inline size_t isa_run(struct isa_window *w, const unsigned char *p, const unsigned char *end,
                             enum bpe_class class)
{
    const unsigned char *first = p;
    while (p < end) {
        if (!w->base || (size_t)(p - w->base) >= WINDOW) /* in front of it too: a piece may end before its run does */
            move_window(w, p, end);
        unsigned at = (unsigned)(p - w->base);
        uint64_t others = ~w->mask[class] >> at;
        if (others)
            return (size_t)(p - first) + (unsigned)__builtin_ctzll(others);
        p += WINDOW - at;
    }
    return (size_t)(end - first);
}

#endif
