/* SPDX-License-Identifier: Apache-2.0
 * The encoder: every variant gives what a textbook encoder written here gives, what the reference gives, and ids that
 * decode to the very bytes. Texts end where the memory ends, so that reading one byte too many is a crash.
 *
 * The files of suites/data are used where they are found: KERN_DATA_DIR names the folder. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/kern/check_bpe.h"

enum { PATTERN = 0xA5 };

/* --- a textbook encoder, by strings ------------------------------------------------------------------------------ */

/* Merges in order, for texts of a, b, c and d. Two of them make "abc". */
static const char *const book[][2] = {
    { "a", "a" },   { "a", "b" },   { "b", "c" }, { "aa", "b" },  { "ab", "c" },
    { "c", "d" },   { "a", "bc" },  { "d", "d" }, { "abc", "d" }, { "ab", "ab" },
    { "dd", "dd" }, { "aa", "aa" }, { "b", "d" }, { "bc", "dd" }, { "d", "a" },
};
enum { BOOK = sizeof book / sizeof book[0], BOOK_TEXT = 300 };

static struct kern_bpe *book_vocabulary(void)
{
    char merges[16 * BOOK];
    size_t n = 0;
    for (size_t i = 0; i < BOOK; i++)
        n += (size_t)snprintf(merges + n, sizeof merges - n, "%s %s\n", book[i][0], book[i][1]);
    return check_bpe_vocabulary(merges);
}

static int is_piece(const char *text, size_t from, size_t to, const char *want)
{
    return to - from == strlen(want) && memcmp(text + from, want, to - from) == 0;
}

/* Splits text at cut[0] = 0 < cut[1] < ... < cut[n] = length. Each round takes the first line of the book that fits
 * anywhere and merges it where it first fits. */
static size_t merge_by_book(const char *text, size_t *cut, size_t n)
{
    for (size_t k = 0; k < BOOK; k++) {
        for (size_t i = 0; i + 2 <= n; i++) {
            if (!is_piece(text, cut[i], cut[i + 1], book[k][0]) || !is_piece(text, cut[i + 1], cut[i + 2], book[k][1]))
                continue;
            memmove(cut + i + 1, cut + i + 2, (n - i - 1) * sizeof *cut);
            return merge_by_book(text, cut, n - 1);
        }
    }
    return n;
}

static void check_book_text(struct rig *r, const char *text, size_t len)
{
    size_t cut[BOOK_TEXT + 1];
    for (size_t i = 0; i <= len; i++)
        cut[i] = i;
    size_t want = merge_by_book(text, cut, len), n = rig_encode(r, (const unsigned char *)text, len, TEXT_CAP);
    if (!check_that(r->c, n == want, "'%.*s': %zu ids, want %zu", (int)len, text, n, want))
        return;
    for (size_t i = 0; i < n; i++) {
        uint32_t id;
        size_t token_len;
        memcpy(&id, r->ids.data + i * sizeof id, sizeof id);
        const unsigned char *token = kern_bpe_token(r->b, id, &token_len);
        int same = token && token_len == cut[i + 1] - cut[i] && memcmp(token, text + cut[i], token_len) == 0;
        if (!check_that(r->c, same, "'%.*s': token %zu is not the expected one", (int)len, text, i))
            return;
    }
}

static void check_book(struct rig *r, uint64_t *state)
{
    char text[BOOK_TEXT];
    struct kern_bpe *b = book_vocabulary();
    r->b = b;
    for (int round = 0; round < 600; round++) {
        size_t len = 1 + rnd_below(state, round % 10 ? 20 : BOOK_TEXT);
        for (size_t i = 0; i < len; i++)
            text[i] = (char)('a' + rnd_below(state, 4));
        check_book_text(r, text, len);
    }
    kern_bpe_free(&b);
}

/* --- pieces, seen through the ids -------------------------------------------------------------------------------- */

/* A vocabulary in which every two bytes of the check's letters are a merge, in random order, so that a border of pieces
 * in a wrong place changes the ids of what is around it. */
