/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/base/utf8.h"

/* Unicode 15, table 3-7: the first byte decides the length and what the second byte may be. */
struct lead {
    unsigned char first, last;
    unsigned char length;
    unsigned char second_min, second_max;
};

static const struct lead leads[] = {
    { 0x00, 0x7f, 1, 0x00, 0x00 }, { 0xc2, 0xdf, 2, 0x80, 0xbf }, { 0xe0, 0xe0, 3, 0xa0, 0xbf },
    { 0xe1, 0xec, 3, 0x80, 0xbf }, { 0xed, 0xed, 3, 0x80, 0x9f }, { 0xee, 0xef, 3, 0x80, 0xbf },
    { 0xf0, 0xf0, 4, 0x90, 0xbf }, { 0xf1, 0xf3, 4, 0x80, 0xbf }, { 0xf4, 0xf4, 4, 0x80, 0x8f },
};

static size_t check_tail(const unsigned char *u, const struct lead *lead)
{
    if (lead->length > 1 && (u[1] < lead->second_min || u[1] > lead->second_max))
        return 0;
    for (size_t i = 2; i < lead->length; i++)
        if ((u[i] & 0xc0) != 0x80)
            return 0;
    return lead->length;
}

size_t utf8_length(const char *s, size_t left)
{
    const unsigned char *u = (const unsigned char *)s;
    for (size_t i = 0; left && i < sizeof leads / sizeof *leads; i++)
        if (u[0] >= leads[i].first && u[0] <= leads[i].last)
            return leads[i].length <= left ? check_tail(u, &leads[i]) : 0;
    return 0;
}
