/* SPDX-License-Identifier: Apache-2.0
 * Whole files: read at once, written whole or not at all. Errors name the path; their kind is EXIT_USAGE. */
#ifndef KM_FILE_H
#define KM_FILE_H

#include "harness/base/buf.h"
#include "harness/base/err.h"

int file_read(const char *path, struct buf *out, struct err *e);
/* Writes beside the file, then renames: a full disk or a kill leaves the old file as it was. */
int file_write(const char *path, const struct buf *text, struct err *e);
/* As mkdir -p. */
int file_mkdirs(const char *path, struct err *e);

#endif
