/* SPDX-License-Identifier: Apache-2.0
 * Settings of the kernel that make measurements noisy: what they are, what they should be, and how they are changed and
 * brought back. Only files under /sys and /proc that the table in setting.c names are ever written. */
#ifndef KM_SETTING_H
#define KM_SETTING_H

#include "harness/base/err.h"
#include "harness/base/mem.h"
#include "harness/host/host.h"

#include <stdbool.h>
#include <stddef.h>

/* One file whose value is not the one wanted. */
struct setting {
    const char *check; /* the finding it belongs to: "governor" */
    const char *path;  /* without the edge's root */
    const char *now, *want;
    bool automatic; /* --fix may do it; otherwise only a person should */
    bool permitted; /* this process may write it */
};

struct tunables {
    struct setting *all;
    size_t n;
};

/* Those that exist, hold a value this program understands, and could be better. */
void tunables_read(struct mem *m, const struct host_edge *edge, struct tunables *out);

/* Shell commands that set, or bring back, those of a check; NULL if there are none. */
const char *settings_fix(struct mem *m, const struct tunables *s, const char *check);
const char *settings_undo(struct mem *m, const struct tunables *s, const char *check);

/* Writes path and present value of all to the file `keep`, whole and on disk or not at all. An existing file is never
 * overwritten: EXIT_USAGE. Its folder is made if it is missing. */
int settings_keep(const struct tunables *s, const char *keep, struct err *e);

/* What `keep` holds: now is what each must be again, want what it was changed to. *found is false without the file. A
 * file that is damaged, belongs to another user, can be written by everybody, or names anything but the table's own files
 * and values, is EXIT_USAGE. */
int settings_kept(struct mem *m, const char *keep, bool *found, struct tunables *out, struct err *e);

/* Removes the file `keep`, on disk. */
int settings_forget(const char *keep, struct err *e);

/* Sets one and reads it back. EXIT_ENVIRONMENT names the file. */
int setting_write(struct mem *m, const struct host_edge *edge, const char *path, const char *value, struct err *e);

#endif