static struct kern_bpe *dense_vocabulary(uint64_t *state)
{
    unsigned char bytes[256];
    size_t n = check_bpe_bytes(bytes), pairs = n * n, len = 0;
    uint32_t *order = malloc(pairs * sizeof *order);
    char *merges = malloc(pairs * 6 + 1);
    if (!order || !merges)
        exit(1);
    for (size_t i = 0; i < pairs; i++) {
        size_t k = rnd_below(state, i + 1);
        order[i] = order[k];
        order[k] = (uint32_t)i;
    }
    for (size_t i = 0; i < pairs; i++) {
        len += check_bpe_char(bytes[order[i] / n], merges + len);
        merges[len++] = ' ';
        len += check_bpe_char(bytes[order[i] % n], merges + len);
        merges[len++] = '\n';
    }
    merges[len] = 0;
    struct kern_bpe *b = check_bpe_vocabulary(merges);
    free(order);
    free(merges);
    return b;
}

static void check_pieces(struct rig *r, uint64_t *state)
{
    unsigned char text[4096];
    struct kern_bpe *b = dense_vocabulary(state);
    r->b = b;
    for (int round = 0; round < 1500; round++)
        rig_agrees(r, text, check_bpe_text(text, 4 + rnd_below(state, round % 8 ? 200 : sizeof text - 4), state));
    kern_bpe_free(&b);
}

/* Runs of one class with all lengths around the width of a register, at every place in it. */
static void check_runs(struct rig *r, uint64_t *state)
{
    static const char *const one[] = { "a", "7", "!", "\n", "\u00e9", " " };
    unsigned char text[512];
    struct kern_bpe *b = dense_vocabulary(state);
    r->b = b;
    for (size_t before = 0; before < 66; before++) {
        for (size_t run = 1; run < 140; run += 1 + before % 3) {
            const char *unit = one[rnd_below(state, 6)];
            size_t n = before;
            memset(text, rnd(state) & 1 ? 'x' : ' ', before);
            for (size_t i = 0; i < run; i++, n += strlen(unit))
                memcpy(text + n, unit, strlen(unit));
            rig_agrees(r, text, n);
            text[n++] = (unsigned char)"a!7 "[rnd_below(state, 4)];
            rig_agrees(r, text, n);
        }
    }
    kern_bpe_free(&b);
}

/* Every code point below U+20000 and some above, in front of a letter, a digit and a mark. The vocabulary joins every
 * last byte of a character to these, so each piece that is not cut where it should be shows. */
static void check_code_points(struct rig *r)
{
    char merges[64 * 3 * 8];
    size_t n = 0, len = 0;
    unsigned char text[6000];
    for (unsigned low = 0x80; low < 0xC0; low++) {
        for (unsigned k = 0; k < 3; k++) {
            n += check_bpe_char(low, merges + n);
            n += (size_t)snprintf(merges + n, sizeof merges - n, " %c\n", "a1!"[k]);
        }
    }
    struct kern_bpe *b = check_bpe_vocabulary(merges);
    r->b = b;
    for (uint32_t code = 0x80; code < 0x110000; code += code < 0x20000 ? 1 : 61) {
        for (unsigned k = 0; k < 3; k++) {
            unsigned char *p = text + len;
            size_t bytes = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
            for (size_t i = bytes; i-- > 0;)
                p[i] = (unsigned char)(0x80 | (code >> (6 * (bytes - 1 - i)) & 0x3F));
            p[0] = (unsigned char)((0xF00u >> bytes & 0xFF) | code >> (6 * (bytes - 1)));
            p[bytes] = (unsigned char)"a1!"[k];
            len += bytes + 1;
        }
        if (len + 15 > sizeof text) {
            rig_agrees(r, text, len);
            len = 0;
        }
    }
    rig_agrees(r, text, len);
    kern_bpe_free(&b);
}

/* --- any bytes --------------------------------------------------------------------------------------------------- */

static void check_bytes(struct rig *r, uint64_t *state)
{
    unsigned char text[2048];
    for (unsigned i = 0; i < 256; i++)
        rig_agrees(r, &(unsigned char){ (unsigned char)i }, 1);
    for (unsigned i = 0; i < 65536; i++)
        rig_agrees(r, (unsigned char[]){ (unsigned char)(i >> 8), (unsigned char)i }, 2);
    for (int round = 0; round < 300; round++) {
        size_t n = 1 + rnd_below(state, sizeof text);
        for (size_t i = 0; i < n; i++)
            text[i] = (unsigned char)rnd(state);
        rig_agrees(r, text, n);
    }
}

