/* SPDX-License-Identifier: Apache-2.0
 * Where the shipped files (suites, templates, figures) are. */
#ifndef KM_PATHS_H
#define KM_PATHS_H

#include "harness/base/err.h"
#include "harness/base/mem.h"

/* Path of a shipped file such as "suites/core.yaml": under $KERNMARK_SHARE, beside the program's source tree, in
 * ../share/kernmark of the program, or under the current folder; the first that exists. EXIT_USAGE when none does. */
int share_path(struct mem *m, const char *relative, const char **out, struct err *e);

/* A suite by name ("core": a shipped one) or by path ("my/suite.yaml"). */
int suite_path(struct mem *m, const char *name, const char **out, struct err *e);

/* Absolute path of the running program. */
const char *self_path(struct mem *m);

#endif
