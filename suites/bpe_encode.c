/* SPDX-License-Identifier: Apache-2.0
 * Binding of bpe_encode/utf8: one iteration encodes one window of `chars` characters of a shipped text.
 *
 * Windows follow each other evenly through the text, which is taken as a circle, and iterations go round them: together
 * they are so long that the branch predictor cannot know them by heart. */
#include "suites/binding_util.h"

#include <kern/kern.h>

#include <stdio.h>
#include <string.h>

enum {
    TEXT_LIMIT = 1 << 22, /* bytes of a text file */
    CYCLE = 1 << 17,      /* characters in all windows together, at least */
    FEWEST = 3            /* windows */
};

struct window {
    size_t start, len;
};

struct state {
    struct bu_state head;
    struct kern_bpe *vocabulary;
    unsigned char *text; /* the file, and from its beginning again as much as a window may need */
    size_t text_len, file_len;
    struct window *windows;
    size_t nwindows, next, longest;
    uint32_t *ids;
    size_t nids; /* of the latest window */
    struct kern_bpe_work work;
};

static const char *const texts[] = { "english", "code", "multilingual", NULL };

static const struct km_param_spec params[] = {
    { .name = "text", .words = texts, .what = "which of the shipped texts" },
    { .name = "chars", .min = 1, .max = 1000000, .what = "characters (Unicode code points) to encode" },
    { .name = NULL },
};

static const char *const *variants(void)
{
    return bu_variants("bpe_encode", "utf8");
}

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    kern_bpe_free(&s->vocabulary);
    bu_free(s->text);
    bu_free(s->windows);
    bu_free(s->ids);
    bu_free(s->work.memory);
    bu_free(s);
}

/* --- set-up ------------------------------------------------------------------------------------------------------ */

/* The size of a file that is not empty, or 0 with c->message filled. */
static size_t file_size(struct km_case *c, FILE *f, const char *path)
{
    long size = f && fseek(f, 0, SEEK_END) == 0 ? ftell(f) : -1;
    if (size > 0 && size <= TEXT_LIMIT && fseek(f, 0, SEEK_SET) == 0)
        return (size_t)size;
    bu_cannot(c, "%s: cannot be read, is empty or is larger than %d MiB", path, TEXT_LIMIT >> 20);
    return 0;
}

/* Reads the text and appends `chars` times the longest character of its own beginning. */
static enum km_answer load_text(struct km_case *c, const char *path, size_t chars)
{
    struct state *s = c->state;
    FILE *f = fopen(path, "rb");
    s->file_len = file_size(c, f, path);
    s->text_len = s->file_len + chars * 4;
    s->text = s->file_len ? bu_alloc(s->text_len, 0) : NULL;
    size_t got = s->text ? fread(s->text, 1, s->file_len, f) : 0;
    if (f)
        fclose(f);
    if (!s->file_len)
        return KM_CANNOT;
    if (!s->text)
        return bu_cannot(c, "not enough memory");
    if (got != s->file_len)
        return bu_cannot(c, "%s: cannot be read", path);
    for (size_t i = s->file_len; i < s->text_len; i++)
        s->text[i] = s->text[i - s->file_len];
    return KM_RIGHT;
}

static int starts_character(unsigned char byte)
{
    return (byte & 0xC0) != 0x80;
}

/* The window of `chars` characters from the first one at or behind `start`. */
static struct window cut(const struct state *s, size_t start, size_t chars)
{
    while (start < s->file_len && !starts_character(s->text[start]))
        start++;
    size_t end = start;
    for (; end < s->text_len; end++)
        if (starts_character(s->text[end]) && chars-- == 0)
            break;
    return (struct window){ .start = start, .len = end - start };
}

static enum km_answer make_windows(struct km_case *c, size_t chars)
{
    struct state *s = c->state;
    s->nwindows = CYCLE / chars + 1 > FEWEST ? CYCLE / chars + 1 : FEWEST;
    s->windows = bu_alloc(s->nwindows * sizeof *s->windows, 1);
    for (size_t i = 0; s->windows && i < s->nwindows; i++) {
        s->windows[i] = cut(s, (size_t)((double)s->file_len * (double)i / (double)s->nwindows), chars);
        s->longest = s->windows[i].len > s->longest ? s->windows[i].len : s->longest;
    }
    s->work.bytes = kern_bpe_work_bytes(s->longest);
    s->work.memory = bu_alloc(s->work.bytes, 2);
    s->ids = bu_alloc(s->longest * sizeof *s->ids, 3);
    return s->windows && s->work.memory && s->ids ? KM_RIGHT : bu_cannot(c, "not enough memory");
}

