/* SPDX-License-Identifier: Apache-2.0
 * Vocabularies: what loaders refuse and how they say it, ids as GPT-2 gives them, training on texts whose merges are
 * derived by hand, saving and loading again, decoding. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/kern/check_bpe.h"

struct kern_bpe *check_bpe_vocabulary(const char *merges)
{
    struct kern_bpe *b;
    struct kern_bpe_error e;
    if (kern_bpe_load(&b, merges, strlen(merges), NULL, 0, &e) == KERN_BPE_OK)
        return b;
    fprintf(stderr, "a vocabulary of the check itself is refused: %s\n", e.text);
    exit(1);
}

static size_t encode(const struct kern_bpe *b, const char *text, uint32_t *ids, size_t cap)
{
    unsigned char mem[32 * 256] __attribute__((aligned(8)));
    struct kern_bpe_work work = { mem, sizeof mem };
    return kern_bpe_encode_utf8_ref(b, ids, cap, (const unsigned char *)text, strlen(text), &work);
}

static int encodes_to(const struct kern_bpe *b, const char *text, const uint32_t *want, size_t n)
{
    uint32_t ids[64];
    return encode(b, text, ids, 64) == n && memcmp(ids, want, n * sizeof *ids) == 0;
}

static int token_is(const struct kern_bpe *b, uint32_t id, const char *want)
{
    size_t len;
    const unsigned char *got = kern_bpe_token(b, id, &len);
    return got && len == strlen(want) && memcmp(got, want, len) == 0;
}

/* --- refusing ---------------------------------------------------------------------------------------------------- */

struct refusal {
    const char *what, *text;
    int status;
    const char *says; /* part of the message */
};

static const struct refusal bad_merges[] = {
    { "no newline at the end", "a b", KERN_BPE_SYNTAX, "merges:1: the file ends within a line" },
    { "cut in the second line", "a b\nc", KERN_BPE_SYNTAX, "merges:2: the file ends within a line" },
    { "cut version line", "#version: 0.2", KERN_BPE_SYNTAX, "merges:1: the file ends within a line" },
    { "one symbol", "a b\nab\n", KERN_BPE_SYNTAX, "merges:2: expected two symbols" },
    { "three symbols", "a b c\n", KERN_BPE_SYNTAX, "merges:1: expected two symbols" },
    { "two spaces", "a  b\n", KERN_BPE_SYNTAX, "merges:1: expected two symbols" },
    { "space in front", " a b\n", KERN_BPE_SYNTAX, "merges:1: expected two symbols" },
    { "space behind", "a b \n", KERN_BPE_SYNTAX, "merges:1: expected two symbols" },
    { "empty line", "a b\n\nc d\n", KERN_BPE_SYNTAX, "merges:2: expected two symbols" },
    { "the same merge", "#version: 0.2\na b\nc d\na b\n", KERN_BPE_DUPLICATE, "merges:4: the same merge as line 2" },
    { "unknown left", "a b\nac b\n", KERN_BPE_UNKNOWN, "merges:2: unknown symbol 'ac'" },
    { "unknown right", "a b\na bc\n", KERN_BPE_UNKNOWN, "merges:2: unknown symbol 'bc'" },
    { "used before it is made", "a bc\nb c\n", KERN_BPE_UNKNOWN, "merges:1: unknown symbol 'bc'" },
    { "carriage return", "a b\r\n", KERN_BPE_UNKNOWN, "merges:1: character U+000D stands for no byte" },
    { "tab", "a\tb\n", KERN_BPE_UNKNOWN, "merges:1: character U+0009 stands for no byte" },
    { "character beyond the alphabet", "a \u4e2d\n", KERN_BPE_UNKNOWN, "U+4E2D stands for no byte" },
    { "soft hyphen, which the alphabet moves", "a \u00ad\n", KERN_BPE_UNKNOWN, "U+00AD stands for no byte" },
    { "not UTF-8", "a b\na \xff\n", KERN_BPE_ENCODING, "merges:2: byte 0xFF is not UTF-8" },
    { "half a character", "a \xc3\n", KERN_BPE_ENCODING, "merges:1: byte 0xC3 is not UTF-8" },
};

