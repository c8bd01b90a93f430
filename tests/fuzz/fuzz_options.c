/* SPDX-License-Identifier: Apache-2.0
 * The command line of the command, one word per line: any words are refused with a message or fill the fields with
 * values of their kind. */
#include "harness/cli/options.h"
#include "tests/fuzz/fuzz.h"

#include <math.h>
#include <string.h>

enum { WORDS_MAX = 64 };

struct fields {
    bool flag;
    const char *text, *choice;
    int64_t count;
    uint64_t seed;
    double percent;
};

static const struct option_row rows[] = {
    { "flag", NULL, "a flag", OPTION_FLAG, offsetof(struct fields, flag) },
    { "text", "TEXT", "a text", OPTION_TEXT, offsetof(struct fields, text) },
    { "choice", "json|csv|c", "a choice", OPTION_CHOICE, offsetof(struct fields, choice) },
    { "count", "N", "a count", OPTION_COUNT, offsetof(struct fields, count) },
    { "seed", "N", "a seed", OPTION_SEED, offsetof(struct fields, seed) },
    { "percent", "P", "a percentage", OPTION_PERCENT, offsetof(struct fields, percent) },
    { .name = NULL },
};

static void check_fields(const struct fields *f)
{
    FUZZ_CHECK(f->text);
    FUZZ_CHECK(!strcmp(f->choice, "json") || !strcmp(f->choice, "csv") || !strcmp(f->choice, "c"));
    FUZZ_CHECK(f->count >= 0);
    FUZZ_CHECK(isfinite(f->percent) && f->percent > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mem m = { 0 };
    struct err e = { .text = "" };
    struct words words = { 0 };
    struct fields f = { false, "", "json", 0, 0, 0.1 };
    const char *argv[WORDS_MAX + 1] = { 0 };
    int argc = 0;
    char *text = strndup((const char *)data, size), *rest = text;
    for (char *word; argc < WORDS_MAX && (word = strsep(&rest, "\n")) != NULL;)
        argv[argc++] = word;
    if (options_parse(&m, rows, argc, argv, &f, &words, &e))
        FUZZ_CHECK(e.kind == EXIT_USAGE && *e.text);
    else
        FUZZ_CHECK(words.n <= (size_t)argc && words.rest <= words.n);
    check_fields(&f);
    mem_free(&m);
    free(text);
    return 0;
}