static enum km_answer prepare(struct km_case *c)
{
    struct state *s = c->state;
    char path[4096];
    struct kern_bpe_error e;
    size_t chars = (size_t)bu_number(c, "chars");
    snprintf(path, sizeof path, "%s/%s.txt", c->data_dir, bu_word(c, "text"));
    if (load_text(c, path, chars) != KM_RIGHT || make_windows(c, chars) != KM_RIGHT)
        return KM_CANNOT;
    snprintf(path, sizeof path, "%s/bpe-merges.txt", c->data_dir);
    if (kern_bpe_load_files(&s->vocabulary, path, NULL, &e) != KERN_BPE_OK)
        return bu_cannot(c, "%s", e.text);
    return KM_RIGHT;
}

static enum km_answer setup(struct km_case *c)
{
    if (!bu_begin(c, sizeof(struct state), "bpe_encode", "utf8"))
        return KM_CANNOT;
    enum km_answer answer = prepare(c);
    if (answer != KM_RIGHT)
        teardown(c);
    return answer;
}

/* --- running ----------------------------------------------------------------------------------------------------- */

static void run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    kern_bpe_encode_utf8_fn *encode = (kern_bpe_encode_utf8_fn *)s->head.fn;
    for (; iterations; iterations--) {
        const struct window *w = &s->windows[s->next];
        s->next = s->next + 1 < s->nwindows ? s->next + 1 : 0;
        s->nids = encode(s->vocabulary, s->ids, s->longest, s->text + w->start, w->len, &s->work);
        km_do_not_optimize(s->ids);
        km_do_not_optimize(&s->nids);
    }
}

/* Same ids as the reference, and decoding gives the text: for window i, which has just been encoded. */
static enum km_answer verify_window(struct km_case *c, size_t i, uint32_t *want, unsigned char *back)
{
    struct state *s = c->state;
    const struct window *w = &s->windows[i];
    const unsigned char *text = s->text + w->start;
    size_t n = kern_bpe_encode_utf8_ref(s->vocabulary, want, s->longest, text, w->len, &s->work);
    if (s->nids != n)
        return bu_wrong(c, "window %zu has %zu ids, the reference says %zu", i, s->nids, n);
    for (size_t k = 0; k < n; k++)
        if (s->ids[k] != want[k])
            return bu_wrong(c, "id %zu of window %zu is %u, the reference says %u", k, i, (unsigned)s->ids[k],
                            (unsigned)want[k]);
    size_t len = kern_bpe_decode(s->vocabulary, back, s->longest, s->ids, n);
    if (len != w->len || memcmp(back, text, len) != 0)
        return bu_wrong(c, "the ids of window %zu do not decode to its text", i);
    return KM_RIGHT;
}

static enum km_answer verify(struct km_case *c)
{
    struct state *s = c->state;
    uint32_t *want = bu_alloc(s->longest * sizeof *want, 4);
    unsigned char *back = bu_alloc(s->longest, 5);
    enum km_answer answer = want && back ? KM_RIGHT : bu_cannot(c, "not enough memory");
    s->next = 0;
    for (size_t i = 0; i < s->nwindows && answer == KM_RIGHT; i++) {
        memset(s->ids, 0xFF, s->longest * sizeof *s->ids);
        run(c, 1);
        answer = verify_window(c, i, want, back);
    }
    bu_free(want);
    bu_free(back);
    return answer;
}

static struct km_cost cost(const struct km_case *c)
{
    const struct state *s = c->state;
    double bytes = 0;
    for (size_t i = 0; i < s->nwindows; i++)
        bytes += (double)s->windows[i].len;
    return (struct km_cost){ .bytes = bytes / (double)s->nwindows,
                             .items = (double)bu_number(c, "chars"),
                             .item = "character" };
}

const struct km_op km_op_bpe_encode_utf8 = { "bpe_encode", "utf8", 1,   params, variants,
                                             setup,        verify, run, cost,   teardown };