/* Cutting a text anywhere leaves broken characters at both ends. */
static void check_data(struct rig *r, const char *folder, const char *name, uint64_t *state)
{
    char path[512];
    unsigned char *text = malloc(TEXT_CAP);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    size_t len = f && text ? fread(text, 1, TEXT_CAP, f) : 0;
    if (f)
        fclose(f);
    check_at(r->c, "bpe_encode/utf8/%s on %s", r->name, name);
    check_that(r->c, len > 0, "%s is empty or cannot be read", path);
    if (len > 0)
        rig_agrees(r, text, len);
    for (int i = 0; i < 100 && len > 0; i++) {
        size_t from = rnd_below(state, len), most = len - from < 3000 ? len - from : 3000;
        rig_agrees(r, text + from, rnd_below(state, most) + 1);
    }
    free(text);
}

static void check_vocabulary(struct rig *r, const char *folder, const char *name, uint64_t *state)
{
    static const char *const files[] = { "english.txt", "code.txt", "multilingual.txt", "bpe-merges.txt" };
    char path[512];
    struct kern_bpe *b;
    struct kern_bpe_error e;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (access(path, R_OK) != 0) {
        if (!r->c->quiet)
            printf("note: %s is not there; set KERN_DATA_DIR to check the tokenizer on the shipped texts too\n", path);
        return;
    }
    if (!check_that(r->c, kern_bpe_load_files(&b, path, NULL, &e) == KERN_BPE_OK, "%s: %s", path, e.text))
        return;
    r->b = b;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        check_data(r, folder, files[i], state);
    check_at(r->c, "bpe_encode/utf8/%s with %s", r->name, path);
    check_bytes(r, state);
    kern_bpe_free(&b);
}

static void check_shipped(struct rig *r, uint64_t *state)
{
    const char *folder = getenv("KERN_DATA_DIR");
    folder = folder && *folder ? folder : "suites/data";
    check_vocabulary(r, folder, "bpe-merges.txt", state);
    check_vocabulary(r, folder, "bpe-merges-50k.txt", state);
}

/* --- the contract's edges ---------------------------------------------------------------------------------------- */

static void check_caps(struct rig *r)
{
    static const unsigned char text[] =
        "aab abcabcdd cdcd dddddddddda, 12 bcdd\n\n  aaaa aaaaaaaaaaaaaaaaaaaaaaaaaabcd "
        "abcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcd";
    size_t len = sizeof text - 1;
    rig_agrees(r, text, len);
    size_t all = rig_encode(r, text, len, TEXT_CAP);
    memcpy(r->want.data, r->ids.data, all * sizeof(uint32_t));
    for (size_t cap = 0; cap <= all; cap++) {
        memset(r->ids.data, PATTERN, (all + 1) * sizeof(uint32_t));
        size_t n = rig_encode(r, text, len, cap), same = cap * sizeof(uint32_t);
        check_that(r->c, n == all, "room for %zu: %zu ids, want %zu", cap, n, all);
        check_that(r->c, memcmp(r->ids.data, r->want.data, same) == 0, "room for %zu: other ids", cap);
        check_that(r->c, r->ids.data[same] == PATTERN && memcmp(r->ids.data + same, r->ids.data + same + 1, 3) == 0,
                   "room for %zu: wrote one more", cap);
    }
    check_that(r->c, r->fn(r->b, NULL, 0, text, len, &r->work) == all, "no ids wanted: other count");
    check_that(r->c, r->fn(r->b, NULL, 0, text, 0, NULL) == 0, "empty text without work: not 0");
    check_that(r->c, r->fn(r->b, NULL, 0, NULL, 0, &r->work) == 0, "no text: not 0");
}

/* "abcd" is a token here, but merging its bytes never gives it: b c comes first, and then no line fits. */
static void check_unreachable(struct rig *r)
{
    struct kern_bpe *b = check_bpe_vocabulary("b c\na b\nc d\nab cd\n");
    r->b = b;
    check_that(r->c, rig_encode(r, (const unsigned char *)"abcd", 4, TEXT_CAP) == 3,
               "a token that merging does not give");
    rig_agrees(r, (const unsigned char *)"abcd abcd", 9);
    kern_bpe_free(&b);
}

/* Tokens of ten bytes, the first eight of which are the same: aaaaaaaa, then one of a..t, then one of a..t; texts go on
 * to z, so that some are tokens and others only look like one. */
