/* SPDX-License-Identifier: Apache-2.0
 * Windows of shipped texts: see bpe_windows.h. */
#include "suites/bpe_windows.h"

#include <stdio.h>
#include <string.h>

enum {
    TEXT_LIMIT = 1 << 22, /* bytes of a text file */
    CYCLE = 1 << 17,      /* characters in all windows together, at least */
    FEWEST = 3            /* windows */
};

static const char *const texts[] = { "english", "code", "multilingual", NULL };
static const char *const vocabularies[] = { "small", "large", NULL };
static const char *const files[] = { "bpe-merges.txt", "bpe-merges-50k.txt" };

const struct km_param_spec bpe_windows_params[] = {
    { .name = "text", .words = texts, .what = "which of the shipped texts" },
    { .name = "chars", .min = 1, .max = 1000000, .what = "characters (Unicode code points) to encode" },
    { .name = "vocabulary", .words = vocabularies, .what = "which of the shipped vocabularies" },
    { .name = NULL },
};

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
static enum km_answer load_text(struct bpe_windows *s, struct km_case *c, const char *path, size_t chars)
{
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
static struct bpe_window cut(const struct bpe_windows *s, size_t start, size_t chars)
{
    while (start < s->file_len && !starts_character(s->text[start]))
        start++;
    size_t end = start;
    for (; end < s->text_len; end++)
        if (starts_character(s->text[end]) && chars-- == 0)
            break;
    return (struct bpe_window){ .text = s->text + start, .len = end - start };
}

static enum km_answer make_windows(struct bpe_windows *s, struct km_case *c, size_t chars)
{
    s->nwindows = CYCLE / chars + 1 > FEWEST ? CYCLE / chars + 1 : FEWEST;
    s->windows = bu_alloc(s->nwindows * sizeof *s->windows, 1);
    for (size_t i = 0; s->windows && i < s->nwindows; i++) {
        s->windows[i] = cut(s, (size_t)((double)s->file_len * (double)i / (double)s->nwindows), chars);
        s->longest = s->windows[i].len > s->longest ? s->windows[i].len : s->longest;
    }
    s->work.bytes = kern_bpe_work_bytes(s->longest);
    s->work.memory = bu_alloc(s->work.bytes, 2);
    return s->windows && s->work.memory ? KM_RIGHT : bu_cannot(c, "not enough memory");
}

static enum km_answer load_vocabulary(struct bpe_windows *s, struct km_case *c)
{
    char path[4096];
    struct kern_bpe_error e;
    size_t which = 0;
    while (strcmp(vocabularies[which], bu_word(c, "vocabulary")) != 0)
        which++;
    snprintf(path, sizeof path, "%s/%s", c->data_dir, files[which]);
    return kern_bpe_load_files(&s->vocabulary, path, NULL, &e) == KERN_BPE_OK ? KM_RIGHT : bu_cannot(c, "%s", e.text);
}

enum km_answer bpe_windows_open(struct bpe_windows *s, struct km_case *c)
{
    char path[4096];
    size_t chars = (size_t)bu_number(c, "chars");
    snprintf(path, sizeof path, "%s/%s.txt", c->data_dir, bu_word(c, "text"));
    enum km_answer answer = load_text(s, c, path, chars);
    if (answer == KM_RIGHT)
        answer = make_windows(s, c, chars);
    return answer == KM_RIGHT ? load_vocabulary(s, c) : answer;
}

void bpe_windows_close(struct bpe_windows *s)
{
    kern_bpe_free(&s->vocabulary);
    bu_free(s->text);
    bu_free(s->windows);
    bu_free(s->work.memory);
}

const struct bpe_window *bpe_windows_next(struct bpe_windows *s)
{
    const struct bpe_window *w = &s->windows[s->next];
    s->next = s->next + 1 < s->nwindows ? s->next + 1 : 0;
    return w;
}

struct km_cost bpe_windows_cost(const struct bpe_windows *s, const struct km_case *c)
{
    double bytes = 0;
    for (size_t i = 0; i < s->nwindows; i++)
        bytes += (double)s->windows[i].len;
    return (struct km_cost){ .bytes = bytes / (double)s->nwindows,
                             .items = (double)bu_number(c, "chars"),
                             .item = "character" };
}
