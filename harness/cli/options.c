/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/options.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_OPTIONS = 64, MAX_WORD = 64 };

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Levenshtein distance, one row at a time. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t lb = strlen(b), row[MAX_WORD + 1];
    if (lb > MAX_WORD)
        return SIZE_MAX;
    for (size_t j = 0; j <= lb; j++)
        row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 1; j <= lb; j++) {
            size_t substituted = diagonal + (a[i] != b[j - 1]);
            diagonal = row[j];
            row[j] = min3(row[j] + 1, row[j - 1] + 1, substituted);
        }
    }
    return row[lb];
}

const char *nearest(const char *word, const char *const *candidates)
{
    const char *best = NULL;
    size_t least = strlen(word) / 3 + 2;
    for (; *candidates; candidates++) {
        size_t d = edit_distance(word, *candidates);
        if (d < least) {
            least = d;
            best = *candidates;
        }
    }
    return best;
}

static int unknown_option(const struct option_row *rows, const char *name, size_t len, struct err *e)
{
    const char *names[MAX_OPTIONS + 1] = { 0 };
    char word[MAX_WORD + 1] = { 0 };
    for (size_t i = 0; i < MAX_OPTIONS && rows[i].name; i++)
        names[i] = rows[i].name;
    memcpy(word, name, len < MAX_WORD ? len : MAX_WORD);
    const char *like = nearest(word, names);
    if (like)
        return err_set(e, EXIT_USAGE, "unknown option '--%s': did you mean '--%s'?", word, like);
    return err_set(e, EXIT_USAGE, "unknown option '--%s': see --help", word);
}

static const struct option_row *find(const struct option_row *rows, const char *name, size_t len)
{
    for (; rows->name; rows++)
        if (strlen(rows->name) == len && !memcmp(rows->name, name, len))
            return rows;
    return NULL;
}

static int parse_flag(const struct option_row *row, const char *value, bool *out, struct err *e)
{
    static const struct {
        const char *word;
        bool on;
    } words[] = { { "true", true }, { "false", false }, { "1", true },  { "0", false },
                  { "yes", true },  { "no", false },    { "on", true }, { "off", false } };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcasecmp(value, words[i].word)) {
            *out = words[i].on;
            return 0;
        }
    return err_set(e, EXIT_USAGE, "--%s=%s: true or false was expected", row->name, value);
}

static bool is_choice(const char *choices, const char *value)
{
    size_t len = strlen(value);
    for (const char *p = choices; len && *p; p += strcspn(p, "|"), p += *p == '|')
        if (strcspn(p, "|") == len && !memcmp(p, value, len))
            return true;
    return false;
}

static int parse_integer(const struct option_row *row, const char *value, int64_t *out, struct err *e)
{
    char *end;
    errno = 0;
    long long v = strtoll(value, &end, 10);
    if (!isdigit((unsigned char)*value) || *end || errno)
        return err_set(e, EXIT_USAGE, "--%s=%s: a whole number, 0 or more, was expected", row->name, value);
    *out = v;
    return 0;
}

static int parse_seed(const struct option_row *row, const char *value, uint64_t *out, struct err *e)
{
    char *end;
    errno = 0;
    unsigned long long v = strtoull(value, &end, strncmp(value, "0x", 2) ? 10 : 16);
    if (!isdigit((unsigned char)*value) || *end || errno)
        return err_set(e, EXIT_USAGE, "--%s=%s: a number such as 42 or 0x2a was expected", row->name, value);
    *out = v;
    return 0;
}

static int parse_percent(const struct option_row *row, const char *value, double *out, struct err *e)
{
    char *end;
    double v = strtod(value, &end);
    bool percent = *end == '%';
    if (end == value || end[percent] || !isfinite(v) || v <= 0 || v >= (percent ? 10000 : 100))
        return err_set(e, EXIT_USAGE, "--%s=%s: a percentage such as 10%% was expected", row->name, value);
    *out = percent ? v / 100 : v;
    return 0;
}

static const char *joined(struct mem *m, const char *before, const char *value)
{
    return before ? mem_printf(m, "%s,%s", before, value) : value;
}

static int store_value(struct mem *m, const struct option_row *row, const char *value, void *field, struct err *e)
{
    switch (row->type) {
    case OPTION_FLAG:
        return parse_flag(row, value, field, e);
    case OPTION_CHOICE:
        if (!is_choice(row->arg, value))
            return err_set(e, EXIT_USAGE, "--%s=%s: one of %s was expected", row->name, value, row->arg);
        *(const char **)field = value;
        return 0;
    case OPTION_TEXT:
        *(const char **)field = value;
        return 0;
    case OPTION_LIST:
        *(const char **)field = joined(m, *(const char **)field, value);
        return 0;
    case OPTION_COUNT:
        return parse_integer(row, value, field, e);
    case OPTION_SEED:
        return parse_seed(row, value, field, e);
    case OPTION_PERCENT:
        return parse_percent(row, value, field, e);
    }
    return err_set(e, EXIT_INTERNAL, "option --%s has no type", row->name);
}

int options_parse(struct mem *m, const struct option_row *rows, int argc, const char *const *argv, void *fields,
                  struct words *words, struct err *e)
{
    words->all = mem_array(m, (size_t)argc + 1, sizeof *words->all);
    words->n = words->rest = 0;
    for (int i = 0; i < argc; i++) {
        if (!strcmp(argv[i], "--")) {
            words->rest = (size_t)(argc - i - 1);
            while (++i < argc)
                words->all[words->n++] = argv[i];
            break;
        }
        if (strncmp(argv[i], "--", 2)) {
            if (argv[i][0] == '-' && argv[i][1])
                return err_set(e, EXIT_USAGE, "unknown option '%s': options begin with two dashes", argv[i]);
            words->all[words->n++] = argv[i];
            continue;
        }
        const char *name = argv[i] + 2, *equals = strchr(name, '=');
        size_t len = equals ? (size_t)(equals - name) : strlen(name);
        const struct option_row *row = find(rows, name, len);
        if (!row)
            return unknown_option(rows, name, len, e);
        const char *value = equals ? equals + 1 : row->type == OPTION_FLAG ? "true" : argv[++i];
        if (i >= argc)
            return err_set(e, EXIT_USAGE, "--%s needs a value: --%s=%s", row->name, row->name, row->arg);
        if (store_value(m, row, value, (char *)fields + row->offset, e))
            return -1;
    }
    return 0;
}

void options_help(FILE *f, const struct option_row *rows)
{
    for (; rows->name; rows++) {
        char left[80];
        snprintf(left, sizeof left, "--%s%s%s", rows->name, rows->arg ? "=" : "", rows->arg ? rows->arg : "");
        if (strlen(left) > 34)
            fprintf(f, "  %s\n  %-34s  %s\n", left, "", rows->help);
        else
            fprintf(f, "  %-34s  %s\n", left, rows->help);
    }
}