static void check_alike(struct rig *r)
{
    enum { A = 8, KNOWN = 20, ALL = 26 };
    char merges[24 * (3 + KNOWN + KNOWN * KNOWN)], text[] = "aaaaaaaaxy";
    size_t n = (size_t)snprintf(merges, sizeof merges, "a a\naa aa\naaaa aaaa\n");
    for (int x = 'a' + 1; x < 'a' + KNOWN; x++)
        n += (size_t)snprintf(merges + n, sizeof merges - n, "aaaaaaaa %c\n", x);
    for (int x = 'a' + 1; x < 'a' + KNOWN; x++)
        for (int y = 'a'; y < 'a' + KNOWN; y++)
            n += (size_t)snprintf(merges + n, sizeof merges - n, "aaaaaaaa%c %c\n", x, y);
    struct kern_bpe *b = check_bpe_vocabulary(merges);
    r->b = b;
    for (int x = 'a'; x < 'a' + ALL; x++) {
        for (int y = 'a'; y < 'a' + ALL; y++) {
            text[A] = (char)x;
            text[A + 1] = (char)y;
            rig_agrees(r, (unsigned char *)text, A + 2);
        }
    }
    kern_bpe_free(&b);
}

/* Work memory for exactly the longest piece is enough, and stays within its bounds; one byte less is refused. */
static void check_work(struct rig *r)
{
    static const size_t longest[] = { 1, 2, 16, 17, 63, 64, 65, 1000 };
    unsigned char text[1008];
    for (size_t i = 0; i < sizeof longest / sizeof longest[0]; i++) {
        size_t n = longest[i];
        for (size_t k = 0; k < n; k++)
            text[k] = (unsigned char)"aabcd"[k * 7 % 5];
        memcpy(text + n, "\n", 1);
        struct guard mem = guard_new(kern_bpe_work_bytes(n), 8);
        struct kern_bpe_work work = { mem.data, mem.bytes };
        size_t want = rig_encode(r, text, n + 1, TEXT_CAP);
        size_t got = r->fn(r->b, (uint32_t *)(void *)r->ids.data, TEXT_CAP, text, n + 1, &work);
        check_that(r->c, got == want, "work for a piece of %zu: %zu ids, want %zu", n, got, want);
        check_that(r->c, guard_ok(&mem), "work for a piece of %zu: wrote outside it", n);
        work.bytes--;
        got = r->fn(r->b, (uint32_t *)(void *)r->ids.data, TEXT_CAP, text, n + 1, &work);
        check_that(r->c, got == KERN_BPE_NONE, "work too small for a piece of %zu: not refused", n);
        guard_free(&mem);
    }
}

/* 100,000 times the same letter, with merges that double it to 1024 bytes: 97 tokens of 1024 and of 512, 128 and 32 one
 * each. And 100,000 random letters. Quadratic time would take minutes; the reference gets 3,000, which give 2 tokens of
 * 1024 and one each of 512, 256, 128, 32, 16 and 8. */
static void check_long(struct rig *r, uint64_t *state)
{
    enum { LONG = 100000, PART = 3000 };
    int is_ref = r->fn == kern_bpe_encode_utf8_ref;
    size_t len = is_ref ? PART : LONG;
    unsigned char *text = malloc(LONG);
    struct kern_bpe *doubling, *b = book_vocabulary();
    if (!text)
        exit(1);
    memset(text, 'a', LONG);
    if (kern_bpe_train(&doubling, text, LONG, 10, NULL) != KERN_BPE_OK)
        exit(1);
    r->b = doubling;
    rig_agrees(r, text, PART);
    size_t n = rig_encode(r, text, len, TEXT_CAP);
    check_that(r->c, n == (is_ref ? 8 : 100), "%zu letters: %zu ids", len, n);
    rig_decodes_back(r, n, text, len);
    for (size_t i = 0; i < LONG; i++)
        text[i] = (unsigned char)('a' + rnd_below(state, 4));
    r->b = b;
    rig_agrees(r, text, PART);
    rig_decodes_back(r, rig_encode(r, text, len, TEXT_CAP), text, len);
    kern_bpe_free(&b);
    kern_bpe_free(&doubling);
    free(text);
}

