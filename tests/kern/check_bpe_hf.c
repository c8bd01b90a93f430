/* SPDX-License-Identifier: Apache-2.0
 * tokenizer.json: what is refused and how it is said, both forms of merges, added tokens. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kern/check_bpe_hf.h"

size_t hf_vocab(char *out, const char *more)
{
    size_t n = 0;
    for (unsigned i = 0; i < 256; i++) {
        char token[3] = { 0 };
        check_bpe_char(i, token);
        n += (size_t)sprintf(out + n, "%s\"%s%s\": %u", n ? ", " : "", *token == '"' || *token == '\\' ? "\\" : "",
                             token, 300 + i);
    }
    return n + (size_t)sprintf(out + n, "%s%s", *more ? ", " : "", more);
}

static const char * or (const char *text, const char *usual)
{
    return text ? text : usual;
}

/* A whole file; backwards: the parts in the other order. */
static size_t write_file(char *out, const struct parts *p, int backwards)
{
    char vocab[FILE_CAP / 2];
    const char *merges = or (p->merges, "\"a b\", \"b c\", \"ab c\", \"\u0120 abc\"");
    const char *added =
        or (p->added, "{\"id\": 1000, \"content\": \"<|end|>\", \"single_word\": false, \"special\": true}");
    hf_vocab(vocab, or (p->vocab, "\"ab\": 0, \"bc\": 1, \"abc\": 2, \"\u0120abc\": 3"));
    if (backwards)
        return (size_t)sprintf(out,
                               "{\"model\": {\"merges\": [%s], \"vocab\": {%s}}, \"added_tokens\": [%s], "
                               "\"pre_tokenizer\": %s}",
                               merges, vocab, added, or (p->pre, PLAIN));
    return (size_t)sprintf(
        out,
        "{\n\"version\": \"1.0\", \"truncation\": null, %s\"added_tokens\": [%s], \"normalizer\": %s,\n"
        "\"pre_tokenizer\": %s,\n\"post_processor\": {\"a\": [1, -2.5e3, {}, []]},\n\"model\": "
        "{\"type\": \"BPE\", \"dropout\": null, \"unk_token\": null, %s\"vocab\": {%s},\n"
        "\"merges\": [%s]}}\n",
        or (p->top, ""), added, or (p->normalizer, "null"), or (p->pre, PLAIN), or (p->model, ""), vocab, merges);
}

struct kern_bpe *hf_load(struct checks *c, const struct parts *p, int backwards)
{
    char json[FILE_CAP];
    struct kern_bpe *b;
    struct kern_bpe_error e = { "" };
    size_t len = write_file(json, p, backwards);
    check_that(c, kern_bpe_load_tokenizer(&b, json, len, &e) == KERN_BPE_OK, "%s", e.text);
    return b;
}

/* --- refusing ---------------------------------------------------------------------------------------------------- */

struct refusal {
    const char *what;
    struct parts parts;
    int status;
    const char *says;
};

