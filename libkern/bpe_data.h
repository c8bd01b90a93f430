/* SPDX-License-Identifier: Apache-2.0
 * The inside of a vocabulary, shared by its loaders, its trainer and the encoding kernels. Not public.
 *
 * A symbol is a small number for a string of bytes: 0..255 are the single bytes, then come the products of merges in
 * the order in which a merge first makes them, then tokens that no merge makes. Ids are what the outside sees. */
#ifndef LIBKERN_BPE_DATA_H
#define LIBKERN_BPE_DATA_H

#include <kern/bpe.h>

#define BPE_NO UINT32_MAX /* no symbol, no rank, no id */

/* How text is cut into pieces: GPT-2's expression, or that of Llama 3 and Qwen 2 with so many digits in a piece. */
enum bpe_split { BPE_SPLIT_GPT2 = 0, BPE_SPLIT_ONE_DIGIT = 1, BPE_SPLIT_THREE_DIGITS = 3 };

enum bpe_class { BPE_OTHER, BPE_LETTER, BPE_NUMBER, BPE_SPACE, BPE_CLASSES };

enum {
    BPE_BYTES = 256,
    BPE_WORD = 16,      /* longest token that one lookup finds whole */
    BPE_SHORT = 64,     /* longest piece that is merged without a heap, in bytes */
    BPE_PAGES = 0x1100, /* of 256 code points each */
    BPE_CELLS = 64,     /* bytes per page: 2 bits per code point */
    BPE_PLACE_BITS = 16,
    BPE_PLACE_LEN = (1 << BPE_PLACE_BITS) - 1,
    BPE_ALPHABET = 256 + 68 /* GPT-2's characters for bytes are below this */
};

/* Symbols and their strings, both ways. String s is bytes[start[s]..start[s + 1]). */
struct bpe_names {
    unsigned char *bytes;
    size_t bytes_cap;
    size_t *start;
    uint32_t n, cap;
    uint32_t *slots; /* open addressing, BPE_NO is free */
    uint32_t mask;
};

/* One row of the hash table of merges; rank BPE_NO is free. */
struct bpe_pair {
    uint64_t key; /* bpe_key() */
    uint32_t rank, made;
};

/* One row of the hash table of whole tokens: the bytes as two little numbers, zero behind len; len 0 is free. */
struct bpe_word {
    uint64_t lo, hi;
    uint32_t id, len;
};

struct bpe_merge {
    uint32_t left, right, made;
};

struct kern_bpe {
    struct bpe_names names;
    enum bpe_split split;
    int whole;       /* a piece that is a token of the model is that token, whatever merging gives */
    uint32_t model;  /* symbols below this are the model's; tokens added to it come behind */
    uint32_t *added; /* symbols of added tokens */
    uint32_t nadded, added_cap;
    const char *normalizer; /* NULL or a name */
    uint32_t *id;           /* of each symbol */
    uint32_t ids_cap;       /* while loading: room in id */
    uint32_t *symbol;       /* of each id, or BPE_NO */
    uint64_t *place;        /* of each id: start in names.bytes << BPE_PLACE_BITS | length; 0 for none */
    uint32_t ids;           /* one more than the largest id */
    uint32_t tokens;
    struct bpe_merge *merges; /* by rank */
    uint32_t nmerges, merges_cap;
    struct bpe_pair *pairs;
    unsigned pair_shift; /* the table has 2^(64 - shift) rows */
    struct bpe_word *words;
    unsigned word_shift;
    uint16_t page[BPE_PAGES];          /* which of the cells, for code point / 256 */
    unsigned char (*cells)[BPE_CELLS]; /* the class of 4 code points per byte, lowest bits first */
};

static inline uint64_t bpe_key(uint32_t left, uint32_t right)
{
    return (uint64_t)right << 32 | left;
}

static inline size_t bpe_pair_slot(uint64_t key, unsigned shift)
{
    return (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> shift);
}

/* The rank of a pair of symbols, or BPE_NO. The table is never more than half full, so the walk ends. */
static inline uint32_t bpe_rank(const struct kern_bpe *b, uint32_t left, uint32_t right)
{
    uint64_t key = bpe_key(left, right);
    size_t mask = ((size_t)1 << (64 - b->pair_shift)) - 1;
    for (size_t i = bpe_pair_slot(key, b->pair_shift);; i = (i + 1) & mask) {
        const struct bpe_pair *p = &b->pairs[i];
        if (p->key == key || p->rank == BPE_NO)
            return p->rank;
    }
}

static inline size_t bpe_word_slot(uint64_t lo, uint64_t hi, unsigned shift)
{
    return (size_t)((lo ^ hi * UINT64_C(0xD6E8FEB86659FD93)) * UINT64_C(0x9E3779B97F4A7C15) >> shift);
}

