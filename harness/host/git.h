/* SPDX-License-Identifier: Apache-2.0
 * Asks git, without a shell, in an environment where only the folder decides which repository is meant. Everything that
 * a repository's own configuration could start (pager, file-system monitor, signature check) is off, and questions write
 * nothing: no index refresh, no locks. */
#ifndef KM_GIT_H
#define KM_GIT_H

#include "harness/host/capture.h"

#define GIT_TIMEOUT 5.0 /* seconds for a question */

/* args without "git" itself, NULL-terminated, at most 20 of them. */
void git(struct mem *m, const char *dir, const char *const *args, double timeout, struct captured *out);

/* NULL if git did what was asked; else why not, in words for people. */
const char *git_failure(struct mem *m, const char *dir, const struct captured *c);

#endif