static const struct refusal refusals[] = {
    { "a vocabulary cut short", { .vocab = "\"ab\": " }, KERN_BPE_SYNTAX, "expected a value" },
    { "a token twice", { .vocab = "\"ab\": 0, \"ab\": 7" }, KERN_BPE_DUPLICATE, "this token was there before" },
    { "an id twice",
      { .vocab = "\"ab\": 300, \"bc\": 1, \"abc\": 2, \"\u0120abc\": 3" },
      KERN_BPE_DUPLICATE,
      "id 300 belongs to two tokens" },
    { "an id too large", { .vocab = "\"ab\": 1048576" }, KERN_BPE_LIMIT, "an id of 1048576 or more" },
    { "an id that wraps around", { .vocab = "\"ab\": 18446744073709551617" }, KERN_BPE_LIMIT, "an id of 1048576" },
    { "a token that is not UTF-8", { .vocab = "\"\xff\": 9" }, KERN_BPE_ENCODING, "not UTF-8" },
    { "half a surrogate pair", { .vocab = "\"\\ud83d\": 9" }, KERN_BPE_ENCODING, "half a pair of surrogates" },
    { "a merge of an unknown token",
      { .merges = "\"a b\", \"ab q\", \"abq c\"" },
      KERN_BPE_MISSING,
      "the vocabulary lacks what this merge makes" },
    { "an unknown left symbol", { .merges = "\"abq c\"" }, KERN_BPE_UNKNOWN, "a token that the vocabulary lacks" },
    { "an unknown right symbol",
      { .merges = "[\"a\", \"bq\"]" },
      KERN_BPE_UNKNOWN,
      "a token that the vocabulary lacks" },
    { "one symbol", { .merges = "\"ab\"" }, KERN_BPE_SYNTAX, "expected two symbols" },
    { "three symbols", { .merges = "\"a b c\"" }, KERN_BPE_SYNTAX, "expected two symbols" },
    { "two spaces", { .merges = "\"a  b\"" }, KERN_BPE_SYNTAX, "expected two symbols" },
    { "an empty merge", { .merges = "\"\"" }, KERN_BPE_SYNTAX, "expected two symbols" },
    { "a list of one", { .merges = "[\"a\"]" }, KERN_BPE_SYNTAX, "expected a second symbol" },
    { "a list of three", { .merges = "[\"a\", \"b\", \"c\"]" }, KERN_BPE_SYNTAX, "expected ']'" },
    { "a list with an empty symbol", { .merges = "[\"\", \"b\"]" }, KERN_BPE_SYNTAX, "expected two symbols" },
    { "a number for a merge", { .merges = "7" }, KERN_BPE_SYNTAX, "expected two symbols" },
    { "a merge twice", { .merges = "\"a b\", [\"a\", \"b\"]" }, KERN_BPE_DUPLICATE, "this merge was there before" },
    { "a merge beyond the alphabet", { .merges = "\"a \u4e2d\"" }, KERN_BPE_UNKNOWN, "stands for no byte" },
    { "an added token without id", { .added = "{\"content\": \"<x>\"}" }, KERN_BPE_SYNTAX, "without content or id" },
    { "an added token without content", { .added = "{\"id\": 7}" }, KERN_BPE_SYNTAX, "without content or id" },
    { "an added token of another id", { .added = "{\"id\": 7, \"content\": \"ab\"}" }, KERN_BPE_DUPLICATE, "before" },
    { "an added token of a taken id", { .added = "{\"id\": 0, \"content\": \"<x>\"}" }, KERN_BPE_DUPLICATE, "id 0 " },
    { "an added token that strips",
      { .added = "{\"id\": 7, \"content\": \"<x>\", \"lstrip\": true}" },
      KERN_BPE_UNSUPPORTED,
      "lstrip" },
    { "a content twice",
      { .added = "{\"id\": 7, \"content\": \"x\", \"content\": \"y\"}" },
      KERN_BPE_DUPLICATE,
      "\"content\" was there before" },
    { "another model", { .model = "\"type\": \"Unigram\", " }, KERN_BPE_DUPLICATE, "\"type\" was there before" },
    { "byte_fallback", { .model = "\"byte_fallback\": true, " }, KERN_BPE_UNSUPPORTED, "byte_fallback" },
    { "a suffix", { .model = "\"end_of_word_suffix\": \"</w>\", " }, KERN_BPE_UNSUPPORTED, "suffix" },
    { "a word for a truth", { .model = "\"ignore_merges\": 1, " }, KERN_BPE_SYNTAX, "expected true or false" },
    { "two models",
      { .top = "\"model\": {\"vocab\": {}, \"merges\": []}, " },
      KERN_BPE_DUPLICATE,
      "\"model\" was there" },
    { "another decoder", { .top = "\"decoder\": {\"type\": \"WordPiece\"}, " }, KERN_BPE_UNSUPPORTED, "'WordPiece'" },
    { "a bad number in a part passed over", { .top = "\"x\": [01], " }, KERN_BPE_SYNTAX, "expected a value" },
    { "a bad word in a part passed over", { .top = "\"x\": nul, " }, KERN_BPE_SYNTAX, "expected a value" },
    { "no pre-tokenizer", { .pre = "null" }, KERN_BPE_UNSUPPORTED, "pre_tokenizer: null" },
    { "another pre-tokenizer", { .pre = "{\"type\": \"Metaspace\"}" }, KERN_BPE_UNSUPPORTED, "'Metaspace'" },
    { "a prefix space",
      { .pre = "{\"type\": \"ByteLevel\", \"add_prefix_space\": true}" },
      KERN_BPE_UNSUPPORTED,
      "add_prefix_space" },
    { "no expression at all", { .pre = BYTES }, KERN_BPE_UNSUPPORTED, "use_regex: false" },
    { "another expression", { .pre = SPLIT("\\\\w+|\\\\s+") }, KERN_BPE_UNSUPPORTED, "Split: '\\w+|\\s+'" },
    { "an empty sequence",
      { .pre = "{\"type\": \"Sequence\", \"pretokenizers\": []}" },
      KERN_BPE_UNSUPPORTED,
      "empty" },
    { "a sequence of nothing", { .pre = "{\"type\": \"Sequence\"}" }, KERN_BPE_UNSUPPORTED, "an empty sequence" },
    { "five in a sequence",
      { .pre = "{\"type\": \"Sequence\", \"pretokenizers\": [" BYTES "," BYTES "," BYTES "," BYTES "," BYTES "]}" },
      KERN_BPE_UNSUPPORTED,
      "more than 4" },
};

