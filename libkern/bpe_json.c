/* SPDX-License-Identifier: Apache-2.0
 * Reads vocab.json: one flat object of strings to whole numbers, by the grammar of RFC 8259 and nothing besides.
 * Characters of a token are GPT-2's for bytes. Refuses everything else: other values, nesting, a token twice. */
#include <stdlib.h>
#include <string.h>

#include "libkern/bpe_data.h"

struct json {
    struct kern_bpe *b;
    struct bpe_alphabet alphabet;
    const unsigned char *p, *end;
    const unsigned char *line_start;
    unsigned long line;
    uint32_t cap; /* of b->id */
    struct kern_bpe_error *e;
};

static int fail(const struct json *j, int status, const char *what)
{
    return kern_bpe_fail(j->e, status, "vocab:%lu:%lu: %s", j->line, (unsigned long)(j->p - j->line_start) + 1, what);
}

static void skip_space(struct json *j)
{
    for (; j->p < j->end && (*j->p == ' ' || *j->p == '\t' || *j->p == '\n' || *j->p == '\r'); j->p++) {
        if (*j->p == '\n') {
            j->line++;
            j->line_start = j->p + 1;
        }
    }
}

/* Behind white space: whether the next character is c, which is then passed. */
static int take(struct json *j, unsigned char c)
{
    skip_space(j);
    if (j->p == j->end || *j->p != c)
        return 0;
    j->p++;
    return 1;
}

static int hex4(struct json *j, uint32_t *code)
{
    *code = 0;
    if (j->end - j->p < 4)
        return -1;
    for (int i = 0; i < 4; i++, j->p++) {
        unsigned c = *j->p, digit = c - '0';
        if (digit > 9)
            digit = (c | 0x20) - 'a' < 6 ? (c | 0x20) - 'a' + 10 : 16;
        if (digit > 15)
            return -1;
        *code = *code << 4 | digit;
    }
    return 0;
}

/* What follows a backslash. A surrogate is passed on as it is: no surrogate and no pair of them stands for a byte. */
static int read_escape(struct json *j, uint32_t *code)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (j->p == j->end)
        return fail(j, KERN_BPE_SYNTAX, "the file ends within a string");
    unsigned char c = *j->p++;
    const char *found = c ? strchr(from, c) : NULL;
    if (found)
        *code = (unsigned char)to[found - from];
    else if (c != 'u' || hex4(j, code) != 0)
        return fail(j, KERN_BPE_SYNTAX, "not an escape sequence of JSON");
    return KERN_BPE_OK;
}

static int read_char(struct json *j, uint32_t *code)
{
    unsigned len;
    if (j->p == j->end)
        return fail(j, KERN_BPE_SYNTAX, "the file ends within a string");
    if (*j->p == '\\') {
        j->p++;
        return read_escape(j, code);
    }
    *code = bpe_code_point(j->p, j->end, &len);
    if (*code == BPE_NO)
        return fail(j, KERN_BPE_ENCODING, "not UTF-8");
    if (*code < 0x20)
        return fail(j, KERN_BPE_SYNTAX, "a control character within a string");
    j->p += len;
    return KERN_BPE_OK;
}

/* A string, as the bytes that its characters stand for. */
static int read_token(struct json *j, unsigned char *bytes, size_t *n)
{
    *n = 0;
    if (!take(j, '"'))
        return fail(j, KERN_BPE_SYNTAX, "expected a token in double quotes");
    while (j->p == j->end || *j->p != '"') {
        uint32_t code = 0;
        int status = read_char(j, &code);
        if (status != KERN_BPE_OK)
            return status;
        if (code >= BPE_ALPHABET || j->alphabet.to_byte[code] < 0)
            return fail(j, KERN_BPE_UNKNOWN, "a character that stands for no byte");
        if (*n == KERN_BPE_MAX_TOKEN)
            return fail(j, KERN_BPE_LIMIT, "a token of more than 1024 bytes");
        bytes[(*n)++] = (unsigned char)j->alphabet.to_byte[code];
    }
    j->p++;
    return *n ? KERN_BPE_OK : fail(j, KERN_BPE_SYNTAX, "an empty token");
}

static int read_id(struct json *j, uint32_t *id)
{
    skip_space(j);
    const unsigned char *first = j->p;
    *id = 0;
    for (; j->p < j->end && *j->p >= '0' && *j->p <= '9'; j->p++) {
        *id = *id * 10 + (*j->p - '0');
        if (*id >= KERN_BPE_MAX_TOKENS)
            return fail(j, KERN_BPE_LIMIT, "an id of 1048576 or more");
    }
    if (j->p == first || (*first == '0' && j->p > first + 1))
        return fail(j, KERN_BPE_SYNTAX, "expected an id: a whole number from 0, without leading zeros");
    return KERN_BPE_OK;
}

/* Gives symbol s its id; a token that no merge makes becomes a new symbol. */
static int put_id(struct json *j, const unsigned char *bytes, size_t n, uint32_t id)
{
    struct kern_bpe *b = j->b;
    if (b->names.n == KERN_BPE_MAX_TOKENS && kern_bpe_name_find(&b->names, bytes, n) == BPE_NO)
        return fail(j, KERN_BPE_LIMIT, "more than 1048576 tokens");
    uint32_t s = kern_bpe_name_add(&b->names, bytes, n);
    if (s != BPE_NO && s >= j->cap) {
        uint32_t cap = b->names.cap;
        uint32_t *ids = realloc(b->id, cap * sizeof *ids);
        if (!ids)
            return fail(j, KERN_BPE_NO_MEMORY, "out of memory");
        memset(ids + j->cap, 0xFF, (cap - j->cap) * sizeof *ids);
        b->id = ids;
        j->cap = cap;
    }
    if (s == BPE_NO)
        return fail(j, KERN_BPE_NO_MEMORY, "out of memory");
    if (b->id[s] != BPE_NO)
        return fail(j, KERN_BPE_DUPLICATE, "this token was there before");
    b->id[s] = id;
    return KERN_BPE_OK;
}

static int read_entry(struct json *j)
{
    unsigned char bytes[KERN_BPE_MAX_TOKEN];
    size_t n;
    uint32_t id;
    int status = read_token(j, bytes, &n);
    if (status != KERN_BPE_OK)
        return status;
    if (!take(j, ':'))
        return fail(j, KERN_BPE_SYNTAX, "expected ':'");
    status = read_id(j, &id);
    return status == KERN_BPE_OK ? put_id(j, bytes, n, id) : status;
}

int kern_bpe_read_vocab(struct kern_bpe *b, const char *text, size_t len, struct kern_bpe_error *e)
{
    struct json j = { .b = b, .p = (const unsigned char *)text, .line = 1, .cap = b->names.cap, .e = e };
    j.end = j.p + len;
    j.line_start = j.p;
    kern_bpe_alphabet(&j.alphabet);
    b->id = malloc(j.cap * sizeof *b->id);
    if (!b->id)
        return fail(&j, KERN_BPE_NO_MEMORY, "out of memory");
    memset(b->id, 0xFF, j.cap * sizeof *b->id);
    if (!take(&j, '{'))
        return fail(&j, KERN_BPE_SYNTAX, "expected '{'");
    do {
        int status = read_entry(&j);
        if (status != KERN_BPE_OK)
            return status;
    } while (take(&j, ','));
    if (!take(&j, '}'))
        return fail(&j, KERN_BPE_SYNTAX, "expected ',' or '}'");
    skip_space(&j);
    return j.p == j.end ? KERN_BPE_OK : fail(&j, KERN_BPE_SYNTAX, "expected the end of the file");
}
