/* SPDX-License-Identifier: Apache-2.0
 * Text of unknown origin, made fit to print. */
#include "reports/text.h"

#include <stdbool.h>
#include <string.h>

enum { REPLACEMENT = 0xFFFD, NAME_MAX_BYTES = 100 };

struct range {
    uint32_t from, to;
};

/* No width of their own: combining marks, joiners, variation selectors. */
static const struct range zero_width[] = {
    { 0x0300, 0x036F }, { 0x0483, 0x0489 }, { 0x0591, 0x05BD }, { 0x064B, 0x065F },
    { 0x1AB0, 0x1AFF }, { 0x1DC0, 0x1DFF }, { 0x200B, 0x200D }, { 0x2060, 0x2060 },
    { 0x20D0, 0x20FF }, { 0xFE00, 0xFE0F }, { 0xFE20, 0xFE2F },
};

/* Two columns: East Asian wide and full-width forms, emoji. */
static const struct range double_width[] = {
    { 0x1100, 0x115F },   { 0x2E80, 0x303E },   { 0x3041, 0xA4CF },   { 0xAC00, 0xD7A3 },
    { 0xF900, 0xFAFF },   { 0xFE30, 0xFE6F },   { 0xFF00, 0xFF60 },   { 0xFFE0, 0xFFE6 },
    { 0x1F300, 0x1F64F }, { 0x1F680, 0x1F6FF }, { 0x1F900, 0x1F9FF }, { 0x20000, 0x3FFFD },
};

/* What steers a terminal, a line break or the reading direction. */
static const struct range steering[] = {
    { 0x0000, 0x001F }, { 0x007F, 0x009F }, { 0x061C, 0x061C }, { 0x200E, 0x200F },   { 0x2028, 0x202E },
    { 0x2066, 0x2069 }, { 0xFEFF, 0xFEFF }, { 0xFFF9, 0xFFFB }, { 0xE0000, 0xE007F },
};

static bool within(uint32_t c, const struct range *r, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (c >= r[i].from && c <= r[i].to)
            return true;
    return false;
}
#define WITHIN(c, set) within(c, set, sizeof(set) / sizeof(set)[0])

/* Length of the sequence that a lead byte announces; 0: no lead byte. */
static int sequence_length(unsigned char c)
{
    if (c < 0x80)
        return 1;
    if (c >= 0xC2 && c <= 0xDF)
        return 2;
    if (c >= 0xE0 && c <= 0xEF)
        return 3;
    return c >= 0xF0 && c <= 0xF4 ? 4 : 0;
}

uint32_t text_next(const char **s)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    static const unsigned char lead_bits[] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };
    const unsigned char *p = (const unsigned char *)*s;
    if (!*p)
        return 0;
    int len = sequence_length(*p);
    *s += 1;
    if (!len)
        return REPLACEMENT;
    uint32_t c = *p & lead_bits[len];
    for (int i = 1; i < len; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return REPLACEMENT;
        c = c << 6 | (p[i] & 0x3F);
    }
    if (c < least[len] || (c >= 0xD800 && c <= 0xDFFF) || c > 0x10FFFF)
        return REPLACEMENT;
    *s += len - 1;
    return c;
}

void text_put(struct buf *b, uint32_t c)
{
    static const unsigned char lead[] = { 0, 0x00, 0xC0, 0xE0, 0xF0 };
    char bytes[4];
    int len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (int i = len - 1; i > 0; i--, c >>= 6)
        bytes[i] = (char)(0x80 | (c & 0x3F));
    bytes[0] = (char)(lead[len] | c);
    buf_add(b, bytes, (size_t)len);
}

static size_t width_of(uint32_t c)
{
    if (WITHIN(c, zero_width))
        return 0;
    return WITHIN(c, double_width) ? 2 : 1;
}

size_t text_width(const char *s)
{
    size_t width = 0;
    for (uint32_t c; (c = text_next(&s)) != 0;)
        width += width_of(c);
    return width;
}

void text_line(struct buf *b, const char *s)
{
    if (!s)
        return;
    for (uint32_t c; (c = text_next(&s)) != 0;) {
        if (c == '\n' || c == '\r' || c == '\t')
            c = ' ';
        else if (WITHIN(c, steering))
            c = REPLACEMENT;
        text_put(b, c);
    }
}

const char *text_label(struct mem *m, const char *s, size_t width)
{
    static const char meaning[] = "\"'`\\$@{}[]|<>&~^#%;!*?";
    struct buf clean = { 0 }, out = { 0 };
    text_line(&clean, s);
    const char *p = buf_text(&clean);
    bool cut = text_width(p) > width;
    size_t room = cut && width ? width - 1 : width, used = 0;
    for (uint32_t c; (c = text_next(&p)) != 0;) {
        used += width_of(c);
        if (used > room)
            break;
        text_put(&out, c < 0x80 && strchr(meaning, (int)c) ? '_' : c);
    }
    if (cut)
        buf_puts(&out, "…");
    bool blank = strspn(buf_text(&out), " ") == out.len;
    const char *label = blank ? "-" : mem_dup(m, buf_text(&out));
    buf_free(&clean);
    buf_free(&out);
    return label;
}

const char *text_filename(struct mem *m, const char *s)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    char *name = mem_dupn(m, s && *s ? s : "host", strnlen(s && *s ? s : "host", NAME_MAX_BYTES));
    for (char *p = name; *p; p++)
        if (!strchr(allowed, *p))
            *p = '_';
    if (*name == '.' || *name == '-')
        *name = '_';
    return name;
}
