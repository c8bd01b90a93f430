/* SPDX-License-Identifier: Apache-2.0
 * GPT-2's merges file: reading and writing it, and the alphabet that writes each byte as one visible character. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libkern/bpe_data.h"

enum { FILE_LIMIT = 1 << 28 }; /* bytes of a file that is still believed to be a vocabulary */

int kern_bpe_fail(struct kern_bpe_error *e, int status, const char *fmt, ...)
{
    if (e) {
        va_list args;
        va_start(args, fmt);
        vsnprintf(e->text, sizeof e->text, fmt, args);
        va_end(args);
    }
    return status;
}

/* GPT-2's bytes_to_unicode(): visible characters of Latin-1 stand for themselves, the others get U+0100 and up. */
void kern_bpe_alphabet(struct bpe_alphabet *a)
{
    unsigned visible = 0, others = 0;
    memset(a->to_byte, 0xFF, sizeof a->to_byte);
    for (unsigned i = 0; i < BPE_BYTES; i++)
        visible += (i >= 33 && i <= 126) || (i >= 161 && i != 173);
    unsigned next_visible = 0;
    for (unsigned i = 0; i < BPE_BYTES; i++) {
        int shown = (i >= 33 && i <= 126) || (i >= 161 && i != 173);
        a->of_byte[i] = (uint16_t)(shown ? i : 256 + others);
        a->to_byte[a->of_byte[i]] = (int16_t)i;
        a->order[shown ? next_visible++ : visible + others++] = (unsigned char)i;
    }
}

/* --- reading ----------------------------------------------------------------------------------------------------- */

struct reader {
    struct kern_bpe *b;
    struct bpe_alphabet alphabet;
    const unsigned char *p, *end;
    unsigned long line;
    struct kern_bpe_error *e;
};

/* Reads a symbol up to the character `stop` and behind it; *s is its number. */
static int read_symbol(struct reader *r, unsigned char stop, uint32_t *s)
{
    unsigned char bytes[KERN_BPE_MAX_TOKEN];
    const unsigned char *first = r->p;
    size_t n = 0;
    for (; r->p < r->end && *r->p != stop; n++) {
        unsigned len;
        uint32_t code = bpe_code_point(r->p, r->end, &len);
        if (code == BPE_NO)
            return kern_bpe_fail(r->e, KERN_BPE_ENCODING, "merges:%lu: byte 0x%02X is not UTF-8", r->line, *r->p);
        if (code == '\n' || code == ' ')
            return kern_bpe_fail(r->e, KERN_BPE_SYNTAX, "merges:%lu: expected two symbols separated by one space",
                                 r->line);
        if (code >= BPE_ALPHABET || r->alphabet.to_byte[code] < 0)
            return kern_bpe_fail(r->e, KERN_BPE_UNKNOWN, "merges:%lu: character U+%04X stands for no byte", r->line,
                                 (unsigned)code);
        if (n == sizeof bytes)
            return kern_bpe_fail(r->e, KERN_BPE_LIMIT, "merges:%lu: a symbol is longer than %d bytes", r->line,
                                 KERN_BPE_MAX_TOKEN);
        bytes[n] = (unsigned char)r->alphabet.to_byte[code];
        r->p += len;
    }
    if (r->p == r->end)
        return kern_bpe_fail(r->e, KERN_BPE_SYNTAX, "merges:%lu: the file ends within a line", r->line);
    int shown = r->p - first < 60 ? (int)(r->p - first) : 60;
    while ((first[shown] & 0xC0) == 0x80)
        shown--;
    r->p++;
    if (n == 0)
        return kern_bpe_fail(r->e, KERN_BPE_SYNTAX, "merges:%lu: expected two symbols separated by one space", r->line);
    *s = kern_bpe_name_find(&r->b->names, bytes, n);
    if (*s != BPE_NO)
        return KERN_BPE_OK;
    return kern_bpe_fail(r->e, KERN_BPE_UNKNOWN, "merges:%lu: unknown symbol '%.*s': no line before makes it", r->line,
                         shown, (const char *)first);
}

static int read_line(struct reader *r)
{
    uint32_t left, right, made;
    int status = read_symbol(r, ' ', &left);
    if (status == KERN_BPE_OK)
        status = read_symbol(r, '\n', &right);
    if (status != KERN_BPE_OK)
        return status;
    switch (status = kern_bpe_add_merge(r->b, left, right, &made)) {
    case KERN_BPE_DUPLICATE:
        return kern_bpe_fail(r->e, status, "merges:%lu: the same merge as line %lu", r->line,
                             r->line - r->b->nmerges + bpe_rank(r->b, left, right));
    case KERN_BPE_LIMIT:
        return kern_bpe_fail(r->e, status, "merges:%lu: more than %d tokens, or one longer than %d bytes", r->line,
                             KERN_BPE_MAX_TOKENS, KERN_BPE_MAX_TOKEN);
    case KERN_BPE_NO_MEMORY:
        return kern_bpe_fail(r->e, status, "out of memory");
    default:
        return KERN_BPE_OK;
    }
}

static int read_merges(struct kern_bpe *b, const char *text, size_t len, struct kern_bpe_error *e)
{
    static const char version[] = "#version";
    struct reader r = { .b = b, .p = (const unsigned char *)text, .e = e, .line = 1 };
    r.end = r.p + len;
    kern_bpe_alphabet(&r.alphabet);
    if (len >= sizeof version - 1 && memcmp(text, version, sizeof version - 1) == 0) {
        const char *stop = memchr(text, '\n', len);
        if (!stop)
            return kern_bpe_fail(e, KERN_BPE_SYNTAX, "merges:1: the file ends within a line");
        r.p = (const unsigned char *)stop + 1;
        r.line++;
    }
    for (; r.p < r.end; r.line++) {
        int status = read_line(&r);
        if (status != KERN_BPE_OK)
            return status;
    }
    return KERN_BPE_OK;
}

