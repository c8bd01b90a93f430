/* SPDX-License-Identifier: Apache-2.0
 * Classes of characters and the plain pre-tokeniser, which follows GPT-2's expression alternative by alternative. */
#include <stdlib.h>
#include <string.h>

#include "libkern/bpe_data.h"

enum { O = BPE_OTHER, L = BPE_LETTER, N = BPE_NUMBER, S = BPE_SPACE };

static const struct {
    uint32_t first, last;
    unsigned char class;
} ranges[] = {
#include "libkern/bpe_unicode.inc"
};
enum { RANGES = sizeof ranges / sizeof ranges[0] };

/* clang-format off */
const unsigned char kern_bpe_ascii[128] = {
    O, O, O, O, O, O, O, O, O, S, S, S, S, S, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
    S, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, N, N, N, N, N, N, N, N, N, N, O, O, O, O, O, O,
    O, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, O, O, O, O, O,
    O, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, O, O, O, O, O,
};
/* clang-format on */

/* The first range that ends at code or behind it; RANGES if none does. */
static size_t first_range(uint32_t code)
{
    size_t low = 0, high = RANGES;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (ranges[mid].last < code)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

enum bpe_class kern_bpe_class(uint32_t code)
{
    if (code < 128)
        return kern_bpe_ascii[code];
    size_t i = first_range(code);
    return i < RANGES && code >= ranges[i].first ? ranges[i].class : BPE_OTHER;
}

static void set_class(unsigned char *cells, uint32_t in_page, unsigned class)
{
    cells[in_page / 4] |= (unsigned char)(class << in_page % 4 * 2);
}

static void fill_page(unsigned char *cells, uint32_t page)
{
    uint32_t first = page * 256, last = first + 255;
    memset(cells, 0, BPE_CELLS);
    for (uint32_t i = 0; page == 0 && i < 128; i++)
        set_class(cells, i, kern_bpe_ascii[i]);
    for (size_t i = first_range(first); i < RANGES && ranges[i].first <= last; i++) {
        uint32_t from = ranges[i].first > first ? ranges[i].first : first;
        uint32_t to = ranges[i].last < last ? ranges[i].last : last;
        for (uint32_t code = from; code <= to; code++)
            set_class(cells, code - first, ranges[i].class);
    }
}

/* Most pages are equal to another one (all letters, all other), and are kept once. */
int kern_bpe_pages(struct kern_bpe *b)
{
    size_t n = 0;
    b->cells = malloc(BPE_PAGES * sizeof *b->cells);
    if (!b->cells)
        return KERN_BPE_NO_MEMORY;
    for (uint32_t page = 0; page < BPE_PAGES; page++) {
        size_t i = 0;
        fill_page(b->cells[n], page);
        while (memcmp(b->cells[i], b->cells[n], BPE_CELLS) != 0)
            i++;
        b->page[page] = (uint16_t)i;
        n += i == n;
    }
    void *shrunk = realloc(b->cells, n * sizeof *b->cells);
    if (shrunk)
        b->cells = shrunk;
    return KERN_BPE_OK;
}

size_t kern_bpe_contraction(const unsigned char *p, const unsigned char *end)
{
    size_t left = (size_t)(end - p);
    if (left >= 2 && (p[1] == 's' || p[1] == 't' || p[1] == 'm' || p[1] == 'd'))
        return 2;
    if (left >= 3 && ((p[1] == 'r' && p[2] == 'e') || (p[1] == 'v' && p[2] == 'e') || (p[1] == 'l' && p[2] == 'l')))
        return 3;
    return 0;
}

static enum bpe_class class_at(const unsigned char *p, const unsigned char *end, unsigned *len)
{
    return kern_bpe_class(bpe_code_point(p, end, len));
}

/* The end of the run of one class that starts at p; *last is where its last character starts (p if it is empty). */
static const unsigned char *run(const unsigned char *p, const unsigned char *end, enum bpe_class class,
                                const unsigned char **last)
{
    unsigned len;
    *last = p;
    while (p < end && class_at(p, end, &len) == class) {
        *last = p;
        p += len;
    }
    return p;
}

size_t kern_bpe_piece(const unsigned char *text, size_t len)
{
    if (len == 0)
        return 0;
    const unsigned char *end = text + len, *last;
    size_t n = *text == '\'' ? kern_bpe_contraction(text, end) : 0;
    if (n)
        return n;
    /* ` ?` takes a space only where one of the three classes follows it. */
    const unsigned char *p = text + (*text == ' ' && len > 1);
    unsigned step;
    enum bpe_class class = class_at(p, end, &step);
    if (class != BPE_SPACE)
        return (size_t)(run(p, end, class, &last) - text);
    /* \s+(?!\S) gives its last character back unless the text ends there; of one character \s+ takes what is left. */
    const unsigned char *stop = run(text, end, BPE_SPACE, &last);
    return (size_t)((stop == end || last == text ? stop : last) - text);
}

/* --- Llama 3's expression ---------------------------------------------------------------------------------------- */

/* (?i:'s|'t|'re|'ve|'m|'ll|'d): ignoring case, U+017F, the long s, is an s too. */
size_t kern_bpe_contraction_any_case(const unsigned char *p, const unsigned char *end)
{
    unsigned char lower[3] = { '\'', 0, 0 };
    size_t left = (size_t)(end - p);
    if (left >= 3 && p[1] == 0xC5 && p[2] == 0xBF)
        return 3;
    for (size_t i = 1; i < 3 && i < left; i++)
        lower[i] = p[i] >= 'A' && p[i] <= 'Z' ? (unsigned char)(p[i] | 0x20) : p[i];
    return kern_bpe_contraction(lower, lower + (left < 3 ? left : 3));
}

static int breaks_line(unsigned char c)
{
    return c == '\r' || c == '\n';
}

/* \p{N}{1,most} from p on, where a number stands. */
static const unsigned char *some_digits(const unsigned char *p, const unsigned char *end, unsigned most)
{
    unsigned len;
    for (; most && p < end && class_at(p, end, &len) == BPE_NUMBER; most--)
        p += len;
    return p;
}

/* \s*[\r\n]+|\s+(?!\S)|\s+ from p on, where white space stands. */
static const unsigned char *spaces(const unsigned char *p, const unsigned char *end)
{
    const unsigned char *last, *stop = run(p, end, BPE_SPACE, &last);
    for (const unsigned char *q = stop; q > p; q--)
        if (breaks_line(q[-1]))
            return q;
    return stop == end || last == p ? stop : last;
}

size_t kern_bpe_piece_modern(const unsigned char *text, size_t len, unsigned most_digits)
{
    const unsigned char *end = text + len, *next, *last;
    unsigned step, behind;
    size_t n = *text == '\'' ? kern_bpe_contraction_any_case(text, end) : 0;
    if (n)
        return n;
    enum bpe_class class = class_at(text, end, &step);
    next = text + step;
    if (class == BPE_NUMBER)
        return (size_t)(some_digits(text, end, most_digits) - text);
    /* [^\r\n\p{L}\p{N}]?\p{L}+ */
    if (class == BPE_LETTER || (!breaks_line(*text) && next < end && class_at(next, end, &behind) == BPE_LETTER))
        return (size_t)(run(next, end, BPE_LETTER, &last) - text);
    /*  ?[^\s\p{L}\p{N}]+[\r\n]* */
    if (class == BPE_OTHER || (*text == ' ' && next < end && class_at(next, end, &behind) == BPE_OTHER)) {
        const unsigned char *q = run(class == BPE_OTHER ? text : next, end, BPE_OTHER, &last);
        while (q < end && breaks_line(*q))
            q++;
        return (size_t)(q - text);
    }
    return (size_t)(spaces(text, end) - text);
}

size_t kern_bpe_split(const struct kern_bpe *b, const unsigned char *text, size_t len)
{
    if (b->split == BPE_SPLIT_GPT2 || len == 0)
        return kern_bpe_piece(text, len);
    return kern_bpe_piece_modern(text, len, (unsigned)b->split);
}
