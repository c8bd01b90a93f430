/* SPDX-License-Identifier: Apache-2.0
 * tokenizer.json's ways of cutting text: Llama 3's and Qwen 2's expressions against pieces cut by hand and against a
 * backtracking interpreter written here, and every encoder on them and with ignore_merges. */
#include <stdio.h>
#include <string.h>

#include "tests/kern/check_bpe_hf.h"

/* ignore_merges: tokens that no merge makes are found whole, short and long, in every variant; added ones are not. */
static void check_whole(struct checks *c, const struct kern_variant *v)
{
    static const struct parts p = {
        .vocab = "\"ab\": 0, \"bc\": 1, \"abc\": 2, \"\u0120abc\": 3, \"xyz\": 4, \"xyzxyzxyzxyzxyzxyz\": 5",
        .model = "\"ignore_merges\": true, ",
        .added = "{\"id\": 10, \"content\": \"zz\"}, {\"id\": 11, \"content\": \"zzzzzzzzzzzzzzzzzzzz\"}",
    };
    static const char text[] = "xyz xyz1xyzxyzxyzxyzxyzxyz!zz zzzzzzzzzzzzzzzzzzzz1zzzzzzzzzzzzzzzzzzzz abc";
    struct rig r = rig_new(c, v->isa, (kern_bpe_encode_utf8_fn *)v->fn);
    check_at(c, "bpe_encode/utf8/%s with ignore_merges", v->isa);
    struct kern_bpe *b = hf_load(c, &p, 0);
    r.b = b;
    if (b)
        rig_agrees(&r, (const unsigned char *)text, sizeof text - 1);
    CHECK(c, b && hf_encodes_to(b, "xyz1xyzxyzxyzxyzxyzxyz!zz", (uint32_t[]){ 4, 349, 5, 333, 422, 422 }, 6));
    kern_bpe_free(&b);
    rig_free(&r);
}

/* --- expressions ------------------------------------------------------------------------------------------------- */

/* Cut by hand; digits up to three in a piece. */
static const char *const by_hand[] = {
    "Hello| world|!", "I|'M| sure|,| I|'ll|'S|'\u017f|x", /* ignoring case, a long s is an s */
    "don|'T|'x",      "123|4| |12|a",
    "a|\t|\tb",       "a|\n|b",
    "a| \n\n|  | b",  "x|\r\n|y",
    "!!\n\n|a",       " !\r\n|!",
    "a|  ",           "(a|)",
    "\u00a0a|-b|_c",  "\u4e2d\u6587|\uff0c\u6587",
    " | |1| |2",      "a| \u20ac\n|b",
    " \n| x",         "\xffz|\xfe\xff|1",
};

static void check_rows(struct checks *c, const struct kern_bpe *b)
{
    for (size_t i = 0; i < sizeof by_hand / sizeof by_hand[0]; i++) {
        unsigned char text[128];
        size_t n = 0, at = 0, want;
        for (const char *p = by_hand[i]; *p; p++)
            if (*p != '|')
                text[n++] = (unsigned char)*p;
        check_at(c, "bpe split '%s'", by_hand[i]);
        for (const char *p = by_hand[i]; at < n; at += want, p += want + 1) {
            size_t got = kern_bpe_split(b, text + at, n - at);
            want = strcspn(p, "|");
            if (!check_that(c, got == want, "at %zu: got %zu bytes, want %zu", at, got, want))
                break;
        }
    }
}

/* A part of an alternative: characters of a class, from..to of them, as many as possible. Classes: L, N, O, S as in
 * struct letter; n a line break, ' ' a space, x all but line breaks, letters and numbers. */
struct item {
    char class;
    size_t from, to;
};

static int is_in(const struct letter *l, char class)
{
    int breaks = *l->bytes == '\n' || *l->bytes == '\r', space = l->class == ' ' || l->class == 'S';
    switch (class) {
    case 'n':
        return breaks;
    case ' ':
        return l->class == ' ';
    case 'x':
        return !breaks && l->class != 'L' && l->class != 'N';
    case 'S':
        return space;
    case 'O':
        return l->class == 'O' || l->class == '\'';
    default:
        return l->class == class;
    }
}