static void check_bad_merges(struct checks *c)
{
    for (size_t i = 0; i < sizeof bad_merges / sizeof bad_merges[0]; i++) {
        const struct refusal *r = &bad_merges[i];
        struct kern_bpe *b;
        struct kern_bpe_error e = { "" };
        check_at(c, "bpe merges with %s", r->what);
        int status = kern_bpe_load(&b, r->text, strlen(r->text), NULL, 0, &e);
        check_that(c, status == r->status, "status %d, want %d", status, r->status);
        check_that(c, strstr(e.text, r->says) != NULL, "message '%s', want '%s'", e.text, r->says);
        CHECK(c, b == NULL);
        CHECK(c, kern_bpe_load(&b, r->text, strlen(r->text), NULL, 0, NULL) == r->status);
    }
}

/* Ten merges that double a token of a's reach 1024 bytes; one more is refused. And one line of a megabyte. */
static void check_huge(struct checks *c)
{
    enum { MEGA = 1 << 20 };
    char *text = malloc(MEGA);
    struct kern_bpe *b;
    struct kern_bpe_error e;
    size_t n = 0;
    if (!text)
        exit(1);
    check_at(c, "bpe merges with huge tokens");
    for (size_t len = 1; len <= 1024; len *= 2) {
        memset(text + n, 'a', 2 * len + 1);
        text[n + len] = ' ';
        text[n + 2 * len + 1] = '\n';
        n += 2 * len + 2;
        int status = kern_bpe_load(&b, text, n, NULL, 0, &e);
        CHECK(c, status == (len < 1024 ? KERN_BPE_OK : KERN_BPE_LIMIT));
        CHECK(c, status == KERN_BPE_OK || strstr(e.text, "merges:11: ") != NULL);
        kern_bpe_free(&b);
    }
    memset(text, 'a', MEGA);
    CHECK(c, kern_bpe_load(&b, text, MEGA, NULL, 0, &e) == KERN_BPE_LIMIT);
    CHECK(c, strstr(e.text, "merges:1: a symbol is longer than 1024 bytes") != NULL);
    free(text);
}

/* --- vocab.json -------------------------------------------------------------------------------------------------- */

/* GPT-2's character for a byte, from the words of its description: visible ones of Latin-1 are themselves, the others
 * follow from U+0100 on in their order. */
static unsigned char_of(unsigned byte)
{
    if (byte < 33)
        return 0x100 + byte;
    if (byte >= 127 && byte < 161)
        return 0x100 + 33 + byte - 127;
    return byte == 173 ? 0x100 + 33 + 34 : byte;
}

size_t check_bpe_char(unsigned byte, char *out)
{
    unsigned code = char_of(byte);
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    out[0] = (char)(0xC0 | code >> 6);
    out[1] = (char)(0x80 | (code & 0x3F));
    return 2;
}

/* Writes the JSON of the 256 bytes with id = 300 + byte, as \u escapes, followed by `rest` and without the closing
 * brace; the token of byte `leave_out` is left out. */
static size_t write_bytes(char *out, size_t cap, unsigned leave_out, const char *rest)
{
    size_t n = (size_t)snprintf(out, cap, "{");
    for (unsigned i = 0; i < 256; i++)
        if (i != leave_out)
            n += (size_t)snprintf(out + n, cap - n, "%s\"\\u%04x\": %u", n > 1 ? ",\n " : "", char_of(i), 300 + i);
    return n + (size_t)snprintf(out + n, cap - n, "%s", rest);
}

