/* SPDX-License-Identifier: Apache-2.0
 * The parts of the reader of Google Benchmark's JSON. */
#ifndef KM_GBENCH_IN_H
#define KM_GBENCH_IN_H

#include "harness/base/err.h"
#include "harness/base/mem.h"
#include "harness/base/result.h"

#include <jansson.h>

/* Reads and parses a file, at most 256 MiB; json_decref() the root. Google Benchmark itself writes NaN, Infinity, raw
 * control bytes and any bytes of a name; these are read as a missing number, '?' and '?'. `digest` gets 32 hex digits of
 * the content. */
int gbench_load(const char *path, json_t **root, char digest[33], struct err *e);

/* A string member, or NULL if it is absent or no string. */
const char *gbench_string(const json_t *object, const char *key);

/* Fills everything of the run but its results from the "context" object (NULL: there is none). */
int gbench_origin(struct mem *m, const json_t *context, const char *digest, struct run *run, struct err *e);

#endif