/* Decodes the code point at p (p < end) by strict UTF-8; *len is its length. A byte that starts no well-formed
 * sequence is BPE_NO of length 1. */
static inline uint32_t bpe_code_point(const unsigned char *p, const unsigned char *end, unsigned *len)
{
    static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
    unsigned n = p[0] < 0x80 ? 1 : p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : p[0] < 0xF5 ? 4 : 0;
    *len = 1;
    if (n == 1)
        return p[0];
    if (n == 0 || (size_t)(end - p) < n)
        return BPE_NO;
    uint32_t code = p[0] & (0x7Fu >> n);
    for (unsigned i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return BPE_NO;
        code = code << 6 | (p[i] & 0x3Fu);
    }
    if (code < least[n] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        return BPE_NO;
    *len = n;
    return code;
}

/* bpe_text.c: Unicode and the plain pre-tokeniser. */
extern const unsigned char kern_bpe_ascii[128]; /* class of each ASCII character */
enum bpe_class kern_bpe_class(uint32_t code);   /* by binary search; BPE_NO is BPE_OTHER */
int kern_bpe_pages(struct kern_bpe *b);         /* fills page and cells; a status */

/* Length of a contraction ('s, 'll, ...) at p (p < end, *p == '\''), or 0. */
size_t kern_bpe_contraction(const unsigned char *p, const unsigned char *end);

/* The first piece of a text of at least one byte by Llama 3's expression. The length of a contraction at p as there, in
 * either case, or 0. */
size_t kern_bpe_piece_modern(const unsigned char *text, size_t len, unsigned most_digits);
size_t kern_bpe_contraction_any_case(const unsigned char *p, const unsigned char *end);

/* The symbol of the model that is these bytes, or BPE_NO. */
uint32_t kern_bpe_model_symbol(const struct kern_bpe *b, const unsigned char *bytes, size_t n);

/* bpe_names.c. Zero-initialised is empty; find gives BPE_NO where there is none, add where memory is short. */
uint32_t kern_bpe_name_find(const struct bpe_names *names, const unsigned char *bytes, size_t len);
uint32_t kern_bpe_name_add(struct bpe_names *names, const unsigned char *bytes, size_t len);
static inline size_t bpe_name_len(const struct bpe_names *names, uint32_t s)
{
    return names->start[s + 1] - names->start[s];
}

/* bpe.c: making a vocabulary. kern_bpe_new gives the 256 bytes and no merges, NULL if memory is short. */
struct kern_bpe *kern_bpe_new(void);
/* Appends the next merge; a status: DUPLICATE (the pair has a rank), LIMIT (token too long, too many), NO_MEMORY. */
int kern_bpe_add_merge(struct kern_bpe *b, uint32_t left, uint32_t right, uint32_t *made);
/* Gives ids (unless b->id is already there, one per symbol, BPE_NO for none) and builds the tables; a status. */
int kern_bpe_finish(struct kern_bpe *b, struct kern_bpe_error *e);
/* Longest piece that work serves. */
size_t kern_bpe_work_longest(const struct kern_bpe_work *work);

/* bpe_file.c. kern_bpe_fail fills e (may be NULL) and returns status. The alphabet: bytes as GPT-2's characters. */
int kern_bpe_fail(struct kern_bpe_error *e, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
struct bpe_alphabet {
    uint16_t of_byte[BPE_BYTES];
    int16_t to_byte[BPE_ALPHABET];  /* -1: stands for no byte */
    unsigned char order[BPE_BYTES]; /* bytes in the order of GPT-2's ids */
};
void kern_bpe_alphabet(struct bpe_alphabet *a);

/* The contents of a file in *text, which the caller frees. */
int kern_bpe_slurp(const char *path, char **text, size_t *len, struct kern_bpe_error *e);

/* bpe_vocab.c: reads an object of tokens and ids, adds the tokens to b->names and fills b->id. Tokens with characters
 * that stand for no byte are refused, left out (and counted in *others), or all that is read. */
enum bpe_foreign { BPE_FOREIGN_REFUSED, BPE_FOREIGN_LEFT_OUT, BPE_FOREIGN_ONLY };
struct bpe_json;
int kern_bpe_read_tokens(struct kern_bpe *b, struct bpe_json *j, enum bpe_foreign which, size_t *others);
int kern_bpe_put_token(struct kern_bpe *b, const struct bpe_json *j, const unsigned char *bytes, size_t n, uint32_t id);
/* A whole vocab.json. */
int kern_bpe_read_vocab(struct kern_bpe *b, const char *text, size_t len, struct kern_bpe_error *e);

#endif