/* How many letters from i on the items take, or 0; by trying. */
static size_t match(const struct letter *const *s, size_t n, size_t i, const struct item *item, int not_before_text)
{
    size_t most = 0;
    if (!item->class)
        return !not_before_text || i == n || is_in(s[i], 'S') ? i : 0;
    while (most < item->to && i + most < n && is_in(s[i + most], item->class))
        most++;
    for (size_t take = most + 1; take-- > item->from;) {
        size_t end = match(s, n, i + take, item + 1, not_before_text);
        if (end)
            return end;
    }
    return 0;
}

static size_t piece_of(const struct letter *const *s, size_t n, size_t i, size_t digits)
{
    enum { ANY = 1000 };
    static const char *const short_forms[] = { "s", "t", "re", "ve", "m", "ll", "d" };
    const struct item all[][4] = {
        { { 'x', 0, 1 }, { 'L', 1, ANY } },
        { { 'N', 1, digits } },
        { { ' ', 0, 1 }, { 'O', 1, ANY }, { 'n', 0, ANY } },
        { { 'S', 0, ANY }, { 'n', 1, ANY } },
        { { 'S', 1, ANY } },
        { { 'S', 1, ANY } },
    };
    for (size_t k = 0; s[i]->class == '\'' && k < 7; k++) {
        size_t len = strlen(short_forms[k]), same = 0;
        while (same < len && i + 1 + same < n && (s[i + 1 + same]->bytes[0] | 0x20) == short_forms[k][same] &&
               s[i + 1 + same]->class == 'L')
            same++;
        if (same == len)
            return i + 1 + len;
    }
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++) {
        size_t end = match(s, n, i, all[k], k == 4);
        if (end)
            return end;
    }
    return 0;
}

/* Random texts, in which apostrophes, line breaks and digits are likely to be neighbours. */
static void check_random(struct checks *c, const struct kern_bpe *b, size_t digits)
{
    enum { MOST = 120 };
    uint64_t state = check_seed(c, digits == 1 ? "qwen" : "llama");
    for (int round = 0; round < 4000; round++) {
        const struct letter *s[MOST];
        unsigned char text[MOST * 4];
        size_t n = 1 + rnd_below(&state, MOST - 1), len = 0, at = 0;
        for (size_t i = 0; i < n; i++) {
            s[i] = i && rnd_below(&state, 3) ? s[i - 1] : &check_bpe_letters[rnd_below(&state, check_bpe_nletters)];
            memcpy(text + len, s[i]->bytes, strlen(s[i]->bytes));
            len += strlen(s[i]->bytes);
        }
        check_at(c, "bpe split, %zu digits, random=%d", digits, round);
        for (size_t i = 0, end; i < n; i = end) {
            size_t want = 0;
            end = piece_of(s, n, i, digits);
            for (size_t k = i; k < end; k++)
                want += strlen(s[k]->bytes);
            size_t got = kern_bpe_split(b, text + at, len - at);
            if (!check_that(c, end && got == want, "at byte %zu: got %zu bytes, want %zu", at, got, want))
                break;
            at += want;
        }
    }
}

