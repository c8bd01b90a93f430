/* SPDX-License-Identifier: Apache-2.0
 * Reads a map of a suite into a struct by a table: one row per key says its name, what it must be and where it goes.
 * An unknown or repeated key, a missing one and a value of the wrong type are errors with file:line:column. */
#ifndef KM_KEYS_H
#define KM_KEYS_H

#include "harness/plan/yaml.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct keys_job { /* what every parser needs */
    struct mem *m;
    struct err *e;
};

struct key;

/* Reads node n of key k into *field; 0, or -1 with the error set. */
typedef int key_parser(struct keys_job *j, const struct key *k, const struct node *n, void *field);

struct key {
    const char *name;
    key_parser *parse;
    size_t offset; /* of the field in the record */
    bool required;
    const void *limit; /* the parser's own: bounds, words */
};

struct keys {
    const char *what; /* "a benchmark", for messages */
    const struct key *rows;
    size_t nrows;
};

/* Fields of keys that are not there stay as they are. */
int keys_read(struct keys_job *j, const struct node *map, const struct keys *table, void *record);

struct key_bounds {
    double min, max; /* inclusive */
};

struct key_words {
    const char *const *words; /* NULL-terminated */
};

/* Parsers, by the type of the field. */
key_parser key_text;       /* const char *: one printable line, not empty */
key_parser key_identifier; /* const char *: see scalar_identifier() */
key_parser key_choice;     /* const char *: one of limit (struct key_words) */
key_parser key_int;        /* int within limit (struct key_bounds) */
key_parser key_decimal;    /* double within limit */
key_parser key_duration;   /* double, seconds, within limit */
key_parser key_size;       /* double, bytes, within limit */
key_parser key_percent;    /* double, 0.10 for "10%", within limit */

/* "KEY: expected WANTED, got ..." at n. */
int key_wrong(struct keys_job *j, const struct key *k, const struct node *n, const char *wanted);

#endif