static void check_encoder(struct checks *c, const char *name, kern_bpe_encode_utf8_fn *fn)
{
    uint64_t state = check_seed(c, "bpe");
    struct rig r = rig_new(c, name, fn);
    struct kern_bpe *b = book_vocabulary();
    check_at(c, "bpe_encode/utf8/%s textbook", name);
    check_book(&r, &state);
    check_at(c, "bpe_encode/utf8/%s edges", name);
    r.b = b;
    check_caps(&r);
    check_work(&r);
    check_unreachable(&r);
    check_alike(&r);
    check_at(c, "bpe_encode/utf8/%s pieces", name);
    check_pieces(&r, &state);
    check_runs(&r, &state);
    check_at(c, "bpe_encode/utf8/%s code points", name);
    check_code_points(&r);
    check_at(c, "bpe_encode/utf8/%s long pieces", name);
    check_long(&r, &state);
    check_at(c, "bpe_encode/utf8/%s data", name);
    check_shipped(&r, &state);
    check_at(c, "bpe_encode/utf8/%s guards", name);
    rig_guards_hold(&r);
    rig_free(&r);
    kern_bpe_free(&b);
}

static void check_variant(struct checks *c, const struct kern_variant *v)
{
    check_encoder(c, v->isa, (kern_bpe_encode_utf8_fn *)v->fn);
}

/* --- encoders that are wrong on purpose -------------------------------------------------------------------------- */

#define ENCODER(name)                                                                                                  \
    static size_t name(const struct kern_bpe *b, uint32_t *ids, size_t cap, const unsigned char *text, size_t len,     \
                       struct kern_bpe_work *work)

ENCODER(swaps_two)
{
    size_t n = kern_bpe_encode_utf8_ref(b, ids, cap, text, len, work);
    if (n != KERN_BPE_NONE && n > 1 && cap >= n) {
        uint32_t id = ids[0];
        ids[0] = ids[n - 1];
        ids[n - 1] = id;
    }
    return n;
}

ENCODER(counts_only_what_fits)
{
    size_t n = kern_bpe_encode_utf8_ref(b, ids, cap, text, len, work);
    return n != KERN_BPE_NONE && n > cap ? cap : n;
}

ENCODER(writes_one_more)
{
    size_t n = kern_bpe_encode_utf8_ref(b, ids, cap, text, len, work);
    if (n != KERN_BPE_NONE && n > cap && ids)
        ids[cap] = 0;
    return n;
}

ENCODER(cuts_after_64_bytes)
{
    size_t first = len < 64 ? len : 64;
    size_t n = kern_bpe_encode_utf8_ref(b, ids, cap, text, first, work);
    size_t m = len > first ? kern_bpe_encode_utf8_ref(b, n < cap ? ids + n : NULL, n < cap ? cap - n : 0, text + first,
                                                      len - first, work)
                           : 0;
    return n == KERN_BPE_NONE || m == KERN_BPE_NONE ? KERN_BPE_NONE : n + m;
}

ENCODER(single_bytes)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        size_t one = kern_bpe_encode_utf8_ref(b, n < cap ? ids + n : NULL, n < cap, text + i, 1, work);
        if (one == KERN_BPE_NONE)
            return one;
        n += one;
    }
    return n;
}

ENCODER(ignores_work)
{
    unsigned char mem[1 << 16] __attribute__((aligned(8)));
    struct kern_bpe_work own = { mem, sizeof mem };
    return kern_bpe_encode_utf8_ref(b, ids, cap, text, len, work && work->bytes < sizeof mem ? &own : work);
}

static void check_wrong(struct checks *c)
{
    static const struct {
        const char *name;
        kern_bpe_encode_utf8_fn *fn;
    } wrong[] = { { "swaps_two", swaps_two },
                  { "counts_only_what_fits", counts_only_what_fits },
                  { "writes_one_more", writes_one_more },
                  { "cuts_after_64_bytes", cuts_after_64_bytes },
                  { "single_bytes", single_bytes },
                  { "ignores_work", ignores_work } };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct checks trial = { .isas = c->isas, .seed = c->seed, .quiet = true };
        struct rig r = rig_new(&trial, wrong[i].name, wrong[i].fn);
        struct kern_bpe *b = book_vocabulary();
        r.b = b;
        check_caps(&r);
        check_work(&r);
        check_at(c, "bpe_encode/utf8 wrong on purpose");
        check_that(c, trial.failed > 0, "%s is not caught", wrong[i].name);
        kern_bpe_free(&b);
        rig_free(&r);
    }
}

void check_bpe(struct checks *c)
{
    check_bpe_piece(c);
    check_bpe_load(c);
    check_bpe_hf(c);
    check_bpe_work(c);
    check_bpe_decode(c);
    check_wrong(c);
    size_t n = check_variants(c, "bpe_encode", "utf8", check_variant);
    check_at(c, "bpe_encode/utf8");
    CHECK(c, n > 0);
}
