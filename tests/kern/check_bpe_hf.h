/* SPDX-License-Identifier: Apache-2.0
 * What the checks of tokenizer.json share: making such files, part by part. */
#ifndef TESTS_KERN_CHECK_BPE_HF_H
#define TESTS_KERN_CHECK_BPE_HF_H

#include "tests/kern/check_bpe.h"

#define GPT2  "'s|'t|'re|'ve|'m|'ll|'d| ?\\\\p{L}+| ?\\\\p{N}+| ?[^\\\\s\\\\p{L}\\\\p{N}]+|\\\\s+(?!\\\\S)|\\\\s+"
#define FRONT "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?\\\\p{L}+|"
#define BACK  "| ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n]*|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+"
#define LLAMA FRONT "\\\\p{N}{1,3}" BACK
#define QWEN  FRONT "\\\\p{N}" BACK
#define BYTES "{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"trim_offsets\": true, \"use_regex\": false}"
#define SPLIT(regex)                                                                                                   \
    "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Split\", \"pattern\": {\"Regex\": \"" regex             \
    "\"}, \"behavior\": \"Isolated\", \"invert\": false}, " BYTES "]}"
#define PLAIN "{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"trim_offsets\": true}"

enum { FILE_CAP = 1 << 15 };

/* The parts of a file that tests change; NULL is the usual one. */
struct parts {
    const char *pre, *vocab, *merges, *added, *model, *top, *normalizer;
};

/* Writes 256 tokens of one byte with id = 300 + byte, then what `more` adds, without braces. */
size_t hf_vocab(char *out, const char *more);

/* The vocabulary of a file of these parts, in the usual order or backwards; a claim, and NULL, if it is refused. */
struct kern_bpe *hf_load(struct checks *c, const struct parts *p, int backwards);

/* Whether text of at most 256 bytes becomes these ids (at most 64). */
int hf_encodes_to(const struct kern_bpe *b, const char *text, const uint32_t *want, size_t n);

/* Whole tokens and expressions, in every variant: check_bpe_split.c. */
void check_bpe_split(struct checks *c);

#endif
