/* SPDX-License-Identifier: Apache-2.0
 * What the tokenizer's bindings measure on: windows of `chars` characters of a shipped text, and a vocabulary.
 *
 * Windows follow each other evenly through the text, which is taken as a circle, and iterations go round them: together
 * they are so long that the branch predictor cannot know them by heart. */
#ifndef SUITES_BPE_WINDOWS_H
#define SUITES_BPE_WINDOWS_H

#include "suites/binding_util.h"

#include <kern/kern.h>

struct bpe_window {
    const unsigned char *text;
    size_t len;
};

struct bpe_windows {
    struct kern_bpe *vocabulary;
    unsigned char *text; /* the file, and from its beginning again as much as a window may need */
    size_t text_len, file_len;
    struct bpe_window *windows;
    size_t nwindows, next, longest; /* longest: bytes of a window */
    struct kern_bpe_work work;      /* for any window */
};

/* text, chars, vocabulary */
extern const struct km_param_spec bpe_windows_params[];

/* Fills *s, which is zero before, by the parameters of c. What it has must be closed whatever the answer. */
enum km_answer bpe_windows_open(struct bpe_windows *s, struct km_case *c);
void bpe_windows_close(struct bpe_windows *s);

const struct bpe_window *bpe_windows_next(struct bpe_windows *s);

/* Of one window. */
struct km_cost bpe_windows_cost(const struct bpe_windows *s, const struct km_case *c);

#endif
