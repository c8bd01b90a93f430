/* SPDX-License-Identifier: Apache-2.0
 * What the parts of the tokenizer's check share. */
#ifndef TESTS_KERN_CHECK_BPE_H
#define TESTS_KERN_CHECK_BPE_H

#include "tests/kern/check.h"

/* Loading, training, saving, decoding: check_bpe_load.c. */
void check_bpe_load(struct checks *c);

/* tokenizer.json: check_bpe_hf.c. */
void check_bpe_hf(struct checks *c);

/* Steps of merging, counted: check_bpe_work.c. Decoding kernels: check_bpe_decode.c. */
void check_bpe_work(struct checks *c);
void check_bpe_decode(struct checks *c);

/* The pre-tokeniser kern_bpe_piece(): check_bpe_piece.c. */
void check_bpe_piece(struct checks *c);

/* A code point of known class, or a byte that is none; what random texts are made of. */
struct letter {
    const char *bytes;
    char class; /* 'L', 'N', 'S', 'O'; ' ' for the space and '\'' for the apostrophe, which the expression names */
};
extern const struct letter check_bpe_letters[];
extern const size_t check_bpe_nletters;

/* A random text of at most cap bytes in runs of equal class; returns its length. */
size_t check_bpe_text(unsigned char *text, size_t cap, uint64_t *state);

/* The distinct bytes of the letters; returns how many. */
size_t check_bpe_bytes(unsigned char bytes[256]);

/* Writes the character that stands for a byte in GPT-2's files, 1 or 2 bytes of UTF-8; returns how many. */
size_t check_bpe_char(unsigned byte, char *out);

/* A vocabulary from the text of a merges file that must be right; ends the program if it is not. */
struct kern_bpe *check_bpe_vocabulary(const char *merges);

enum { TEXT_CAP = 1 << 18 };

/* What one variant is checked with. */
struct rig {
    struct checks *c;
    const char *name;
    kern_bpe_encode_utf8_fn *fn;
    const struct kern_bpe *b;
    unsigned char *pages; /* TEXT_CAP bytes, then a page that may not be touched */
    size_t pages_len;
    struct guard work_mem, ids, want, back;
    struct kern_bpe_work work;
};

/* Out of memory ends the program. */
struct rig rig_new(struct checks *c, const char *name, kern_bpe_encode_utf8_fn *fn);
void rig_free(struct rig *r);

/* Encodes with the variant under test into r->ids; the text (at most TEXT_CAP bytes) is moved to where memory ends. */
size_t rig_encode(struct rig *r, const unsigned char *text, size_t len, size_t cap);

/* Claims that the ids in r->ids decode to text. */
void rig_decodes_back(struct rig *r, size_t n, const unsigned char *text, size_t len);

/* Claims that the variant gives what the reference gives and that it decodes to text. The reference takes quadratic time
 * in the length of a piece. */
void rig_agrees(struct rig *r, const unsigned char *text, size_t len);

/* Claims that nothing was written outside ids, work memory and decoded text. */
void rig_guards_hold(struct rig *r);

#endif
