/* SPDX-License-Identifier: Apache-2.0
 * Reads a tokenizer.json of Hugging Face's tokenizers. The file is passed over once, which checks its form, notes where
 * the long parts lie and refuses what is not supported; then the parts are read in the order in which they are needed,
 * whatever their order in the file. */
#include <stdlib.h>
#include <string.h>

#include "libkern/bpe_json.h"

enum {
    STEPS = 4,    /* pre-tokenizers in a sequence, more than any supported one has */
    PATTERN = 512 /* longest expression, with its end */
};

/* One pre-tokenizer, normalizer or decoder. */
struct step {
    char type[BPE_JSON_NAME], behavior[BPE_JSON_NAME], pattern[PATTERN];
    int prefix, use_regex, invert;
};

struct file {
    struct kern_bpe *b;
    struct bpe_alphabet alphabet;
    struct bpe_json vocab, merges, added; /* at their values; p is NULL where the file has none */
    struct step steps[STEPS];
    int nsteps, sequence;
};

static int unsupported(const struct bpe_json *j, const char *what, const char *value)
{
    return kern_bpe_json_fail(j, KERN_BPE_UNSUPPORTED, "unsupported %s '%.100s'", what, value);
}

/* --- steps ------------------------------------------------------------------------------------------------------- */

static int step_type(void *to, struct bpe_json *j)
{
    return kern_bpe_json_text(j, ((struct step *)to)->type, BPE_JSON_NAME, NULL);
}

static int step_behavior(void *to, struct bpe_json *j)
{
    return kern_bpe_json_text(j, ((struct step *)to)->behavior, BPE_JSON_NAME, NULL);
}

static int step_prefix(void *to, struct bpe_json *j)
{
    return kern_bpe_json_bool(j, &((struct step *)to)->prefix);
}

static int step_use_regex(void *to, struct bpe_json *j)
{
    return kern_bpe_json_bool(j, &((struct step *)to)->use_regex);
}

static int step_invert(void *to, struct bpe_json *j)
{
    return kern_bpe_json_bool(j, &((struct step *)to)->invert);
}

static int pattern_regex(void *to, struct bpe_json *j)
{
    struct bpe_json before = *j;
    int status = kern_bpe_json_text(j, ((struct step *)to)->pattern, PATTERN, NULL);
    if (status == KERN_BPE_LIMIT)
        status = kern_bpe_json_fail(&before, KERN_BPE_UNSUPPORTED, "unsupported expression, of more than %d bytes",
                                    PATTERN - 5);
    return status;
}

static int step_pattern(void *to, struct bpe_json *j)
{
    static const struct bpe_json_field fields[] = { { "Regex", pattern_regex }, { NULL, NULL } };
    return kern_bpe_json_object(j, fields, to);
}

static const struct bpe_json_field step_fields[] = {
    { "type", step_type },
    { "behavior", step_behavior },
    { "pattern", step_pattern },
    { "add_prefix_space", step_prefix },
    { "use_regex", step_use_regex },
    { "invert", step_invert },
    { NULL, NULL },
};

static int read_step(struct step *s, struct bpe_json *j)
{
    *s = (struct step){ .use_regex = 1 };
    return kern_bpe_json_object(j, step_fields, s);
}

static int one_of_sequence(void *to, struct bpe_json *j)
{
    struct file *f = to;
    if (f->nsteps == STEPS)
        return kern_bpe_json_fail(j, KERN_BPE_UNSUPPORTED, "unsupported pre_tokenizer: more than %d in a sequence",
                                  STEPS);
    return read_step(&f->steps[f->nsteps++], j);
}

static int sequence(void *to, struct bpe_json *j)
{
    ((struct file *)to)->sequence = 1;
    return kern_bpe_json_array(j, one_of_sequence, to);
}

