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
    KERN_BPE_FILE,        /* cannot be opened, read or written */
    KERN_BPE_SYNTAX,      /* not a merges file, not a vocabulary */
    KERN_BPE_ENCODING,    /* not UTF-8 */
    KERN_BPE_DUPLICATE,   /* a merge, a token or an id twice */
    KERN_BPE_UNKNOWN,     /* a symbol that no line before has made, a character that stands for no byte */
    KERN_BPE_MISSING,     /* a byte or a merged token without an id */
    KERN_BPE_LIMIT,       /* a token or an id beyond the limits above, values nested too deeply */
    KERN_BPE_UNSUPPORTED, /* a tokenizer.json of a kind that is not read */
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

/* Makes a vocabulary from the contents of a tokenizer.json (Hugging Face, tokenizers): model "BPE" on bytes, merges
 * as "a b" or ["a", "b"], in any order of the file's parts. What is read, and what is refused with
 * KERN_BPE_UNSUPPORTED and the part's name:
 *     pre_tokenizer  ByteLevel (GPT-2's expression), or a Sequence of Split, Isolated, by one of three expressions and
 *                    ByteLevel with use_regex false; no add_prefix_space. The expressions, recognised by their text:
 *                    GPT-2's; Llama 3's, (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|
 *                    ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+; and Qwen 2's, the same with single \p{N}
 *     normalizer     none, or NFC, which is left to the caller: see kern_bpe_normalizer()
 *     decoder        none or ByteLevel
 *     model          no dropout, affixes or byte_fallback. ignore_merges: a piece that is a token becomes that token
 *     added_tokens   can be decoded and found, see kern_bpe_find_added(); never made by encoding. None with single_word,
 *                    lstrip or rstrip; one that is in the vocabulary too must have the same id there
 * post_processor, truncation and padding concern whole inputs of a model, not text, and are passed over. Every byte needs
 * an id, and so does what each merge joins and makes; a token with characters that stand for no byte is its own UTF-8.
 * Returns as kern_bpe_load(). At most 64 values within each other, 256 MiB per file. */
int kern_bpe_load_tokenizer(struct kern_bpe **out, const char *json, size_t len, struct kern_bpe_error *e);
int kern_bpe_load_tokenizer_file(struct kern_bpe **out, const char *path, struct kern_bpe_error *e);

/* "NFC" if text must be brought to that form (Unicode Standard Annex 15) before it is encoded, to get the ids that the
 * model was trained with (text of ASCII is in that form already); else NULL. */
const char *kern_bpe_normalizer(const struct kern_bpe *b);

/* Learns at most `merges` merges from text: again and again the most frequent neighbouring pair within pieces (ties:
 * the pair of the lower left symbol, then of the lower right one, bytes first, then in order of making), until no pair
 * occurs twice. Deterministic. Ids as kern_bpe_load gives them without vocab. */
int kern_bpe_train(struct kern_bpe **out, const unsigned char *text, size_t len, size_t merges,
                   struct kern_bpe_error *e);

/* Write what kern_bpe_load_files reads. How text is cut, and which tokens were added, is not in these files. */
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

/* The same by the expression of b, which is another one than GPT-2's only where a tokenizer.json said so. */
size_t kern_bpe_split(const struct kern_bpe *b, const unsigned char *text, size_t len);

/* An added token in a text. */
struct kern_bpe_found {
    size_t at, len; /* bytes of the text */
    uint32_t id;
};

/* Finds the first added token in text, of those that begin there the longest. Returns 1 with *found filled, or 0. Who
 * wants "<|endoftext|>" to mean the token encodes what stands before it, takes its id and goes on behind it; who does not
 * trust the text, does not look. */
int kern_bpe_find_added(const struct kern_bpe *b, const unsigned char *text, size_t len, struct kern_bpe_found *found);

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

/* The kernel (see kern.def):
 *     size_t kern_bpe_decode_utf8_<variant>(const struct kern_bpe *b, unsigned char *out, size_t cap,
 *                                           const uint32_t *ids, size_t n);
 * As kern_bpe_decode(), but what lies between the result and cap may be overwritten too. Fastest with room for 15 bytes
 * more than the result. There is nothing to gain from wider vectors than the compiler's, hence only ref and auto. */

/* Writes the bytes of ids[0..n) to out and returns their number, even where that exceeds cap; bytes beyond cap are not
 * written. KERN_BPE_NONE if an id is not in the vocabulary. */
size_t kern_bpe_decode(const struct kern_bpe *b, unsigned char *out, size_t cap, const uint32_t *ids, size_t n);

#ifdef __cplusplus
}
#endif
#endif
