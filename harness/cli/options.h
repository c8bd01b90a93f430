/* SPDX-License-Identifier: Apache-2.0
 * Command-line options as tables: one row is the parser, the help and the documentation of an option. */
#ifndef KM_OPTIONS_H
#define KM_OPTIONS_H

#include "harness/base/err.h"
#include "harness/base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum option_type {
    OPTION_FLAG,    /* bool: --name, or --name=true|false|1|0|yes|no|on|off */
    OPTION_TEXT,    /* const char * */
    OPTION_LIST,    /* const char *; given several times, the values are joined by commas */
    OPTION_CHOICE,  /* const char *, one of the words in `arg`, separated by '|' */
    OPTION_COUNT,   /* int64_t >= 0 */
    OPTION_SEED,    /* uint64_t, decimal or 0x hexadecimal */
    OPTION_PERCENT, /* double: "10%" or "0.10" */
};

struct option_row {
    const char *name; /* without the dashes */
    const char *arg;  /* "PATH", "smoke|quick|full"; NULL for flags */
    const char *help;
    enum option_type type;
    size_t offset; /* of the field in the struct that is filled */
};

/* Arguments that are no options, in order. */
struct words {
    const char **all;
    size_t n;
    size_t rest; /* how many of them, at the end, came after "--" */
};

/* Reads argv[0..argc) into *fields by the NULL-name-terminated rows. Accepts --name=value and --name value; "--" ends
 * the options. Strings are borrowed from argv. EXIT_USAGE with the offending word and the nearest known option. */
int options_parse(struct mem *m, const struct option_row *rows, int argc, const char *const *argv, void *fields,
                  struct words *words, struct err *e);

/* Prints the rows as aligned help. */
void options_help(FILE *f, const struct option_row *rows);

/* The candidate most like `word`, or NULL when none is close. Candidates are NULL-terminated. */
const char *nearest(const char *word, const char *const *candidates);

#endif
