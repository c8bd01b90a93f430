/* SPDX-License-Identifier: Apache-2.0
 * The plain pre-tokeniser against expectations derived by hand from GPT-2's expression, against a slow interpreter of
 * that expression written here, and against Unicode. */
#include <string.h>

#include "tests/kern/check_bpe.h"

/* Pieces are separated by '|', which is not part of the text. */
static const char *const by_hand[] = {
    "Hello| world|!",
    "I|'m| sure| we|'ll| say| it|'s| theirs|'",
    "don|'t|they|'re|they|'ve|we|'d",
    "it|'|S| IT|'|LL", /* contractions are lower case only */
    "'ll|l",
    "'|l",
    "'|r",
    "'|v",
    "'re",
    "'|e",
    "'s|'s",
    "'s|s",
    "''|s",
    "!!'|s",
    " '|s",
    "x|('|s", /* an apostrophe inside a run of others begins no contraction */
    "abc|123|abc| 3|.|14| -|5",
    "a| | b",
    "a|  | b",
    "a|   ",
    " ",
    "  ",
    " | a",
    " a",
    "a|\n|b",
    "a|\n| b",
    "a|\n|\n|b",
    "a|\n\n| b",
    "x| |\t|y",
    "x|\t| y",
    "x|\r|\n|y",
    "x| \n",
    "a|\f|b|\v|c",
    "a|\x1c|b",
    "a|\x7f|b",
    "a| \x7f|b",
    "int| main|(|void|)|\n|{|\n   | return| 0|;|\n|}|\n",
    "na\u00efve| caf\u00e9| \u00fcber",
    "\uff11\uff12| \u4e09| \u00bd|x|\u2163",
    "e|\u0301",
    "\u0928\u092e\u0938|\u094d|\u0924|\u0947", /* marks are others */
    "a|\U0001F642!|b",
    "\U0001F469\u200d\U0001F52C| \U0001F642",
    "a|\u200b|b|\ufeff",
    "10| \u20ac|5",
    "a|\u00a0|b",
    "a|\u00a0| b",
    "a| |\u00a0|b",
    "\u3000|\u3000|x",
    "a|\xc2\x85|b",
    "a|\u2003 ",
    "\u2028|x",
    "\U00020000\U0001D400| \U0001D7D8", /* beyond the first plane: an ideograph, a mathematical A; a digit */
    "a|\xe0\x81\xa1|a",
    "a|\xf0\x80\x81\xa1|a",
    "1|\xe0\x80\xb1|1", /* overlong forms are no letters, no digits */
    "a|\xff\xfe|b",
    "a|\xc3|b",
    "\xe4\xb8",
    "a|\xed\xa0\x80|b",
    "a|\xc0\xaf|b",
    "a|\xf4\x90\x80\x80|b",
    " \xff|a",
    "\xe2\x80!|a",
    "\u00e9|\x80|\u00e9",
    "a|\xf0\x9f\x99|a",
    "a|\xc3|\u00e9",
};

static void check_row(struct checks *c, const char *row)
{
    unsigned char text[128];
    size_t n = 0;
    for (const char *p = row; *p; p++)
        if (*p != '|')
            text[n++] = (unsigned char)*p;
    size_t at = 0;
    check_at(c, "bpe piece '%s'", row);
    for (const char *p = row;; p++) {
        size_t want = strcspn(p, "|"), got = kern_bpe_piece(text + at, n - at);
        if (!check_that(c, got == want, "piece at %zu: got %zu bytes, want %zu", at, got, want))
            return;
        at += want;
        p += want;
        if (!*p)
            break;
    }
    CHECK(c, at == n);
}

/* --- the expression, interpreted --------------------------------------------------------------------------------- */

