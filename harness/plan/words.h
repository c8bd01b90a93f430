/* SPDX-License-Identifier: Apache-2.0
 * Lists of words as messages show them, and what a mistyped one probably meant. Lists end with NULL. */
#ifndef KM_WORDS_H
#define KM_WORDS_H

#include "harness/base/mem.h"

#include <stdbool.h>

/* 'word' in quotes, fit for a terminal: control characters become '?', and long text is cut with "...". */
const char *words_quote(struct mem *m, const char *word);

/* "a, b, c" */
const char *words_join(struct mem *m, const char *const *words);

/* The listed word that is at most two typing slips away (and less than half of it), or NULL. */
const char *words_nearest(const char *word, const char *const *words);

/* "; did you mean 'x'? Known: a, b, c", the first half only where one is near. */
const char *words_hint(struct mem *m, const char *word, const char *const *words);

bool words_has(const char *const *words, const char *word);

#endif