/* Which way of cutting text the file's pre-tokenizers are. */
static const struct {
    const char *pattern;
    enum bpe_split split;
} patterns[] = {
    { "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+", BPE_SPLIT_GPT2 },
    { "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|"
      "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
      BPE_SPLIT_THREE_DIGITS },
    { "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|"
      "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
      BPE_SPLIT_ONE_DIGIT },
};

static int check_split(struct file *f, const struct bpe_json *j, const struct step *s)
{
    if (strcmp(s->behavior, "Isolated") != 0)
        return unsupported(j, "behavior of Split:", s->behavior);
    if (s->invert)
        return unsupported(j, "pre_tokenizer: Split with", "invert: true");
    if (!*s->pattern)
        return unsupported(j, "pre_tokenizer:", "Split without a Regex");
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        if (strcmp(patterns[i].pattern, s->pattern) == 0) {
            f->b->split = patterns[i].split;
            return KERN_BPE_OK;
        }
    }
    return unsupported(j, "expression of Split:", s->pattern);
}

static int check_steps(struct file *f, const struct bpe_json *j)
{
    if (f->nsteps == 0)
        return unsupported(j, "pre_tokenizer:", "an empty sequence");
    const struct step *last = &f->steps[f->nsteps - 1];
    for (int i = 0; i < f->nsteps; i++)
        if (strcmp(f->steps[i].type, i + 1 < f->nsteps ? "Split" : "ByteLevel") != 0)
            return unsupported(j, "pre_tokenizer:", f->steps[i].type);
    if (f->nsteps > 2)
        return unsupported(j, "pre_tokenizer:", "more than one Split");
    if (last->prefix)
        return unsupported(j, "pre_tokenizer: ByteLevel with", "add_prefix_space: true");
    if (last->use_regex != (f->nsteps == 1))
        return unsupported(j, "pre_tokenizer: ByteLevel with",
                           last->use_regex ? "use_regex: true behind a Split" : "use_regex: false and no Split");
    return f->nsteps == 2 ? check_split(f, j, &f->steps[0]) : KERN_BPE_OK;
}

static int read_pre_tokenizer(void *to, struct bpe_json *j)
{
    static const struct bpe_json_field fields[] = { { "pretokenizers", sequence }, { NULL, NULL } };
    struct file *f = to;
    struct bpe_json before = *j, again = *j;
    struct step whole;
    if (kern_bpe_json_word(&before, "null"))
        return kern_bpe_json_fail(j, KERN_BPE_UNSUPPORTED, "unsupported pre_tokenizer: null");
    int status = read_step(&whole, j);
    if (status == KERN_BPE_OK && strcmp(whole.type, "Sequence") == 0)
        status = kern_bpe_json_object(&again, fields, f);
    else
        f->steps[f->nsteps++] = whole;
    return status == KERN_BPE_OK ? check_steps(f, &before) : status;
}

/* --- the small parts --------------------------------------------------------------------------------------------- */

/* Text in composed form is the caller's work: see kern_bpe_normalizer(). */
static int read_normalizer(void *to, struct bpe_json *j)
{
    struct bpe_json before = *j;
    struct step s;
    if (kern_bpe_json_word(j, "null"))
        return KERN_BPE_OK;
    int status = read_step(&s, j);
    if (status == KERN_BPE_OK && strcmp(s.type, "NFC") != 0)
        return unsupported(&before, "normalizer:", s.type);
    ((struct file *)to)->b->normalizer = "NFC";
    return status;
}

static int read_decoder(void *to, struct bpe_json *j)
{
    struct bpe_json before = *j;
    struct step s;
    (void)to;
    if (kern_bpe_json_word(j, "null"))
        return KERN_BPE_OK;
    int status = read_step(&s, j);
    if (status == KERN_BPE_OK && strcmp(s.type, "ByteLevel") != 0)
        return unsupported(&before, "decoder:", s.type);
    return status;
}

static int model_type(void *to, struct bpe_json *j)
{
    struct bpe_json before = *j;
    char type[BPE_JSON_NAME];
    (void)to;
    int status = kern_bpe_json_text(j, type, sizeof type, NULL);
    return status != KERN_BPE_OK || strcmp(type, "BPE") == 0 ? status : unsupported(&before, "model:", type);
}

