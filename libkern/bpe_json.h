/* SPDX-License-Identifier: Apache-2.0
 * Reading JSON (RFC 8259 and nothing besides) from memory, value by value, for the files of vocabularies. Not public.
 *
 * A reader is a place in a text; a copy of it comes back to that place. Every function that returns a status has filled
 * the error when that is not KERN_BPE_OK, with the reader's line and column. Nothing allocates. */
#ifndef LIBKERN_BPE_JSON_H
#define LIBKERN_BPE_JSON_H

#include "libkern/bpe_data.h"

enum {
    BPE_JSON_DEEPEST = 64, /* values within values */
    BPE_JSON_NAME = 64     /* longest name of a member that any table knows, with its end */
};

struct bpe_json {
    const char *what; /* the file, for messages */
    const unsigned char *p, *end, *line_start;
    unsigned long line;
    struct kern_bpe_error *e; /* may be NULL */
};

/* A member that an object may have; read takes its value, to is what the object was read to. */
struct bpe_json_field {
    const char *name;
    int (*read)(void *to, struct bpe_json *j);
};

struct bpe_json kern_bpe_json(const char *what, const char *text, size_t len, struct kern_bpe_error *e);
int kern_bpe_json_fail(const struct bpe_json *j, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Behind white space: whether the next character is c (or the next word is word), which is then passed. */
int kern_bpe_json_take(struct bpe_json *j, unsigned char c);
int kern_bpe_json_word(struct bpe_json *j, const char *word);

/* A whole number below limit; what names it in the message. */
int kern_bpe_json_whole(struct bpe_json *j, uint32_t limit, const char *what, uint32_t *n);
int kern_bpe_json_bool(struct bpe_json *j, int *yes);

/* The next character within a string, escapes resolved, pairs of surrogates joined; half a pair is passed as it is. */
int kern_bpe_json_char(struct bpe_json *j, uint32_t *code);

/* A string as UTF-8 with a zero behind it; at most cap bytes with that. *n, if not NULL, is the length without. */
int kern_bpe_json_text(struct bpe_json *j, char *text, size_t cap, size_t *n);

/* Passes one value of any kind. */
int kern_bpe_json_skip(struct bpe_json *j);

/* Reads an object, each member by its row of fields (at most 32 rows, ended by a name of NULL); others are passed. A
 * member of the table that comes twice is refused. */
int kern_bpe_json_object(struct bpe_json *j, const struct bpe_json_field *fields, void *to);

/* Reads an array, each element by read. */
int kern_bpe_json_array(struct bpe_json *j, int (*read)(void *to, struct bpe_json *j), void *to);

/* Expects that only white space is left. */
int kern_bpe_json_end(struct bpe_json *j);

#endif