int kern_bpe_load(struct kern_bpe **out, const char *merges, size_t merges_len, const char *vocab, size_t vocab_len,
                  struct kern_bpe_error *e)
{
    *out = NULL;
    struct kern_bpe *b = kern_bpe_new();
    if (!b)
        return kern_bpe_fail(e, KERN_BPE_NO_MEMORY, "out of memory");
    int status = read_merges(b, merges, merges_len, e);
    if (status == KERN_BPE_OK && vocab)
        status = kern_bpe_read_vocab(b, vocab, vocab_len, e);
    if (status == KERN_BPE_OK)
        status = kern_bpe_finish(b, e);
    if (status != KERN_BPE_OK)
        kern_bpe_free(&b);
    *out = b;
    return status;
}

int kern_bpe_slurp(const char *path, char **text, size_t *len, struct kern_bpe_error *e)
{
    size_t cap = 1 << 16, n = 0, got;
    FILE *f = fopen(path, "rb");
    if (!f)
        return kern_bpe_fail(e, KERN_BPE_FILE, "%s: %s", path, strerror(errno));
    char *buf = malloc(cap);
    while (buf && (got = fread(buf + n, 1, cap - n, f)) > 0 && n + got <= FILE_LIMIT) {
        n += got;
        if (n < cap)
            continue;
        char *larger = realloc(buf, cap *= 2);
        if (!larger)
            free(buf);
        buf = larger;
    }
    int status = KERN_BPE_OK;
    if (!buf)
        status = kern_bpe_fail(e, KERN_BPE_NO_MEMORY, "%s: out of memory", path);
    else if (ferror(f))
        status = kern_bpe_fail(e, KERN_BPE_FILE, "%s: %s", path, strerror(errno));
    else if (!feof(f))
        status = kern_bpe_fail(e, KERN_BPE_LIMIT, "%s: more than %d MiB", path, FILE_LIMIT >> 20);
    fclose(f);
    if (status != KERN_BPE_OK)
        free(buf);
    *text = status == KERN_BPE_OK ? buf : NULL;
    *len = n;
    return status;
}

int kern_bpe_load_files(struct kern_bpe **out, const char *merges_path, const char *vocab_path,
                        struct kern_bpe_error *e)
{
    char *merges = NULL, *vocab = NULL;
    size_t merges_len = 0, vocab_len = 0;
    *out = NULL;
    int status = kern_bpe_slurp(merges_path, &merges, &merges_len, e);
    if (status == KERN_BPE_OK && vocab_path)
        status = kern_bpe_slurp(vocab_path, &vocab, &vocab_len, e);
    if (status == KERN_BPE_OK)
        status = kern_bpe_load(out, merges, merges_len, vocab, vocab_len, e);
    free(merges);
    free(vocab);
    return status;
}

/* --- writing ----------------------------------------------------------------------------------------------------- */

static void put_char(FILE *f, unsigned code)
{
    if (code >= 0x80)
        putc((int)(0xC0 | code >> 6), f);
    putc((int)(code < 0x80 ? code : 0x80 | (code & 0x3F)), f);
}

static void put_symbol(FILE *f, const struct kern_bpe *b, const struct bpe_alphabet *a, uint32_t s, int json)
{
    for (size_t i = b->names.start[s]; i < b->names.start[s + 1]; i++) {
        unsigned code = a->of_byte[b->names.bytes[i]];
        if (json && (code == '"' || code == '\\'))
            putc('\\', f);
        put_char(f, code);
    }
}

static void write_merges(FILE *f, const struct kern_bpe *b, const struct bpe_alphabet *a)
{
    fputs("#version: 0.2\n", f);
    for (uint32_t i = 0; i < b->nmerges; i++) {
        put_symbol(f, b, a, b->merges[i].left, 0);
        putc(' ', f);
        put_symbol(f, b, a, b->merges[i].right, 0);
        putc('\n', f);
    }
}

static void write_vocab(FILE *f, const struct kern_bpe *b, const struct bpe_alphabet *a)
{
    const char *before = "{";
    for (uint32_t id = 0; id < b->ids; id++) {
        if (b->symbol[id] == BPE_NO)
            continue;
        fprintf(f, "%s\"", before);
        put_symbol(f, b, a, b->symbol[id], 1);
        fprintf(f, "\": %u", (unsigned)id);
        before = ",\n";
    }
    fputs("}\n", f);
}

typedef void writer(FILE *f, const struct kern_bpe *b, const struct bpe_alphabet *a);

static int save(const struct kern_bpe *b, const char *path, writer *write, struct kern_bpe_error *e)
{
    struct bpe_alphabet a;
    FILE *f = fopen(path, "wb");
    if (!f)
        return kern_bpe_fail(e, KERN_BPE_FILE, "%s: %s", path, strerror(errno));
    kern_bpe_alphabet(&a);
    write(f, b, &a);
    int bad = ferror(f);
    if (fclose(f) != 0 || bad)
        return kern_bpe_fail(e, KERN_BPE_FILE, "%s: cannot be written: %s", path, strerror(errno));
    return KERN_BPE_OK;
}

int kern_bpe_save_merges(const struct kern_bpe *b, const char *path, struct kern_bpe_error *e)
{
    return save(b, path, write_merges, e);
}

int kern_bpe_save_vocab(const struct kern_bpe *b, const char *path, struct kern_bpe_error *e)
{
    return save(b, path, write_vocab, e);
}
