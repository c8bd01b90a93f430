/* SPDX-License-Identifier: Apache-2.0
 * The JSON reader of libkern/bpe_json.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "libkern/bpe_json.h"

struct bpe_json kern_bpe_json(const char *what, const char *text, size_t len, struct kern_bpe_error *e)
{
    const unsigned char *p = (const unsigned char *)text;
    return (struct bpe_json){ .what = what, .p = p, .end = p + len, .line_start = p, .line = 1, .e = e };
}

int kern_bpe_json_fail(const struct bpe_json *j, int status, const char *fmt, ...)
{
    char text[sizeof j->e->text];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return kern_bpe_fail(j->e, status, "%s:%lu:%lu: %s", j->what, j->line, (unsigned long)(j->p - j->line_start) + 1,
                         text);
}

static void skip_space(struct bpe_json *j)
{
    for (; j->p < j->end && (*j->p == ' ' || *j->p == '\t' || *j->p == '\n' || *j->p == '\r'); j->p++) {
        if (*j->p == '\n') {
            j->line++;
            j->line_start = j->p + 1;
        }
    }
}

int kern_bpe_json_take(struct bpe_json *j, unsigned char c)
{
    skip_space(j);
    if (j->p == j->end || *j->p != c)
        return 0;
    j->p++;
    return 1;
}

int kern_bpe_json_word(struct bpe_json *j, const char *word)
{
    size_t n = strlen(word);
    skip_space(j);
    if ((size_t)(j->end - j->p) < n || memcmp(j->p, word, n) != 0)
        return 0;
    j->p += n;
    return 1;
}

int kern_bpe_json_end(struct bpe_json *j)
{
    skip_space(j);
    return j->p == j->end ? KERN_BPE_OK : kern_bpe_json_fail(j, KERN_BPE_SYNTAX, "expected the end of the file");
}

/* --- numbers and words ------------------------------------------------------------------------------------------- */

int kern_bpe_json_whole(struct bpe_json *j, uint32_t limit, const char *what, uint32_t *n)
{
    skip_space(j);
    const unsigned char *first = j->p;
    uint64_t value = 0;
    for (; j->p < j->end && *j->p >= '0' && *j->p <= '9'; j->p++) {
        value = value * 10 + (*j->p - '0');
        if (value >= limit)
            return kern_bpe_json_fail(j, KERN_BPE_LIMIT, "%s of %u or more", what, (unsigned)limit);
    }
    *n = (uint32_t)value;
    if (j->p == first || (*first == '0' && j->p > first + 1))
        return kern_bpe_json_fail(j, KERN_BPE_SYNTAX, "expected %s: a whole number from 0, without leading zeros",
                                  what);
    return KERN_BPE_OK;
}

int kern_bpe_json_bool(struct bpe_json *j, int *yes)
{
    *yes = kern_bpe_json_word(j, "true");
    if (*yes || kern_bpe_json_word(j, "false"))
        return KERN_BPE_OK;
    return kern_bpe_json_fail(j, KERN_BPE_SYNTAX, "expected true or false");
}

static size_t digits(struct bpe_json *j)
{
    const unsigned char *first = j->p;
    while (j->p < j->end && *j->p >= '0' && *j->p <= '9')
        j->p++;
    return (size_t)(j->p - first);
}

static int next_is(struct bpe_json *j, const char *set)
{
    if (j->p == j->end || *j->p == 0 || !strchr(set, *j->p))
        return 0;
    j->p++;
    return 1;
}

static int skip_number(struct bpe_json *j)
{
    next_is(j, "-");
    const unsigned char *first = j->p;
    size_t whole = digits(j);
    int good = whole == 1 || (whole > 1 && *first != '0');
    if (good && next_is(j, "."))
        good = digits(j) > 0;
    if (good && next_is(j, "eE")) {
        next_is(j, "+-");
        good = digits(j) > 0;
    }
    return good ? KERN_BPE_OK : kern_bpe_json_fail(j, KERN_BPE_SYNTAX, "expected a value");
}

/* --- strings ----------------------------------------------------------------------------------------------------- */

static int hex4(struct bpe_json *j, uint32_t *code)
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