const struct letter check_bpe_letters[] = {
    { "a", 'L' },      { "s", 'L' },          { "t", 'L' },          { "r", 'L' },      { "e", 'L' },
    { "v", 'L' },      { "l", 'L' },          { "m", 'L' },          { "d", 'L' },      { "S", 'L' },
    { "Z", 'L' },      { "z", 'L' },          { "\u00e9", 'L' },     { "\u00aa", 'L' }, { "\u0436", 'L' },
    { "\u4e2d", 'L' }, { "\U00020000", 'L' }, { "0", 'N' },          { "9", 'N' },      { "\u00b2", 'N' },
    { "\u0664", 'N' }, { "\u2163", 'N' },     { "\U0001D7D8", 'N' }, { " ", ' ' },      { " ", ' ' },
    { " ", ' ' },      { "\t", 'S' },         { "\n", 'S' },         { "\r", 'S' },     { "\v", 'S' },
    { "\u00a0", 'S' }, { "\xc2\x85", 'S' },   { "\u2003", 'S' },     { "\u3000", 'S' }, { "'", '\'' },
    { "'", '\'' },     { "'", '\'' },         { "!", 'O' },          { "/", 'O' },      { ":", 'O' },
    { "@", 'O' },      { "[", 'O' },          { "`", 'O' },          { "{", 'O' },      { "\x7f", 'O' },
    { "\x01", 'O' },   { "\x1f", 'O' },       { "\x08", 'O' },       { "\x0e", 'O' },   { "\u0301", 'O' },
    { "\u20ac", 'O' }, { "\U0001F642", 'O' }, { "\xff", 'O' },       { "\xc0", 'O' },   { "\xf5", 'O' },
    { "\xfe", 'O' },
};
const size_t check_bpe_nletters = sizeof check_bpe_letters / sizeof check_bpe_letters[0];

enum { LETTERS = 400 };

struct sentence {
    const struct letter *at[LETTERS + 1];
    size_t n;
};

/* Runs of one letter's class are made likely, so that runs are long now and then. */
static void random_sentence(struct sentence *s, size_t n, uint64_t *state)
{
    const struct letter *last = NULL;
    for (s->n = 0; s->n < n;) {
        const struct letter *l = &check_bpe_letters[rnd_below(state, check_bpe_nletters)];
        if (last && last->class != l->class && rnd_below(state, 8) != 0)
            continue;
        s->at[s->n++] = last = l;
        if (rnd_below(state, 3) == 0)
            last = NULL;
    }
}

static int is_class(const struct letter *l, char class)
{
    return l->class == class || (class == 'S' && l->class == ' ') || (class == 'O' && l->class == '\'');
}

static size_t run_of(const struct sentence *s, size_t i, char class)
{
    size_t n = 0;
    while (i + n < s->n && is_class(s->at[i + n], class))
        n++;
    return n;
}

/* How many letters each alternative of the expression takes at i; 0 is no match. */
static size_t contraction(const struct sentence *s, size_t i)
{
    static const char *const all[] = { "s", "t", "re", "ve", "m", "ll", "d" };
    for (size_t k = 0; s->at[i]->class == '\'' && k < sizeof all / sizeof all[0]; k++) {
        size_t n = strlen(all[k]), same = 0;
        while (same < n && i + 1 + same < s->n && s->at[i + 1 + same]->bytes[0] == all[k][same])
            same++;
        if (same == n)
            return n + 1;
    }
    return 0;
}

static size_t spaced_run(const struct sentence *s, size_t i, char class)
{
    size_t space = s->at[i]->class == ' ', n = run_of(s, i + space, class);
    return n ? space + n : 0;
}

static size_t piece_of(const struct sentence *s, size_t i)
{
    size_t n = contraction(s, i);
    for (const char *class = "LNO"; n == 0 && *class; class ++)
        n = spaced_run(s, i, *class);
    if (n)
        return n;
    n = run_of(s, i, 'S');
    while (n && i + n < s->n && !is_class(s->at[i + n], 'S'))
        n--; /* the look-ahead fails: backtrack until what follows is white space */
    return n ? n : run_of(s, i, 'S');
}

static size_t bytes_of(const struct sentence *s, size_t from, size_t n, unsigned char *out)
{
    size_t len = 0;
    for (size_t i = from; i < from + n; i++) {
        size_t add = strlen(s->at[i]->bytes);
        if (out)
            memcpy(out + len, s->at[i]->bytes, add);
        len += add;
    }
    return len;
}