/* Every two bytes that follow each other in some text are a merge, so that a wrong cut shows in the ids. */
static struct kern_bpe *dense(struct checks *c, const char *pre)
{
    static char vocab[FILE_CAP], merges[FILE_CAP], json[4 * FILE_CAP];
    unsigned char bytes[256];
    size_t n = check_bpe_bytes(bytes), nv = 0, nm = 0;
    uint64_t state = check_seed(c, "dense");
    for (unsigned i = 0; i < 600; i++) {
        char pair[8] = { 0 }, left[3] = { 0 }, right[3] = { 0 };
        check_bpe_char(bytes[i % n], left);
        check_bpe_char(bytes[(i / n * 7 + rnd_below(&state, 3) + i) % n], right);
        snprintf(pair, sizeof pair, "%s%s", left, right);
        snprintf(json, sizeof json, "\"%s\": ", pair);
        if (strpbrk(pair, "\"\\") || strstr(vocab, json))
            continue;
        nv += (size_t)snprintf(vocab + nv, sizeof vocab - nv, "%s\"%s\": %u", nv ? ", " : "", pair, 1000 + i);
        nm += (size_t)snprintf(merges + nm, sizeof merges - nm, "%s\"%s %s\"", nm ? ", " : "", left, right);
    }
    size_t len =
        (size_t)sprintf(json, "{\"pre_tokenizer\": %s, \"model\": {\"merges\": [%s], \"vocab\": {", pre, merges);
    len += hf_vocab(json + len, vocab);
    len += (size_t)sprintf(json + len, "}}}");
    struct kern_bpe *b;
    struct kern_bpe_error e = { "" };
    memset(vocab, 0, sizeof vocab);
    check_that(c, kern_bpe_load_tokenizer(&b, json, len, &e) == KERN_BPE_OK, "%s", e.text);
    return b;
}

static const char *const pres[] = { SPLIT(LLAMA), SPLIT(QWEN), SPLIT(GPT2), PLAIN };

static void agree_on_random(struct rig *r, uint64_t *state, int rounds)
{
    unsigned char text[2048];
    for (int round = 0; round < rounds; round++)
        rig_agrees(r, text, check_bpe_text(text, 4 + rnd_below(state, round % 8 ? 200 : sizeof text - 4), state));
}

static void check_encoder(struct checks *c, const struct kern_variant *v)
{
    uint64_t state = check_seed(c, "bpe hf");
    struct rig r = rig_new(c, v->isa, (kern_bpe_encode_utf8_fn *)v->fn);
    check_whole(c, v);
    for (size_t i = 0; i < sizeof pres / sizeof pres[0]; i++) {
        check_at(c, "bpe_encode/utf8/%s expression %zu", v->isa, i);
        struct kern_bpe *b = dense(c, pres[i]);
        r.b = b;
        if (b)
            agree_on_random(&r, &state, 600);
        kern_bpe_free(&b);
    }
    rig_guards_hold(&r);
    rig_free(&r);
}

/* An encoder that cuts as GPT-2 does, whatever the file says, must be caught. */
static size_t cuts_as_gpt2(const struct kern_bpe *b, uint32_t *ids, size_t cap, const unsigned char *text, size_t len,
                           struct kern_bpe_work *work)
{
    size_t n = 0;
    for (size_t piece; len; text += piece, len -= piece) {
        piece = kern_bpe_piece(text, len);
        n += kern_bpe_encode_utf8_ref(b, ids + n, cap - n, text, piece, work);
    }
    return n;
}

static void check_wrong(struct checks *c)
{
    struct checks trial = { .isas = c->isas, .seed = c->seed, .quiet = true };
    uint64_t state = check_seed(c, "bpe hf");
    struct rig r = rig_new(&trial, "cuts_as_gpt2", cuts_as_gpt2);
    struct kern_bpe *b = dense(c, pres[0]);
    r.b = b;
    agree_on_random(&r, &state, 100);
    check_at(c, "bpe_encode/utf8 that cuts as GPT-2");
    check_that(c, trial.failed > 0, "not caught");
    kern_bpe_free(&b);
    rig_free(&r);
}

void check_bpe_split(struct checks *c)
{
    for (size_t i = 0; i < 2; i++) {
        struct parts p = { .pre = pres[i] };
        struct kern_bpe *b = hf_load(c, &p, 0);
        if (b && i == 0)
            check_rows(c, b);
        if (b)
            check_random(c, b, i ? 1 : 3);
        kern_bpe_free(&b);
    }
    check_wrong(c);
    check_variants(c, "bpe_encode", "utf8", check_encoder);
}