static const struct refusal bad_vocab[] = {
    { "no brace at the end", ", \"ab\": 1", KERN_BPE_SYNTAX, "expected ',' or '}'" },
    { "cut within a token", ", \"ab", KERN_BPE_SYNTAX, "the file ends within a string" },
    { "cut within an escape", ", \"ab\\", KERN_BPE_SYNTAX, "the file ends within a string" },
    { "cut before the id", ", \"ab\":", KERN_BPE_SYNTAX, "expected an id" },
    { "cut behind a comma", ", ", KERN_BPE_SYNTAX, "expected a token in double quotes" },
    { "comma before the brace", ", \"ab\": 1, }", KERN_BPE_SYNTAX, "expected a token in double quotes" },
    { "no colon", ", \"ab\" 1}", KERN_BPE_SYNTAX, "expected ':'" },
    { "text behind", ", \"ab\": 1} x", KERN_BPE_SYNTAX, "expected the end of the file" },
    { "a negative id", ", \"ab\": -1}", KERN_BPE_SYNTAX, "expected an id" },
    { "a fraction", ", \"ab\": 1.5}", KERN_BPE_SYNTAX, "expected ',' or '}'" },
    { "a leading zero", ", \"ab\": 01}", KERN_BPE_SYNTAX, "expected an id" },
    { "a string for an id", ", \"ab\": \"1\"}", KERN_BPE_SYNTAX, "expected an id" },
    { "an object for an id", ", \"ab\": {}}", KERN_BPE_SYNTAX, "expected an id" },
    { "an id too large", ", \"ab\": 1048576}", KERN_BPE_LIMIT, "an id of 1048576 or more" },
    { "an id that overflows", ", \"ab\": 99999999999999999999}", KERN_BPE_LIMIT, "an id of 1048576 or more" },
    { "an empty token", ", \"\": 1}", KERN_BPE_SYNTAX, "an empty token" },
    { "an unknown escape", ", \"\\x61b\": 1}", KERN_BPE_SYNTAX, "not an escape sequence" },
    { "a short escape", ", \"\\u61\": 1}", KERN_BPE_SYNTAX, "not an escape sequence" },
    { "a surrogate pair", ", \"\\ud83d\\ude42\": 1}", KERN_BPE_UNKNOWN, "stands for no byte" },
    { "a space in a token", ", \"a b\": 1}", KERN_BPE_UNKNOWN, "stands for no byte" },
    { "a newline in a token", ", \"a\nb\": 1}", KERN_BPE_SYNTAX, "a control character" },
    { "not UTF-8", ", \"\xff\": 1}", KERN_BPE_ENCODING, "not UTF-8" },
    { "a token twice", ", \"ab\": 1, \"ab\": 2}", KERN_BPE_DUPLICATE, "this token was there before" },
    { "an id twice", ", \"ab\": 300}", KERN_BPE_DUPLICATE, "id 300 belongs to two tokens" },
    { "a merged token missing", "}", KERN_BPE_MISSING, "no id for what merge number 1 makes" },
};

static void expect_vocab(struct checks *c, const char *vocab, size_t len, const struct refusal *r)
{
    struct kern_bpe *b;
    struct kern_bpe_error e = { "" };
    check_at(c, "bpe vocab with %s", r->what);
    int status = kern_bpe_load(&b, "a b\n", 4, vocab, len, &e);
    check_that(c, status == r->status, "status %d, want %d", status, r->status);
    check_that(c, strstr(e.text, r->says) != NULL, "message '%s', want '%s'", e.text, r->says);
    CHECK(c, b == NULL);
}

