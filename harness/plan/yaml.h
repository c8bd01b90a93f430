/* SPDX-License-Identifier: Apache-2.0
 * A YAML file as a tree of nodes that remember where they stand. Strict on purpose: one document, UTF-8, no anchors,
 * aliases or tags, bounded size and depth. Scalars stay text; what they mean is scalar.h's and keys.h's work. */
#ifndef KM_YAML_H
#define KM_YAML_H

#include "harness/base/err.h"
#include "harness/base/mem.h"

#include <stdbool.h>

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

/* In a list, only `value` counts. A key is always a scalar. */
struct node_item {
    struct node *key, *value;
};

struct node {
    enum node_kind kind;
    const char *path; /* of the file, for messages */
    int line, column; /* from 1; the column counts characters */
    const char *text; /* of a scalar; never NULL there and without NUL bytes */
    bool quoted;      /* "10" is text where 10 is a number */
    struct node_item *items;
    size_t nitems;
};

enum { YAML_MAX_BYTES = 1024 * 1024, YAML_MAX_DEPTH = 16 };

/* Reads a whole file. The tree lives in m. EXIT_USAGE with file:line:column for everything that is not one document. */
int yaml_tree(struct mem *m, const char *path, struct node **root, struct err *e);

/* The same from memory; `path` is only for messages. */
int yaml_tree_text(struct mem *m, const char *path, const char *text, size_t len, struct node **root, struct err *e);

/* "path:line:column: message" as EXIT_USAGE; returns -1. */
int node_err(const struct node *n, struct err *e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* What a node is, for messages: "text", "a list", "a map", "nothing". */
const char *node_what(const struct node *n);

#endif
