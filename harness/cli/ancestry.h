/* SPDX-License-Identifier: Apache-2.0
 * Which commits descend from which: questions to the repository around the current folder, whose answers decide nothing
 * where there is none. Commits are given as full hashes that git knows, or not: then the answer is "unknown". */
#ifndef KM_ANCESTRY_H
#define KM_ANCESTRY_H

#include "harness/base/mem.h"
#include "harness/base/result.h"

enum kinship { KIN_UNKNOWN, KIN_SAME, KIN_ANCESTOR, KIN_NONE };

/* What `old` is to `young`. */
enum kinship kinship(struct mem *m, const char *old, const char *young);

/* Commits that `bad` has and `good` has not, oldest first; hash and subject only. NULL with *n 0 where git cannot tell or
 * there are more than COMMITS_MAX. first_parent: merges count as one commit. */
enum { COMMITS_MAX = 400 };
struct commit *commits_between(struct mem *m, const char *good, const char *bad, bool first_parent, size_t *n);

/* Ancestors of a commit, itself first, then by distance in time: hashes, NULL-terminated, at most ANCESTORS_MAX. */
enum { ANCESTORS_MAX = 1000 };
const char **ancestors(struct mem *m, const char *commit);

/* The last release: the nearest tag in the history of HEAD. NULL: none. */
const char *last_release(struct mem *m);

/* The full hash of a revision; NULL: unknown. */
const char *commit_hash(struct mem *m, const char *revision);

/* "Name <mail>" as git knows the user, else the user's name; NULL: unknown. */
const char *user_name(struct mem *m);

#endif