static void check_bad_vocab(struct checks *c)
{
    static const struct refusal whole[] = {
        { "nothing", "", KERN_BPE_SYNTAX, "vocab:1:1: expected '{'" },
        { "white space only", " \n ", KERN_BPE_SYNTAX, "vocab:2:2: expected '{'" },
        { "an array", "[]", KERN_BPE_SYNTAX, "vocab:1:1: expected '{'" },
        { "an empty object", "{}", KERN_BPE_SYNTAX, "expected a token in double quotes" },
        { "only one token", "{\"ab\": 1}", KERN_BPE_MISSING, "no id for byte 0x00" },
    };
    char vocab[16384];
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
        expect_vocab(c, whole[i].text, strlen(whole[i].text), &whole[i]);
    for (size_t i = 0; i < sizeof bad_vocab / sizeof bad_vocab[0]; i++)
        expect_vocab(c, vocab, write_bytes(vocab, sizeof vocab, 256, bad_vocab[i].text), &bad_vocab[i]);
    struct refusal byte = { "a byte missing", "", KERN_BPE_MISSING, "no id for byte 0x7F" };
    expect_vocab(c, vocab, write_bytes(vocab, sizeof vocab, 0x7F, ", \"ab\": 1}"), &byte);
    char token[1100];
    snprintf(token, sizeof token, ", \"%01025d\": 1}", 0);
    struct refusal large = { "a huge token", "", KERN_BPE_LIMIT, "a token of more than 1024 bytes" };
    expect_vocab(c, vocab, write_bytes(vocab, sizeof vocab, 256, token), &large);
}

/* A special token can be decoded, but text that looks like it is encoded as any other. */
static void check_vocab(struct checks *c)
{
    char vocab[16384];
    size_t len = write_bytes(vocab, sizeof vocab, 256, ", \"ab\":0 ,\t\"<|end|>\" : 7, \"\\\"\\\\\\/\" : 9\r\n} \n");
    struct kern_bpe *b;
    struct kern_bpe_error e = { "" };
    unsigned char out[16];
    check_at(c, "bpe vocab with special tokens");
    if (!check_that(c, kern_bpe_load(&b, "a b\n", 4, vocab, len, &e) == KERN_BPE_OK, "%s", e.text))
        return;
    CHECK(c, kern_bpe_tokens(b) == 259 && kern_bpe_merges(b) == 1);
    CHECK(c, encodes_to(b, "abc", (uint32_t[]){ 0, 300 + 'c' }, 2));
    CHECK(c, encodes_to(b, "<|end", (uint32_t[]){ 300 + '<', 300 + '|', 300 + 'e', 300 + 'n', 300 + 'd' }, 5));
    CHECK(c, token_is(b, 7, "<|end|>") && token_is(b, 9, "\"\\/") && token_is(b, 0, "ab"));
    CHECK(c, kern_bpe_decode(b, out, sizeof out, (uint32_t[]){ 7, 0 }, 2) == 9 && memcmp(out, "<|end|>ab", 9) == 0);
    CHECK(c, kern_bpe_decode(b, out, sizeof out, (uint32_t[]){ 0, 1 }, 2) == KERN_BPE_NONE);
    CHECK(c, kern_bpe_decode(b, out, sizeof out, (uint32_t[]){ UINT32_MAX }, 1) == KERN_BPE_NONE);
    memset(out, '?', sizeof out);
    CHECK(c, kern_bpe_decode(b, out, 3, (uint32_t[]){ 0, 0 }, 2) == 4 && memcmp(out, "aba?", 4) == 0);
    CHECK(c, kern_bpe_decode(b, NULL, 0, (uint32_t[]){ 0, 0 }, 2) == 4);
    CHECK(c, kern_bpe_decode(b, NULL, 0, NULL, 0) == 0);
    size_t none = 1;
    CHECK(c, kern_bpe_token(b, 1, &none) == NULL && none == 0);
    kern_bpe_free(&b);
    CHECK(c, b == NULL);
    kern_bpe_free(&b);
}

/* --- ids and merges by hand -------------------------------------------------------------------------------------- */

/* GPT-2's own ids: '!' 0, 'a' 64, '~' 93, newline 198, space 220; 0xA1 94, 0xAE 106, 0xFF 187, 0x00 188, 0xAD 255.
 * Tokens made twice, from other parts, keep their first id, and the next new one follows. */