static void refuse(struct checks *c, const char *what, const char *json, size_t len, int status, const char *says)
{
    struct kern_bpe *b;
    struct kern_bpe_error e = { "" };
    check_at(c, "bpe tokenizer.json with %s", what);
    int got = kern_bpe_load_tokenizer(&b, json, len, &e);
    check_that(c, got == status, "status %d, want %d", got, status);
    check_that(c, strstr(e.text, says) != NULL, "message '%s', want '%s'", e.text, says);
    CHECK(c, b == NULL && kern_bpe_load_tokenizer(&b, json, len, NULL) == status);
}

static void check_refusals(struct checks *c)
{
    char json[FILE_CAP], deep[300];
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const struct refusal *r = &refusals[i];
        refuse(c, r->what, json, write_file(json, &r->parts, 0), r->status, r->says);
    }
    refuse(c, "nothing", "", 0, KERN_BPE_SYNTAX, "tokenizer:1:1: expected '{'");
    refuse(c, "an empty object", "{}", 2, KERN_BPE_SYNTAX, "expected \"model\"");
    for (size_t i = 0; i < 100; i++)
        memcpy(deep + 2 * i, i % 2 ? "[ " : "[\n", 2);
    refuse(c, "depth", json, (size_t)sprintf(json, "{\"x\": %.200s", deep), KERN_BPE_LIMIT, "more than 64 values");
    struct parts usual = { .pre = NULL };
    size_t len = write_file(json, &usual, 0);
    refuse(c, "text behind", json, len + (size_t)sprintf(json + len, "x"), KERN_BPE_SYNTAX, "the end of the file");
    static char pattern[FILE_CAP / 4];
    snprintf(pattern, sizeof pattern, SPLIT("%0600d"), 0);
    usual.pre = pattern;
    refuse(c, "a long expression", json, write_file(json, &usual, 0), KERN_BPE_UNSUPPORTED, "more than 507 bytes");
}

/* Cut anywhere, a file is refused; the text lies in a block of its exact size for whoever watches memory. */
static void check_cut(struct checks *c)
{
    char json[FILE_CAP];
    struct parts usual = { .pre = SPLIT(LLAMA) };
    struct fence f = fence_new(FILE_CAP);
    size_t len = write_file(json, &usual, 0);
    check_at(c, "bpe tokenizer.json cut short");
    for (size_t n = 0; n + 1 < len; n++) {
        struct kern_bpe *b;
        struct kern_bpe_error e = { "" };
        char *cut = fence_end(&f, n);
        memcpy(cut, json, n);
        int status = kern_bpe_load_tokenizer(&b, cut, n, &e);
        if (!check_that(c, status == KERN_BPE_SYNTAX || status == KERN_BPE_ENCODING, "%zu bytes: %d", n, status))
            break;
        CHECK(c, !b && *e.text);
    }
    fence_free(&f);
}

/* --- accepting --------------------------------------------------------------------------------------------------- */

static size_t encode(const struct kern_bpe *b, const char *text, uint32_t *ids)
{
    unsigned char mem[32 * 256] __attribute__((aligned(8)));
    struct kern_bpe_work work = { mem, sizeof mem };
    return kern_bpe_encode_utf8_ref(b, ids, 64, (const unsigned char *)text, strlen(text), &work);
}

int hf_encodes_to(const struct kern_bpe *b, const char *text, const uint32_t *want, size_t n)
{
    uint32_t ids[64];
    return encode(b, text, ids) == n && memcmp(ids, want, n * sizeof *ids) == 0;
}

/* Merges in both forms, parts in both orders, an expression given and implied: the same ids. */
static void check_forms(struct checks *c)
{
    static const struct parts forms[] = {
        { .pre = NULL },
        { .merges = "[\"a\", \"b\"], [ \"b\",\"c\" ], [\"ab\", \"c\"], [\"\\u0120\", \"abc\"]" },
        { .pre = SPLIT(GPT2) },
        { .pre = SPLIT(QWEN) },
        { .added = "" },
        { .top = "\"decoder\": {\"type\": \"ByteLevel\"}, " },
    };
    for (size_t i = 0; i < 2 * sizeof forms / sizeof forms[0]; i++) {
        check_at(c, "bpe tokenizer.json form %zu", i);
        struct kern_bpe *b = hf_load(c, &forms[i / 2], i % 2);
        if (!b)
            continue;
        CHECK(c, kern_bpe_merges(b) == 4 && kern_bpe_tokens(b) == 260 + !forms[i / 2].added);
        CHECK(c, hf_encodes_to(b, "abc abc bc", (uint32_t[]){ 2, 3, 300 + ' ', 1 }, 4));
        CHECK(c, kern_bpe_normalizer(b) == NULL);
        kern_bpe_free(&b);
    }
}