/* Passes a value that must be one of two words. */
static int only(struct bpe_json *j, const char *word, const char *other, const char *what)
{
    struct bpe_json before = *j;
    int status = kern_bpe_json_skip(j);
    if (status != KERN_BPE_OK || kern_bpe_json_word(&before, word) || kern_bpe_json_word(&before, other))
        return status;
    return kern_bpe_json_fail(&before, KERN_BPE_UNSUPPORTED, "unsupported %s: only %s or %s", what, word, other);
}

static int model_dropout(void *to, struct bpe_json *j)
{
    (void)to;
    return only(j, "null", "0.0", "dropout");
}

/* continuing_subword_prefix, end_of_word_suffix */
static int model_affix(void *to, struct bpe_json *j)
{
    (void)to;
    return only(j, "null", "\"\"", "prefix or suffix of tokens");
}

static int model_byte_fallback(void *to, struct bpe_json *j)
{
    struct bpe_json before = *j;
    int yes = 0;
    (void)to;
    int status = kern_bpe_json_bool(j, &yes);
    return yes ? unsupported(&before, "model:", "byte_fallback: true") : status;
}

static int model_ignore_merges(void *to, struct bpe_json *j)
{
    return kern_bpe_json_bool(j, &((struct file *)to)->b->whole);
}

static int model_vocab(void *to, struct bpe_json *j)
{
    ((struct file *)to)->vocab = *j;
    return kern_bpe_json_skip(j);
}

static int model_merges(void *to, struct bpe_json *j)
{
    ((struct file *)to)->merges = *j;
    return kern_bpe_json_skip(j);
}

static int read_model(void *to, struct bpe_json *j)
{
    static const struct bpe_json_field fields[] = {
        { "type", model_type },
        { "dropout", model_dropout },
        { "continuing_subword_prefix", model_affix },
        { "end_of_word_suffix", model_affix },
        { "byte_fallback", model_byte_fallback },
        { "ignore_merges", model_ignore_merges },
        { "vocab", model_vocab },
        { "merges", model_merges },
        { NULL, NULL },
    };
    return kern_bpe_json_object(j, fields, to);
}

static int note_added(void *to, struct bpe_json *j)
{
    ((struct file *)to)->added = *j;
    return kern_bpe_json_skip(j);
}

/* --- merges ------------------------------------------------------------------------------------------------------ */

/* A symbol within a string, up to the space or the quote behind it, which is passed. */
static int read_symbol(const struct file *f, struct bpe_json *j, unsigned char stop, uint32_t *s)
{
    static const char expected[] = "expected two symbols, as \"a b\" or [\"a\", \"b\"]";
    unsigned char bytes[KERN_BPE_MAX_TOKEN];
    struct bpe_json before = *j;
    size_t n = 0;
    for (;;) {
        uint32_t code = '"';
        int ends = j->p < j->end && *j->p == '"', status = ends ? KERN_BPE_OK : kern_bpe_json_char(j, &code);
        if (status != KERN_BPE_OK)
            return status;
        j->p += ends;
        if (n && code == stop && ends == (stop == '"'))
            break;
        if (ends || code == ' ')
            return kern_bpe_json_fail(&before, KERN_BPE_SYNTAX, expected);
        if (code >= BPE_ALPHABET || f->alphabet.to_byte[code] < 0)
            return kern_bpe_json_fail(j, KERN_BPE_UNKNOWN, "a merge with a character that stands for no byte");
        if (n == sizeof bytes)
            return kern_bpe_json_fail(j, KERN_BPE_LIMIT, "a symbol of more than %d bytes", KERN_BPE_MAX_TOKEN);
        bytes[n++] = (unsigned char)f->alphabet.to_byte[code];
    }
    *s = kern_bpe_name_find(&f->b->names, bytes, n);
    return *s != BPE_NO ? KERN_BPE_OK
                        : kern_bpe_json_fail(&before, KERN_BPE_UNKNOWN, "a merge of a token that the vocabulary lacks");
}