static void check_ids(struct checks *c)
{
    static const struct {
        const char *text;
        uint32_t id;
    } gpt2[] = { { "!", 0 },     { "a", 64 },     { "~", 93 },     { "\n", 198 },   { " ", 220 },
                 { "\xa1", 94 }, { "\xae", 106 }, { "\xff", 187 }, { "\x01", 189 }, { "\xad", 255 } };
    struct kern_bpe *b = check_bpe_vocabulary("#version: 0.2\na b\nb c\nab c\na bc\n\u0120 abc\n# #\n");
    check_at(c, "bpe ids");
    for (size_t i = 0; i < sizeof gpt2 / sizeof gpt2[0]; i++)
        check_that(c, encodes_to(b, gpt2[i].text, &gpt2[i].id, 1), "byte 0x%02X", (unsigned char)gpt2[i].text[0]);
    CHECK(c, token_is(b, 188, "") == 0 && kern_bpe_token(b, 188, &(size_t){ 0 })[0] == 0);
    CHECK(c, token_is(b, 256, "ab") && token_is(b, 257, "bc") && token_is(b, 258, "abc"));
    CHECK(c, token_is(b, 259, " abc") && token_is(b, 260, "##"));
    CHECK(c, kern_bpe_tokens(b) == 261 && kern_bpe_merges(b) == 6);
    CHECK(c, encodes_to(b, "abc abc", (uint32_t[]){ 258, 259 }, 2));
    CHECK(c, encodes_to(b, "bc ##", (uint32_t[]){ 257, 220, 260 }, 3));
    kern_bpe_free(&b);
}

/* The token "abcd" is in the vocabulary, but merging "abcd" never gives it: b c comes first, then no line fits. A
 * look-up of whole pieces must not find it. */
static void check_unreachable(struct checks *c)
{
    struct kern_bpe *b = check_bpe_vocabulary("b c\na b\nc d\nab cd\n");
    check_at(c, "bpe unreachable token");
    CHECK(c, token_is(b, 259, "abcd"));
    CHECK(c, encodes_to(b, "abcd", (uint32_t[]){ 64, 256, 67 }, 3));
    kern_bpe_free(&b);
}

struct lesson {
    const char *text;
    size_t merges;
    const char *tokens[4]; /* made, in order; NULL ends */
};

/* Of "aaabdaaabac": aa four times; then Z=aa gives ZabdZabac with Za and ab twice, and ab has the lower left symbol;
 * then ZY twice; then nothing twice. Pieces are not crossed, and a space belongs to the word behind it. */
static const struct lesson lessons[] = {
    { "aaabdaaabac", 100, { "aa", "ab", "aaab" } },
    { "aaabdaaabac", 2, { "aa", "ab" } },
    { "aaabdaaabac", 0, { NULL } },
    { "ab ab ab", 100, { "ab", " ab" } },
    { "ab1ab1ab1", 100, { "ab" } },
    { "abab", 100, { "ab" } },
    { "xyxyxyxy", 100, { "xy", "xyxy" } },
    { "ba ca da", 100, { NULL } },
    { "", 100, { NULL } },
    { "\xff\xfe\xff\xfe", 100, { "\xff\xfe" } },
};

static void check_training(struct checks *c)
{
    for (size_t i = 0; i < sizeof lessons / sizeof lessons[0]; i++) {
        const struct lesson *l = &lessons[i];
        struct kern_bpe *b;
        struct kern_bpe_error e = { "" };
        size_t n = 0;
        check_at(c, "bpe training on '%s', at most %zu merges", l->text, l->merges);
        int status = kern_bpe_train(&b, (const unsigned char *)l->text, strlen(l->text), l->merges, &e);
        if (!check_that(c, status == KERN_BPE_OK, "%s", e.text))
            continue;
        for (; n < 4 && l->tokens[n]; n++)
            check_that(c, token_is(b, (uint32_t)(256 + n), l->tokens[n]), "token %zu is not '%s'", n, l->tokens[n]);
        check_that(c, kern_bpe_merges(b) == n, "%zu merges, want %zu", kern_bpe_merges(b), n);
        kern_bpe_free(&b);
    }
}

