/* SPDX-License-Identifier: Apache-2.0
 * Reads a vocabulary: one flat JSON object of tokens to ids. Characters of a token are GPT-2's for bytes. */
#include <stdlib.h>
#include <string.h>

#include "libkern/bpe_json.h"

/* A token as bytes. *foreign says that it has characters that stand for no byte; then the bytes are its own UTF-8, which
 * is what decoders give for it. */
static int read_token(struct bpe_json *j, const struct bpe_alphabet *a, unsigned char *bytes, size_t *n, int *foreign)
{
    struct bpe_json before = *j;
    char plain[KERN_BPE_MAX_TOKEN + 5];
    *n = 0;
    *foreign = 0;
    if (!kern_bpe_json_take(j, '"'))
        return kern_bpe_json_fail(j, KERN_BPE_SYNTAX, "expected a token in double quotes");
    while (j->p == j->end || *j->p != '"') {
        uint32_t code = 0;
        int status = kern_bpe_json_char(j, &code);
        if (status != KERN_BPE_OK)
            return status;
        if (code >= BPE_ALPHABET || a->to_byte[code] < 0) {
            *j = before;
            *foreign = 1;
            status = kern_bpe_json_text(j, plain, sizeof plain, n);
            memcpy(bytes, plain, *n);
            return status;
        }
        if (*n == KERN_BPE_MAX_TOKEN)
            return kern_bpe_json_fail(j, KERN_BPE_LIMIT, "a token of more than 1024 bytes");
        bytes[(*n)++] = (unsigned char)a->to_byte[code];
    }
    j->p++;
    return *n ? KERN_BPE_OK : kern_bpe_json_fail(j, KERN_BPE_SYNTAX, "an empty token");
}

/* As many ids as names have room. */
static int grow_ids(struct kern_bpe *b)
{
    uint32_t cap = b->names.cap, known = b->ids_cap;
    uint32_t *ids = cap > known || !b->id ? realloc(b->id, cap * sizeof *ids) : b->id;
    if (!ids)
        return -1;
    b->id = ids;
    if (cap > known)
        memset(ids + known, 0xFF, (cap - known) * sizeof *ids);
    b->ids_cap = cap > known ? cap : known;
    return 0;
}

int kern_bpe_put_token(struct kern_bpe *b, const struct bpe_json *j, const unsigned char *bytes, size_t n, uint32_t id)
{
    if (b->names.n == KERN_BPE_MAX_TOKENS && kern_bpe_name_find(&b->names, bytes, n) == BPE_NO)
        return kern_bpe_json_fail(j, KERN_BPE_LIMIT, "more than 1048576 tokens");
    uint32_t s = kern_bpe_name_add(&b->names, bytes, n);
    if (s == BPE_NO || grow_ids(b) != 0)
        return kern_bpe_json_fail(j, KERN_BPE_NO_MEMORY, "out of memory");
    if (b->id[s] != BPE_NO)
        return kern_bpe_json_fail(j, KERN_BPE_DUPLICATE, "this token was there before");
    b->id[s] = id;
    return KERN_BPE_OK;
}

static int read_entry(struct bpe_json *j, struct kern_bpe *b, const struct bpe_alphabet *a, enum bpe_foreign which,
                      size_t *others)
{
    unsigned char bytes[KERN_BPE_MAX_TOKEN];
    struct bpe_json before = *j;
    size_t n;
    uint32_t id;
    int foreign, status = read_token(j, a, bytes, &n, &foreign);
    if (foreign && which == BPE_FOREIGN_REFUSED)
        return kern_bpe_json_fail(&before, KERN_BPE_UNKNOWN, "a token with a character that stands for no byte");
    if (status != KERN_BPE_OK)
        return status;
    if (!kern_bpe_json_take(j, ':'))
        return kern_bpe_json_fail(j, KERN_BPE_SYNTAX, "expected ':'");
    status = kern_bpe_json_whole(j, KERN_BPE_MAX_TOKENS, "an id", &id);
    if (status != KERN_BPE_OK || foreign != (which == BPE_FOREIGN_ONLY)) {
        *others += status == KERN_BPE_OK;
        return status;
    }
    return kern_bpe_put_token(b, j, bytes, n, id);
}

int kern_bpe_read_tokens(struct kern_bpe *b, struct bpe_json *j, enum bpe_foreign which, size_t *others)
{
    struct bpe_alphabet a;
    kern_bpe_alphabet(&a);
    *others = 0;
    if (grow_ids(b) != 0)
        return kern_bpe_json_fail(j, KERN_BPE_NO_MEMORY, "out of memory");
    if (!kern_bpe_json_take(j, '{'))
        return kern_bpe_json_fail(j, KERN_BPE_SYNTAX, "expected '{'");
    do {
        int status = read_entry(j, b, &a, which, others);
        if (status != KERN_BPE_OK)
            return status;
    } while (kern_bpe_json_take(j, ','));
    return kern_bpe_json_take(j, '}') ? KERN_BPE_OK : kern_bpe_json_fail(j, KERN_BPE_SYNTAX, "expected ',' or '}'");
}

int kern_bpe_read_vocab(struct kern_bpe *b, const char *text, size_t len, struct kern_bpe_error *e)
{
    struct bpe_json j = kern_bpe_json("vocab", text, len, e);
    size_t others;
    int status = kern_bpe_read_tokens(b, &j, BPE_FOREIGN_REFUSED, &others);
    return status == KERN_BPE_OK ? kern_bpe_json_end(&j) : status;
}
