/* SPDX-License-Identifier: Apache-2.0
 * A file to a JSON tree. */
#include "harness/base/fnv.h"
#include "harness/base/utf8.h"
#include "harness/import/gbench_in.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_LIMIT ((size_t)256 << 20)

/* --- repairing what Google Benchmark writes that is no JSON --- */

/* Replaced by as many bytes, so that lines and columns of errors stay true. An empty array is no number. */
struct word {
    const char *word, *instead;
};

static const struct word words[] = {
    { "-Infinity", "null     " }, { "Infinity", "null    " }, { "-inf", "null" }, { "inf", "[ ]" },
    { "-nan", "null" },           { "nan", "[ ]" },           { "-NaN", "null" }, { "NaN", "[ ]" },
};

static size_t repair_word(char *s, size_t left)
{
    if (!strchr("-NnIi", *s))
        return 1;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i].word);
        if (n <= left && !memcmp(s, words[i].word, n)) {
            memcpy(s, words[i].instead, n);
            return n;
        }
    }
    return 1;
}

/* Inside a string: a line end stays, because there it means a string without an end. */
static size_t repair_char(char *s, size_t left)
{
    size_t n = utf8_length(s, left);
    unsigned char c = (unsigned char)*s;
    if (n == 0 || (c < 0x20 && c != '\n'))
        *s = '?';
    return n ? n : 1;
}

static void repair(char *text, size_t len)
{
    bool inside = false;
    for (size_t i = 0; i < len;) {
        if (text[i] == '"') {
            inside = !inside;
            i++;
        } else if (inside && text[i] == '\\') {
            i += 2;
        } else {
            i += inside ? repair_char(text + i, len - i) : repair_word(text + i, len - i);
        }
    }
}

/* --- the file --- */

static int read_stream(FILE *f, const char *path, char **text, size_t *len, struct err *e)
{
    size_t cap = 1 << 16;
    *text = NULL;
    for (*len = 0;; cap *= 2) {
        char *grown = realloc(*text, cap + 1);
        if (!grown)
            return err_set(e, EXIT_INTERNAL, "%s: out of memory", path);
        *text = grown;
        *len += fread(*text + *len, 1, cap - *len, f);
        if (ferror(f))
            return err_set(e, EXIT_USAGE, "%s: %s", path, strerror(errno));
        if (*len > FILE_LIMIT)
            return err_set(e, EXIT_USAGE, "%s: larger than 256 MiB, expected Google Benchmark JSON", path);
        if (*len < cap)
            return 0;
    }
}

static int read_file(const char *path, char **text, size_t *len, struct err *e)
{
    struct stat st;
    *text = NULL;
    FILE *f = fopen(path, "rbe");
    if (!f)
        return err_set(e, EXIT_USAGE, "%s: %s", path, strerror(errno));
    int rc = 0;
    if (!fstat(fileno(f), &st) && S_ISREG(st.st_mode) && (unsigned long long)st.st_size > FILE_LIMIT)
        rc = err_set(e, EXIT_USAGE, "%s: larger than 256 MiB, expected Google Benchmark JSON", path);
    else
        rc = read_stream(f, path, text, len, e);
    fclose(f);
    return rc;
}

static void digest_of(const char *text, size_t len, char out[33])
{
    uint64_t first = fnv_add(FNV_START, text, len);
    fnv_hex(first, out);
    fnv_hex(fnv_add(first ^ len, text, len), out + 16);
}

int gbench_load(const char *path, json_t **root, char digest[33], struct err *e)
{
    char *text;
    size_t len = 0;
    int rc = read_file(path, &text, &len, e);
    if (!rc) {
        json_error_t why;
        digest_of(text, len, digest);
        repair(text, len);
        *root = json_loadb(text, len, JSON_DECODE_INT_AS_REAL, &why);
        if (!*root)
            rc = err_set(e, EXIT_USAGE, "%s:%d:%d: not JSON: %s", path, why.line, why.column, why.text);
    }
    free(text);
    return rc;
}

const char *gbench_string(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}