/* A merge may name a token that a later one makes: such lines are in files made from tiktoken's. */
static void check_order(struct checks *c)
{
    struct parts p = { .merges = "\"ab c\", \"a b\", \"\u0120 abc\"" };
    check_at(c, "bpe tokenizer.json with a merge before its parts");
    struct kern_bpe *b = hf_load(c, &p, 0);
    CHECK(c, b && hf_encodes_to(b, "abc", (uint32_t[]){ 2 }, 1));
    kern_bpe_free(&b);
}

static void check_normalizer(struct checks *c)
{
    char json[FILE_CAP];
    struct parts p = { .normalizer = "{\"type\": \"NFC\"}" };
    check_at(c, "bpe tokenizer.json with a normalizer");
    struct kern_bpe *b = hf_load(c, &p, 0);
    CHECK(c, b && strcmp(kern_bpe_normalizer(b), "NFC") == 0);
    kern_bpe_free(&b);
    p.normalizer = "{\"type\": \"NFD\"}";
    refuse(c, "another normalizer", json, write_file(json, &p, 0), KERN_BPE_UNSUPPORTED, "normalizer: 'NFD'");
}

static void find(struct checks *c, const struct kern_bpe *b, const char *text, int want, size_t at, uint32_t id)
{
    struct kern_bpe_found f = { 0, 0, 0 };
    int got = kern_bpe_find_added(b, (const unsigned char *)text, strlen(text), &f);
    check_that(c, got == want && (!got || (f.at == at && f.id == id)), "'%s': %d at %zu, id %u", text, got, f.at,
               (unsigned)f.id);
}

/* Added tokens: found leftmost and longest, decoded, never made; one is in the vocabulary too, one beyond the alphabet is
 * in the vocabulary only, and is its own UTF-8. */
static void check_added(struct checks *c)
{
    static const struct parts p = {
        .vocab = "\"ab\": 0, \"bc\": 1, \"abc\": 2, \"\u0120abc\": 3, \"<s>\": 4, \"\uff5c\": 5",
        .added = "{\"id\": 4, \"content\": \"<s>\"}, {\"id\": 10, \"content\": \"<s><s>\"}, "
                 "{\"id\": 11, \"content\": \"\\ud83d\\ude42!\"}",
    };
    unsigned char out[32];
    check_at(c, "bpe tokenizer.json with added tokens");
    struct kern_bpe *b = hf_load(c, &p, 0);
    if (!b)
        return;
    find(c, b, "", 0, 0, 0);
    find(c, b, "<s", 0, 0, 0);
    find(c, b, "ab<s>", 1, 2, 4);
    find(c, b, "<<s><s><s>", 1, 1, 10);
    find(c, b, "abc \U0001F642! <s>", 1, 4, 11);
    CHECK(c, hf_encodes_to(b, "<s>", (uint32_t[]){ 300 + '<', 300 + 's', 300 + '>' }, 3));
    CHECK(c, kern_bpe_decode(b, out, sizeof out, (uint32_t[]){ 10, 5, 11 }, 3) == 14);
    CHECK(c, memcmp(out, "<s><s>\uff5c\U0001F642!", 14) == 0);
    kern_bpe_free(&b);
}

static void check_files(struct checks *c)
{
    char json[FILE_CAP], path[] = P_tmpdir "/check-bpe-hf-XXXXXX";
    struct parts usual = { .pre = NULL };
    struct kern_bpe *b = NULL;
    struct kern_bpe_error e = { "" };
    size_t len = write_file(json, &usual, 0);
    int fd = mkstemp(path);
    check_at(c, "bpe tokenizer.json as a file");
    FILE *f = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (!CHECK(c, f != NULL && fwrite(json, 1, len, f) == len))
        return;
    fclose(f);
    check_that(c, kern_bpe_load_tokenizer_file(&b, path, &e) == KERN_BPE_OK, "%s", e.text);
    kern_bpe_free(&b);
    remove(path);
    CHECK(c, kern_bpe_load_tokenizer_file(&b, path, &e) == KERN_BPE_FILE && !b && strstr(e.text, path));
}

void check_bpe_hf(struct checks *c)
{
    check_refusals(c);
    check_cut(c);
    check_forms(c);
    check_order(c);
    check_normalizer(c);
    check_added(c);
    check_files(c);
    check_bpe_split(c);
}