/* Joins the second half of a pair of surrogates to the first, if it follows. */
static void join_surrogates(struct bpe_json *j, uint32_t *code)
{
    struct bpe_json second = *j;
    uint32_t low;
    if (*code < 0xD800 || *code > 0xDBFF || j->end - j->p < 6 || j->p[0] != '\\' || j->p[1] != 'u')
        return;
    second.p += 2;
    if (hex4(&second, &low) != 0 || low < 0xDC00 || low > 0xDFFF)
        return;
    *code = 0x10000 + ((*code - 0xD800) << 10) + (low - 0xDC00);
    j->p = second.p;
}

/* What follows a backslash. */
static int read_escape(struct bpe_json *j, uint32_t *code)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (j->p == j->end)
        return kern_bpe_json_fail(j, KERN_BPE_SYNTAX, "the file ends within a string");
    unsigned char c = *j->p++;
    const char *found = c ? strchr(from, c) : NULL;
    if (found)
        *code = (unsigned char)to[found - from];
    else if (c != 'u' || hex4(j, code) != 0)
        return kern_bpe_json_fail(j, KERN_BPE_SYNTAX, "not an escape sequence of JSON");
    else
        join_surrogates(j, code);
    return KERN_BPE_OK;
}

int kern_bpe_json_char(struct bpe_json *j, uint32_t *code)
{
    unsigned len;
    if (j->p == j->end)
        return kern_bpe_json_fail(j, KERN_BPE_SYNTAX, "the file ends within a string");
    if (*j->p == '\\') {
        j->p++;
        return read_escape(j, code);
    }
    *code = bpe_code_point(j->p, j->end, &len);
    if (*code == BPE_NO)
        return kern_bpe_json_fail(j, KERN_BPE_ENCODING, "not UTF-8");
    if (*code < 0x20)
        return kern_bpe_json_fail(j, KERN_BPE_SYNTAX, "a control character within a string");
    j->p += len;
    return KERN_BPE_OK;
}

static size_t put_utf8(char *to, uint32_t code)
{
    size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; code >>= 6)
        to[i] = (char)(0x80 | (code & 0x3F));
    to[0] = (char)(n == 1 ? code : ((0xF00u >> n) & 0xFF) | code);
    return n;
}

int kern_bpe_json_text(struct bpe_json *j, char *text, size_t cap, size_t *n)
{
    size_t len = 0;
    if (!kern_bpe_json_take(j, '"'))
        return kern_bpe_json_fail(j, KERN_BPE_SYNTAX, "expected a string in double quotes");
    while (j->p == j->end || *j->p != '"') {
        uint32_t code = 0;
        int status = kern_bpe_json_char(j, &code);
        if (status != KERN_BPE_OK)
            return status;
        if (code >= 0xD800 && code <= 0xDFFF)
            return kern_bpe_json_fail(j, KERN_BPE_ENCODING, "half a pair of surrogates");
        if (cap - len < 5)
            return kern_bpe_json_fail(j, KERN_BPE_LIMIT, "a string of more than %zu bytes", cap - 5);
        len += put_utf8(text + len, code);
    }
    j->p++;
    text[len] = 0;
    if (n)
        *n = len;
    return KERN_BPE_OK;
}

static int skip_string(struct bpe_json *j)
{
    while (j->p == j->end || *j->p != '"') {
        uint32_t code;
        int status = kern_bpe_json_char(j, &code);
        if (status != KERN_BPE_OK)
            return status;
    }
    j->p++;
    return KERN_BPE_OK;
}

/* --- values within values ---------------------------------------------------------------------------------------- */

static int skip_value(struct bpe_json *j, int depth);

