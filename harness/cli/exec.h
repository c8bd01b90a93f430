/* SPDX-License-Identifier: Apache-2.0
 * `run --exec PROGRAM`: the steps that differ from running suites. */
#ifndef KM_CLI_EXEC_H
#define KM_CLI_EXEC_H

#include "harness/cli/selection.h"
#include "harness/measure/foreign.h"

/* Finds the program, asks it for its benchmarks, filters them, and fills *plan, run->suites and run->build, whose hash
 * is the program's name: a rebuilt program continues its series, and the facts say what it was. Every word must have
 * come after "--": they are the program's arguments. */
int exec_plan(struct mem *m, const char *program, const struct words *words, const struct selection *s,
              struct foreign *f, struct plan *plan, struct run *run, struct err *e);

/* "kernmark run --exec=PROGRAM": the arguments come last, after exec_tail(). */
const char *exec_head(struct mem *m, const char *program);
const char *exec_tail(struct mem *m, const char *line, const struct words *words);

/* Text as one word of a shell command. */
const char *shell_quote(struct mem *m, const char *text);

#endif