static int read_two(const struct file *f, struct bpe_json *j, uint32_t *left, uint32_t *right)
{
    int status;
    if (kern_bpe_json_take(j, '"')) {
        status = read_symbol(f, j, ' ', left);
        return status == KERN_BPE_OK ? read_symbol(f, j, '"', right) : status;
    }
    if (!kern_bpe_json_take(j, '[') || !kern_bpe_json_take(j, '"'))
        return kern_bpe_json_fail(j, KERN_BPE_SYNTAX, "expected two symbols, as \"a b\" or [\"a\", \"b\"]");
    status = read_symbol(f, j, '"', left);
    if (status == KERN_BPE_OK && (!kern_bpe_json_take(j, ',') || !kern_bpe_json_take(j, '"')))
        status = kern_bpe_json_fail(j, KERN_BPE_SYNTAX, "expected a second symbol");
    if (status == KERN_BPE_OK)
        status = read_symbol(f, j, '"', right);
    if (status == KERN_BPE_OK && !kern_bpe_json_take(j, ']'))
        status = kern_bpe_json_fail(j, KERN_BPE_SYNTAX, "expected ']' behind two symbols");
    return status;
}

static int read_merge(void *to, struct bpe_json *j)
{
    struct file *f = to;
    uint32_t left, right, made, known = f->b->names.n;
    int status = read_two(f, j, &left, &right);
    if (status != KERN_BPE_OK)
        return status;
    switch (status = kern_bpe_add_merge(f->b, left, right, &made)) {
    case KERN_BPE_DUPLICATE:
        return kern_bpe_json_fail(j, status, "this merge was there before");
    case KERN_BPE_LIMIT:
        return kern_bpe_json_fail(j, status, "too many merges, or one that makes more than %d bytes",
                                  KERN_BPE_MAX_TOKEN);
    case KERN_BPE_NO_MEMORY:
        return kern_bpe_json_fail(j, status, "out of memory");
    default:
        return made < known ? KERN_BPE_OK
                            : kern_bpe_json_fail(j, KERN_BPE_MISSING, "the vocabulary lacks what this merge makes");
    }
}

/* --- added tokens ------------------------------------------------------------------------------------------------ */

struct added {
    char content[KERN_BPE_MAX_TOKEN + 5];
    size_t len;
    uint32_t id;
    int has_id;
};

static int added_content(void *to, struct bpe_json *j)
{
    struct added *a = to;
    return kern_bpe_json_text(j, a->content, sizeof a->content, &a->len);
}

static int added_id(void *to, struct bpe_json *j)
{
    ((struct added *)to)->has_id = 1;
    return kern_bpe_json_whole(j, KERN_BPE_MAX_TOKENS, "an id", &((struct added *)to)->id);
}

/* single_word, lstrip, rstrip: ways of finding the token in a text that we do not have. */
static int added_option(void *to, struct bpe_json *j)
{
    struct bpe_json before = *j;
    int yes = 0;
    (void)to;
    int status = kern_bpe_json_bool(j, &yes);
    return yes ? unsupported(&before, "added token:", "single_word, lstrip or rstrip") : status;
}

static int remember_added(struct file *f, const struct bpe_json *j, uint32_t s)
{
    struct kern_bpe *b = f->b;
    if (b->nadded == b->added_cap) {
        uint32_t cap = b->added_cap ? b->added_cap * 2 : 64, *larger = realloc(b->added, cap * sizeof *larger);
        if (!larger)
            return kern_bpe_json_fail(j, KERN_BPE_NO_MEMORY, "out of memory");
        b->added = larger;
        b->added_cap = cap;
    }
    b->added[b->nadded++] = s;
    return KERN_BPE_OK;
}