/* What follows '{' or '['. */
static int skip_inside(struct bpe_json *j, int depth, unsigned char close)
{
    if (depth == BPE_JSON_DEEPEST)
        return kern_bpe_json_fail(j, KERN_BPE_LIMIT, "more than %d values within each other", BPE_JSON_DEEPEST);
    if (kern_bpe_json_take(j, close))
        return KERN_BPE_OK;
    do {
        int status = KERN_BPE_OK;
        if (close == '}') {
            if (!kern_bpe_json_take(j, '"'))
                return kern_bpe_json_fail(j, KERN_BPE_SYNTAX, "expected a name in double quotes");
            status = skip_string(j);
            if (status == KERN_BPE_OK && !kern_bpe_json_take(j, ':'))
                return kern_bpe_json_fail(j, KERN_BPE_SYNTAX, "expected ':'");
        }
        if (status == KERN_BPE_OK)
            status = skip_value(j, depth + 1);
        if (status != KERN_BPE_OK)
            return status;
    } while (kern_bpe_json_take(j, ','));
    if (!kern_bpe_json_take(j, close))
        return kern_bpe_json_fail(j, KERN_BPE_SYNTAX, "expected ',' or '%c'", close);
    return KERN_BPE_OK;
}

static int skip_value(struct bpe_json *j, int depth)
{
    if (kern_bpe_json_take(j, '"'))
        return skip_string(j);
    if (kern_bpe_json_take(j, '{'))
        return skip_inside(j, depth, '}');
    if (kern_bpe_json_take(j, '['))
        return skip_inside(j, depth, ']');
    if (kern_bpe_json_word(j, "true") || kern_bpe_json_word(j, "false") || kern_bpe_json_word(j, "null"))
        return KERN_BPE_OK;
    return skip_number(j);
}

int kern_bpe_json_skip(struct bpe_json *j)
{
    return skip_value(j, 0);
}

/* The row of a name, which may be longer than any of them. */
static int read_name(struct bpe_json *j, const struct bpe_json_field *fields, const struct bpe_json_field **field)
{
    char name[BPE_JSON_NAME];
    struct bpe_json before = *j;
    int status = kern_bpe_json_text(j, name, sizeof name, NULL);
    if (status != KERN_BPE_OK)
        *name = 0;
    if (status == KERN_BPE_LIMIT || status == KERN_BPE_ENCODING) {
        *j = before;
        kern_bpe_json_take(j, '"');
        status = skip_string(j);
    }
    if (status == KERN_BPE_OK && !kern_bpe_json_take(j, ':'))
        status = kern_bpe_json_fail(j, KERN_BPE_SYNTAX, "expected ':'");
    while (fields->name && strcmp(fields->name, name) != 0)
        fields++;
    *field = fields;
    return status;
}

int kern_bpe_json_object(struct bpe_json *j, const struct bpe_json_field *fields, void *to)
{
    uint32_t seen = 0;
    if (!kern_bpe_json_take(j, '{'))
        return kern_bpe_json_fail(j, KERN_BPE_SYNTAX, "expected '{'");
    if (kern_bpe_json_take(j, '}'))
        return KERN_BPE_OK;
    do {
        const struct bpe_json_field *field;
        int status = read_name(j, fields, &field);
        uint32_t bit = UINT32_C(1) << (field - fields);
        if (status == KERN_BPE_OK && field->name && seen & bit)
            status = kern_bpe_json_fail(j, KERN_BPE_DUPLICATE, "\"%s\" was there before", field->name);
        seen |= field->name ? bit : 0;
        if (status == KERN_BPE_OK)
            status = field->name ? field->read(to, j) : kern_bpe_json_skip(j);
        if (status != KERN_BPE_OK)
            return status;
    } while (kern_bpe_json_take(j, ','));
    return kern_bpe_json_take(j, '}') ? KERN_BPE_OK : kern_bpe_json_fail(j, KERN_BPE_SYNTAX, "expected ',' or '}'");
}

int kern_bpe_json_array(struct bpe_json *j, int (*read)(void *to, struct bpe_json *j), void *to)
{
    if (!kern_bpe_json_take(j, '['))
        return kern_bpe_json_fail(j, KERN_BPE_SYNTAX, "expected '['");
    if (kern_bpe_json_take(j, ']'))
        return KERN_BPE_OK;
    do {
        int status = read(to, j);
        if (status != KERN_BPE_OK)
            return status;
    } while (kern_bpe_json_take(j, ','));
    return kern_bpe_json_take(j, ']') ? KERN_BPE_OK : kern_bpe_json_fail(j, KERN_BPE_SYNTAX, "expected ',' or ']'");
}
