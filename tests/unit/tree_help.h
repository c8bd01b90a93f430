/* SPDX-License-Identifier: Apache-2.0
 * Temporary folders for tests: written, unpacked from one text file, and removed. Any failure ends the test program. */
#ifndef TREE_HELP_H
#define TREE_HELP_H

#include <stddef.h>

struct tree {
    char root[64];
};

void tree_make(struct tree *t);
void tree_write(const struct tree *t, const char *path, const void *data, size_t len); /* makes folders as needed */
void tree_put(const struct tree *t, const char *path, const char *text);
/* A file of sections "-- path --" followed by that file's text. */
void tree_unpack(const struct tree *t, const char *archive);
void tree_remove(struct tree *t);

/* Whole file, NUL-terminated; free() it. */
char *tree_slurp(const char *path, size_t *len);

#endif
