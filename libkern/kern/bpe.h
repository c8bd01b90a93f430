/* SPDX-License-Identifier: Apache-2.0
 * A byte-level BPE tokenizer with GPT-2's pre-tokenisation: vocabularies (load, train, save), decoding, and the
 * contract of the encoding kernel kern_bpe_encode_utf8 (its prototypes are expanded from kern.def in kern.h).
 *
 * Text is any bytes. It is first cut into pieces by GPT-2's expression
 *     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 * over the code points of strict UTF-8 (Unicode 14.0; \s is the property White_Space). A byte that does not belong to
 * a well-formed sequence is one code point that is neither \s nor \p{L} nor \p{N}. Each piece starts as the symbols of
 * its single bytes; then the leftmost neighbouring pair of lowest rank (its line in the merges file) becomes one
 * symbol, until no neighbours have a rank. Nothing is lost: decoding gives the very same bytes.
 *
 * Sources: R. Sennrich, B. Haddow, A. Birch, "Neural Machine Translation of Rare Words with Subword Units", 2016;
 * A. Radford et al., "Language Models are Unsupervised Multitask Learners", 2019 (byte level, the expression, files).
 *
 * Compiles alone as C11 and as C++17. */
#ifndef KERN_BPE_H
#define KERN_BPE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A vocabulary. Immutable once made, so any number of threads may share one. */
struct kern_bpe;

enum {
    KERN_BPE_MAX_TOKEN = 1024,     /* longest token, in bytes */
    KERN_BPE_MAX_TOKENS = 1 << 20, /* ids are below this */
};

/* Returned by functions that count when there is no count to give. */
#define KERN_BPE_NONE SIZE_MAX

enum kern_bpe_status {
    KERN_BPE_OK = 0,
    KERN_BPE_NO_MEMORY,
    KERN_BPE_FILE,      /* cannot be opened, read or written */
    KERN_BPE_SYNTAX,    /* not a merges file, not a vocabulary */
    KERN_BPE_ENCODING,  /* not UTF-8 */
    KERN_BPE_DUPLICATE, /* a merge, a token or an id twice */
    KERN_BPE_UNKNOWN,   /* a symbol that no line before has made, a character that stands for no byte */
    KERN_BPE_MISSING,   /* a byte or a merged token without an id */
    KERN_BPE_LIMIT,     /* a token or an id beyond the limits above */
};

/* What went wrong, for a person: "merges:12: unknown symbol 'qx'". Every function that takes one accepts NULL. */
struct kern_bpe_error {
    char text[256];
};

/* Makes a vocabulary from the contents of a GPT-2 merges file ("#version" line optional; then "left right" per line,
 * characters standing for bytes as in GPT-2; every line, the last too, ends with a newline) and, where vocab is not
 * NULL, of a vocab.json ({"token": id, ...}). Without vocab the ids are GPT-2's: the 256 bytes in the order of its
 * byte alphabet, then each new token in the order of the merges. With vocab every byte and every merged token needs an
 * id; tokens that no merge makes ("<|endoftext|>") can be decoded but are never produced by encoding.
 * Returns KERN_BPE_OK and *out, which the caller frees, or another status with *out NULL and e filled. */
int kern_bpe_load(struct kern_bpe **out, const char *merges, size_t merges_len, const char *vocab, size_t vocab_len,
                  struct kern_bpe_error *e);

/* The same from files; vocab_path may be NULL. */
int kern_bpe_load_files(struct kern_bpe **out, const char *merges_path, const char *vocab_path,
                        struct kern_bpe_error *e);

/* Learns at most `merges` merges from text: again and again the most frequent neighbouring pair within pieces (ties:
 * the pair of the lower left symbol, then of the lower right one, bytes first, then in order of making), until no pair
 * occurs twice. Deterministic. Ids as kern_bpe_load gives them without vocab. */
int kern_bpe_train(struct kern_bpe **out, const unsigned char *text, size_t len, size_t merges,
                   struct kern_bpe_error *e);

/* Write what kern_bpe_load_files reads. */
int kern_bpe_save_merges(const struct kern_bpe *b, const char *path, struct kern_bpe_error *e);
int kern_bpe_save_vocab(const struct kern_bpe *b, const char *path, struct kern_bpe_error *e);

/* Frees *b and sets it to NULL; *b may be NULL. */
void kern_bpe_free(struct kern_bpe **b);

size_t kern_bpe_tokens(const struct kern_bpe *b);
size_t kern_bpe_merges(const struct kern_bpe *b);

/* The bytes of token id, *len of them, owned by b; NULL if there is no such id. */
const unsigned char *kern_bpe_token(const struct kern_bpe *b, uint32_t id, size_t *len);

/* Length in bytes of the first piece of text (0 only for len 0), by the plain pre-tokeniser. */
size_t kern_bpe_piece(const unsigned char *text, size_t len);

/* Scratch of one encoder, provided by the caller so that the kernel neither allocates nor does I/O. memory is aligned
 * to 8 bytes and holds kern_bpe_work_bytes(n), where n is at least the length in bytes of the longest piece (the length
 * of the text always suffices). One thread at a time. Contents need no preparation and mean nothing afterwards. */
struct kern_bpe_work {
    void *memory;
    size_t bytes;
};
size_t kern_bpe_work_bytes(size_t longest);

/* The kernel (see kern.def):
 *     size_t kern_bpe_encode_utf8_<variant>(const struct kern_bpe *b, uint32_t *ids, size_t cap,
 *                                           const unsigned char *text, size_t len, struct kern_bpe_work *work);
 * Encodes text and returns the number of ids, even where that exceeds cap; ids beyond cap are not written (ids may be
 * NULL when cap is 0). There are never more ids than bytes. Returns KERN_BPE_NONE when a piece is longer than work
 * allows. Reads no byte outside text. All variants give identical ids; ref takes time quadratic in the length of a
 * piece, the others n log n. */

/* Writes the bytes of ids[0..n) to out and returns their number, even where that exceeds cap; bytes beyond cap are not
 * written. KERN_BPE_NONE if an id is not in the vocabulary. */
size_t kern_bpe_decode(const struct kern_bpe *b, unsigned char *out, size_t cap, const uint32_t *ids, size_t n);

#ifdef __cplusplus
}
#endif
#endif