/* A token that the vocabulary has too must have the same id there. */
static int read_added(void *to, struct bpe_json *j)
{
    static const struct bpe_json_field fields[] = {
        { "id", added_id },         { "content", added_content }, { "single_word", added_option },
        { "lstrip", added_option }, { "rstrip", added_option },   { NULL, NULL },
    };
    struct file *f = to;
    struct kern_bpe *b = f->b;
    struct added a = { .len = 0 };
    const unsigned char *bytes = (const unsigned char *)a.content;
    int status = kern_bpe_json_object(j, fields, &a);
    if (status == KERN_BPE_OK && (a.len == 0 || !a.has_id))
        status = kern_bpe_json_fail(j, KERN_BPE_SYNTAX, "an added token without content or id");
    if (status != KERN_BPE_OK)
        return status;
    uint32_t s = kern_bpe_name_find(&b->names, bytes, a.len);
    if (s == BPE_NO || b->id[s] != a.id)
        status = kern_bpe_put_token(b, j, bytes, a.len, a.id);
    s = kern_bpe_name_find(&b->names, bytes, a.len);
    return status == KERN_BPE_OK ? remember_added(f, j, s) : status;
}

/* --- all of it --------------------------------------------------------------------------------------------------- */

static int read_parts(struct file *f, struct bpe_json *end)
{
    struct bpe_json again = f->vocab;
    size_t others;
    if (!f->vocab.p || !f->merges.p || !f->nsteps)
        return kern_bpe_json_fail(end, KERN_BPE_SYNTAX,
                                  "expected \"model\" with \"vocab\" and \"merges\", and "
                                  "\"pre_tokenizer\"");
    int status = kern_bpe_read_tokens(f->b, &f->vocab, BPE_FOREIGN_LEFT_OUT, &others);
    f->b->model = f->b->names.n;
    if (status == KERN_BPE_OK)
        status = kern_bpe_json_array(&f->merges, read_merge, f);
    if (status == KERN_BPE_OK && others)
        status = kern_bpe_read_tokens(f->b, &again, BPE_FOREIGN_ONLY, &others);
    if (status == KERN_BPE_OK && f->added.p)
        status = kern_bpe_json_array(&f->added, read_added, f);
    return status;
}

static int read_file(struct kern_bpe *b, const char *json, size_t len, struct kern_bpe_error *e)
{
    static const struct bpe_json_field fields[] = {
        { "model", read_model },     { "pre_tokenizer", read_pre_tokenizer }, { "normalizer", read_normalizer },
        { "decoder", read_decoder }, { "added_tokens", note_added },          { NULL, NULL },
    };
    struct file f = { .b = b };
    struct bpe_json j = kern_bpe_json("tokenizer", json, len, e);
    kern_bpe_alphabet(&f.alphabet);
    int status = kern_bpe_json_object(&j, fields, &f);
    if (status == KERN_BPE_OK)
        status = kern_bpe_json_end(&j);
    if (status == KERN_BPE_OK)
        status = read_parts(&f, &j);
    return status == KERN_BPE_OK ? kern_bpe_finish(b, e) : status;
}

int kern_bpe_load_tokenizer(struct kern_bpe **out, const char *json, size_t len, struct kern_bpe_error *e)
{
    *out = NULL;
    struct kern_bpe *b = kern_bpe_new();
    if (!b)
        return kern_bpe_fail(e, KERN_BPE_NO_MEMORY, "out of memory");
    int status = read_file(b, json, len, e);
    if (status != KERN_BPE_OK)
        kern_bpe_free(&b);
    *out = b;
    return status;
}

int kern_bpe_load_tokenizer_file(struct kern_bpe **out, const char *path, struct kern_bpe_error *e)
{
    char *json = NULL;
    size_t len = 0;
    *out = NULL;
    int status = kern_bpe_slurp(path, &json, &len, e);
    if (status == KERN_BPE_OK)
        status = kern_bpe_load_tokenizer(out, json, len, e);
    free(json);
    return status;
}
