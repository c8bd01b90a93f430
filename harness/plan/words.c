/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/plan/words.h"

#include <string.h>

enum { LONGEST = 40 }; /* of a word that is compared or shown whole */

/* Bytes of text up to `limit`, not cutting a UTF-8 sequence. */
static size_t cut(const char *text, size_t limit)
{
    size_t len = strlen(text);
    if (len <= limit)
        return len;
    while (limit && ((unsigned char)text[limit] & 0xc0) == 0x80)
        limit--;
    return limit;
}

const char *words_quote(struct mem *m, const char *word)
{
    size_t len = cut(word, LONGEST);
    char *copy = mem_dupn(m, word, len);
    for (unsigned char *s = (unsigned char *)copy; *s; s++) {
        if (*s < 0x20 || *s == 0x7f)
            *s = '?';
        if (s[0] == 0xc2 && s[1] < 0xa0) /* U+0080..U+009F: terminals obey some of them */
            s[0] = s[1] = '?';
    }
    return mem_printf(m, "'%s%s'", copy, word[len] ? "..." : "");
}

const char *words_join(struct mem *m, const char *const *words)
{
    const char *all = "";
    for (; *words; words++)
        all = mem_printf(m, "%s%s%s", all, *all ? ", " : "", *words);
    return all;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edit distance with transpositions of neighbours as one slip (optimal string alignment, Damerau 1964). */
static size_t slips(const char *a, size_t na, const char *b, size_t nb)
{
    size_t d[3][LONGEST + 1];
    for (size_t j = 0; j <= nb; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t *row = d[i % 3], *above = d[(i + 2) % 3], *two_above = d[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            row[j] = least(above[j - 1] + (a[i - 1] != b[j - 1]), least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], two_above[j - 2] + 1);
        }
    }
    return d[na % 3][nb];
}

const char *words_nearest(const char *word, const char *const *words)
{
    const char *best = NULL;
    size_t best_slips = 3, len = strlen(word);
    for (; *words && len <= LONGEST; words++) {
        size_t known = strlen(*words), n = known > LONGEST ? best_slips : slips(word, len, *words, known);
        if (n < best_slips && 2 * n < known) {
            best = *words;
            best_slips = n;
        }
    }
    return best;
}

const char *words_hint(struct mem *m, const char *word, const char *const *words)
{
    const char *near = words_nearest(word, words);
    const char *known = words_join(m, words);
    return near ? mem_printf(m, "; did you mean '%s'? Known: %s", near, known) : mem_printf(m, "; known: %s", known);
}

bool words_has(const char *const *words, const char *word)
{
    while (*words && strcmp(*words, word) != 0)
        words++;
    return *words;
}