static void check_random(struct checks *c, uint64_t *state)
{
    struct sentence s;
    unsigned char text[LETTERS * 4];
    for (int round = 0; round < 2000; round++) {
        random_sentence(&s, 1 + rnd_below(state, round % 10 ? 30 : LETTERS), state);
        size_t len = bytes_of(&s, 0, s.n, text), at = 0;
        check_at(c, "bpe piece random=%d", round);
        for (size_t i = 0; i < s.n;) {
            size_t letters = piece_of(&s, i), want = bytes_of(&s, i, letters, NULL);
            size_t got = kern_bpe_piece(text + at, len - at);
            if (!check_that(c, got == want, "at byte %zu: got %zu bytes, want %zu", at, got, want))
                break;
            i += letters;
            at += want;
        }
    }
}

size_t check_bpe_text(unsigned char *text, size_t cap, uint64_t *state)
{
    struct sentence s;
    size_t len = 0;
    while (cap - len >= 4) {
        size_t most = (cap - len) / 4;
        random_sentence(&s, most < LETTERS ? most : LETTERS, state);
        len += bytes_of(&s, 0, s.n, text + len);
    }
    return len;
}

size_t check_bpe_bytes(unsigned char bytes[256])
{
    unsigned char seen[256] = { 0 };
    size_t n = 0;
    for (size_t i = 0; i < check_bpe_nletters; i++)
        for (const char *p = check_bpe_letters[i].bytes; *p; p++)
            seen[(unsigned char)*p] = 1;
    for (unsigned i = 0; i < 256; i++)
        if (seen[i])
            bytes[n++] = (unsigned char)i;
    return n;
}

/* --- Unicode ----------------------------------------------------------------------------------------------------- */

static size_t put_utf8(unsigned char *p, uint32_t code)
{
    size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; code >>= 6)
        p[i] = (unsigned char)(0x80 | (code & 0x3F));
    p[0] = (unsigned char)(n == 1 ? code : ((0xF00u >> n) & 0xFF) | code);
    return n;
}

/* The class of a code point, seen from outside: with which follower it makes one piece. */
static unsigned class_of(uint32_t code)
{
    static const char follower[] = { '!', 'a', '1' };
    unsigned char text[8];
    size_t n = put_utf8(text, code);
    for (unsigned k = 0; k < 3; k++) {
        text[n] = (unsigned char)follower[k];
        if (code != ' ' && kern_bpe_piece(text, n + 1) == n + 1)
            return k;
    }
    return 3;
}

/* Numbers by Python 3.11: unicodedata 14.0.0, every code point but surrogates; white space is Z*, U+0085, 9..13;
 * the checksum is FNV-1a over the classes (other 0, letter 1, number 2, white space 3) in order. */
static void check_unicode(struct checks *c)
{
    static const unsigned long want[4] = { 978492, 131756, 1791, 25 };
    unsigned long got[4] = { 0 };
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    for (uint32_t code = 0; code < 0x110000; code++) {
        if (code >= 0xD800 && code < 0xE000)
            continue;
        unsigned k = class_of(code);
        got[k]++;
        sum = (sum ^ k) * UINT64_C(0x100000001b3);
    }
    check_at(c, "bpe unicode");
    for (unsigned k = 0; k < 4; k++)
        check_that(c, got[k] == want[k], "class %u: got %lu code points, want %lu", k, got[k], want[k]);
    check_that(c, sum == UINT64_C(0x5668b4c2e00d43e8), "checksum of classes is 0x%llx", (unsigned long long)sum);
}

void check_bpe_piece(struct checks *c)
{
    uint64_t state = check_seed(c, "bpe piece");
    for (size_t i = 0; i < sizeof by_hand / sizeof by_hand[0]; i++)
        check_row(c, by_hand[i]);
    check_at(c, "bpe piece");
    CHECK(c, kern_bpe_piece((const unsigned char *)"", 0) == 0);
    CHECK(c, kern_bpe_piece((const unsigned char *)"\0a", 2) == 1);
    CHECK(c, kern_bpe_piece((const unsigned char *)"a\0", 2) == 1);
    check_random(c, &state);
    check_unicode(c);
}