static void check_long_training(struct checks *c)
{
    enum { LEN = 20000 };
    static const unsigned char zeros[LEN] = { 0 };
    struct kern_bpe *b;
    struct kern_bpe_error e = { "" };
    check_at(c, "bpe training on one long piece");
    if (!check_that(c, kern_bpe_train(&b, zeros, LEN, 1000, &e) == KERN_BPE_OK, "%s", e.text))
        return;
    size_t longest = 0, len;
    for (uint32_t id = 0; id < kern_bpe_tokens(b); id++)
        if (kern_bpe_token(b, id, &len) && len > longest)
            longest = len;
    CHECK(c, longest == KERN_BPE_MAX_TOKEN);
    kern_bpe_free(&b);
}

/* --- files ------------------------------------------------------------------------------------------------------- */

static void check_same(struct checks *c, const struct kern_bpe *x, const struct kern_bpe *y, const char *text)
{
    uint32_t ids_x[256], ids_y[256];
    size_t n = encode(x, text, ids_x, 256);
    CHECK(c, kern_bpe_tokens(x) == kern_bpe_tokens(y) && kern_bpe_merges(x) == kern_bpe_merges(y));
    CHECK(c, n == encode(y, text, ids_y, 256) && n <= 256 && memcmp(ids_x, ids_y, n * sizeof *ids_x) == 0);
}

static void check_files(struct checks *c)
{
    static const char text[] =
        "She \"sells\" sea shells \\ by the sea shore; \u00e9t\u00e9, \u00e9t\u00e9! \x01\x02\x01\x02";
    char folder[] = P_tmpdir "/check-bpe-XXXXXX", merges[64], vocab[64];
    struct kern_bpe *b, *again = NULL;
    struct kern_bpe_error e = { "" };
    check_at(c, "bpe files");
    if (!CHECK(c, mkdtemp(folder) != NULL))
        return;
    snprintf(merges, sizeof merges, "%s/merges.txt", folder);
    snprintf(vocab, sizeof vocab, "%s/vocab.json", folder);
    CHECK(c, kern_bpe_train(&b, (const unsigned char *)text, sizeof text - 1, 100, &e) == KERN_BPE_OK);
    CHECK(c, kern_bpe_save_merges(b, merges, &e) == KERN_BPE_OK && kern_bpe_save_vocab(b, vocab, &e) == KERN_BPE_OK);
    for (int with_vocab = 0; with_vocab < 2; with_vocab++) {
        int status = kern_bpe_load_files(&again, merges, with_vocab ? vocab : NULL, &e);
        if (check_that(c, status == KERN_BPE_OK, "%s", e.text))
            check_same(c, b, again, text);
        kern_bpe_free(&again);
    }
    CHECK(c, kern_bpe_load_files(&again, vocab, NULL, &e) == KERN_BPE_UNKNOWN && again == NULL);
    remove(merges);
    remove(vocab);
    CHECK(c, kern_bpe_load_files(&again, merges, NULL, &e) == KERN_BPE_FILE && strstr(e.text, merges) != NULL);
    CHECK(c, kern_bpe_load_files(&again, folder, NULL, &e) == KERN_BPE_FILE && again == NULL);
    rmdir(folder);
    CHECK(c, kern_bpe_save_merges(b, merges, &e) == KERN_BPE_FILE && strstr(e.text, merges) != NULL);
    if (access("/dev/full", W_OK) == 0)
        CHECK(c, kern_bpe_save_vocab(b, "/dev/full", &e) == KERN_BPE_FILE);
    kern_bpe_free(&b);
}

void check_bpe_load(struct checks *c)
{
    check_bad_merges(c);
    check_huge(c);
    check_bad_vocab(c);
    check_vocab(c);
    check_ids(c);
    check_unreachable(c);
    check_training(c);
    check_long_training(c);
    check_files(c);
}
